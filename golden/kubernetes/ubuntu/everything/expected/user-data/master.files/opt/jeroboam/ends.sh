#!/bin/bash

line="jeroboam: node=$NODE_NAME certificates"
for file in "$ROOT"/etc/*/pki/{,etcd/}*.crt \
  "$ROOT"/var/lib/{kubelet/pki/*-current.pem,docker/swarm/certificates/*.crt}; do
  for left in 0 2592000; do
    if [[ -e $file ]] && ! openssl x509 -in "$file" -noout -checkend "$left" >/dev/null; then
      line+=" $left=$file"
      break
    fi
  done
done
if ! grep -qsxF "$line" "$RUN/ends"; then
  say "$line" | tee "$RUN/ends" >>"${JEROBOAM_CONSOLE:-/dev/console}"
fi

#!/bin/bash

: "${JEROBOAM_CA_DIR:?}" "${JEROBOAM_CA_SUFFIX:?}" "${JEROBOAM_CA_UPDATE:?}"

mkdir -p "$ROOT$JEROBOAM_CA_DIR"
for certificate in "$ETC"/ca/*.crt; do
  name=${certificate##*/}
  install -m 644 "$certificate" "$ROOT$JEROBOAM_CA_DIR/jeroboam-${name%.crt}.$JEROBOAM_CA_SUFFIX"
done
read -ra update <<<"$JEROBOAM_CA_UPDATE"
"${update[@]}"

#!/bin/bash
use addresses daemons files masters retry

RENEWAL_SECONDS=$((90 * 86400))
LAST_SECONDS=$((14 * 86400))
REST_SECONDS=$((7 * 86400))
KUBELET_PKI=$ROOT/var/lib/kubelet/pki
NOW=$(date +%s)
export CONTAINER_RUNTIME_ENDPOINT=unix:///run/containerd/containerd.sock

end_of() {
  local found
  if [[ $1 == *.conf ]]; then
    found=$(sed -n 's/^ *client-certificate-data: //p' "$1" | base64 -d)
  else
    found=$(cat "$1")
  fi
  found=$(openssl x509 -noout -enddate <<<"$found" 2>/dev/null) || fail "the certificate in $1 cannot be read"
  date -u -d "${found#*=}" +%s
}

find_first() {
  local file end
  END=
  for file in "$PKI"/*.crt "$PKI"/etcd/*.crt "${ADMIN%/*}"/{admin,super-admin,controller-manager,scheduler}.conf; do
    if [[ ! -e $file || $file == *ca.crt ]]; then continue; fi
    end=$(end_of "$file")
    if [[ -z $END ]] || ((end < END)); then
      END=$end
      FILE=$file
    fi
  done
}

is_due() {
  if ((END <= NOW)); then return 0; fi
  ((END - NOW <= RENEWAL_SECONDS && NOW - $(date -r "$FILE" +%s) > REST_SECONDS))
}

has_turn() {
  local masters place
  read -ra masters <<<"$JEROBOAM_MASTER_ADDRESSES"
  place=$((NOW / 86400 % ${#masters[@]}))
  [[ ${masters[place]%%=*} == "$NODE_INDEX" ]]
}

others_ready() {
  local address
  for address in $(other_masters); do
    api_ready "$address" || return 1
  done
}

may_renew() {
  if ((END <= NOW)); then return 0; fi
  has_turn || return 1
  if ((END - NOW > LAST_SECONDS)) && ! others_ready; then
    say "another master's API does not answer: this one waits"
    return 1
  fi
}

container() { crictl ps --quiet --label "io.kubernetes.container.name=$1"; }

other_container() {
  local now
  now=$(container "$1") || return
  [[ -n $now && $now != "$2" ]]
}

restart_control_plane() {
  local component id
  for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do
    id=$(container "$component")
    if [[ -n $id ]]; then crictl stop --timeout 60 "$id" >/dev/null; fi
    await_daemon kubelet "$component to start again" other_container "$component" "$id"
  done
  if ((END > NOW)); then await_daemon kubelet "this master's API server" api_ready "$NODE_ADDRESS"; fi
}

renew_kubelet() {
  local current=$KUBELET_PKI/kubelet-client-current.pem new=$KUBELET_PKI/kubelet-client-renewed.pem work=$RUN/kubelet
  if [[ ! -e $current ]] || (($(end_of "$current") > NOW)); then return 0; fi
  say "kubelet's client certificate has ended: a new one is made"
  mkdir -p "$work"
  openssl ecparam -name prime256v1 -genkey -noout >"$work/key"
  openssl req -new -sha256 -key "$work/key" -subj "/O=system:nodes/CN=system:node:$NODE_NAME" -out "$work/request"
  printf '%s\n' keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth >"$work/extensions"
  openssl x509 -req -sha256 -days 365 -in "$work/request" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -extfile "$work/extensions" -out "$work/certificate"
  cat "$work/certificate" "$work/key" | write_file "$new" 600
  ln -sf "$new" "$current"
  rm -rf "$work"
  systemctl restart kubelet.service
}

report_end() {
  local end
  end=$(date -u -d "@$END" +%FT%TZ)
  in_cluster annotate node "$NODE_NAME" --overwrite "jeroboam.dev/certificates-end=$end" >/dev/null
}

renew_kubelet
find_first
if [[ -e $STATE/renewing ]] || { is_due && may_renew; }; then
  say "the first certificate ends on $(date -u -d "@$END" +%F), $FILE: all are renewed"
  remember renewing
  kubeadm certs renew all
  restart_control_plane
  sync
  rm -f "$STATE/renewing"
  find_first
fi
retry 20 6 report_end
systemctl enable --quiet --now jeroboam-approver.service

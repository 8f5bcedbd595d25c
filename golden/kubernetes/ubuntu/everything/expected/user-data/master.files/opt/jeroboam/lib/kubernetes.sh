use daemons files retry template

: "${JEROBOAM_CA_CERT:?}" "${JEROBOAM_API_ADDRESS:?}" "${JEROBOAM_API_PORT:?}" "${JEROBOAM_TOKEN_HOURS:?}"

CA=$STATE/ca.crt
WINDOW_SECONDS=$((JEROBOAM_TOKEN_HOURS * 3600))
WINDOW=$(($(date +%s) / WINDOW_SECONDS))

if [[ ! -s $CA ]]; then place_secret JEROBOAM_CA_CERT "$CA" 644; fi

ca_hash() {
  local digest
  digest=$(openssl x509 -in "$CA" -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -r)
  say "sha256:${digest%% *}"
}

token_end() { say $((($1 + 2) * WINDOW_SECONDS)); }

api_ready() {
  local code
  code=$(curl --silent --output /dev/null --write-out '%{http_code}' --noproxy '*' --connect-timeout 5 --max-time 10 \
    --cacert "$CA" "https://$1:$JEROBOAM_API_PORT/readyz") || return 1
  [[ $code == 200 || $code == 401 || $code == 403 ]]
}

ipv6_address() {
  local interface line
  interface=$(ip -o -4 address show to "$1")
  [[ $interface =~ ^[0-9]+:\ +([^ ]+) ]] || fail "no interface has the address $1"
  interface=${BASH_REMATCH[1]}
  while read -r line; do
    if [[ ! $line =~ \ (temporary|deprecated|tentative|dadfailed)\  && $line =~ \ inet6\ ([0-9a-f:]+)/ ]]; then
      say "${BASH_REMATCH[1]}"
      return 0
    fi
  done < <(ip -o -6 address show dev "$interface" scope global)
  say "$interface has no IPv6 address yet" >&2
  return 1
}

find_ipv6() { NODE_IPV6=$(ipv6_address "$NODE_ADDRESS"); }

fill_config() {
  CA_HASH=$(ca_hash)
  if grep -qF '@{NODE_IPV6}' "$ETC/kubeadm/$1.yaml"; then
    retry 12 5 find_ipv6 || fail "this node has no IPv6 address; the network needs an IPv6 subnet by SLAAC"
  fi
  fill "$ETC/kubeadm/$1.yaml" "$RUN/$1.yaml" 600
}

ignored_errors() {
  if [[ -d $ROOT/sys/fs/cgroup/memory && ! -e $ROOT/sys/fs/cgroup/cgroup.controllers ]]; then say SystemVerification; fi
}

failures() {
  grep -E '^[EF][0-9]{4} |"level":"(error|fatal|panic)"|\[(ERROR|FATAL)\]|^(E|e)rror|^panic' | tail -n 1 | cut -c 1-250
}

pod_failure() {
  tail -q -n 200 "$ROOT/var/log/pods/$1_$2-"*/"$2"/*.log 2>/dev/null | sort | cut -d ' ' -f 4- | failures
}

last_words() {
  local name line said=
  for name in etcd kube-apiserver; do
    line=$(pod_failure kube-system "$name") || continue
    said+="; $name: $line"
  done
  if [[ -z $said ]]; then
    line=$(journalctl --unit kubelet.service --lines 200 --output cat --no-pager | failures) || return 0
    said="; kubelet: $line"
  fi
  say "last words of ${said#; }"
}

run_kubeadm() {
  local kubeadm seconds=0
  systemctl stop kubelet.service
  watch_daemon kubelet
  kubeadm "$@" &
  kubeadm=$!
  while kill -0 "$kubeadm" 2>/dev/null; do
    seconds=$((seconds + 1))
    if ((seconds % 5 == 0)) && crash_loops kubelet; then
      kill "$kubeadm" || :
      wait "$kubeadm" || :
      fail_with_journal kubelet
    fi
    sleep 1
  done
  wait "$kubeadm" && return 0
  last_words
  return 1
}

kubeadm_reset() { kubeadm reset --force --cleanup-tmp-dir || :; }

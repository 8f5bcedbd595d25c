# shellcheck shell=bash
# What masters share: where each of them is, and the keys that only they hold.

: "${JEROBOAM_MASTER_ADDRESSES:?}" "${JEROBOAM_API_PUBLIC_ADDRESS:?}"
: "${JEROBOAM_CA_KEY:?}" "${JEROBOAM_ETCD_CA_CERT:?}" "${JEROBOAM_ETCD_CA_KEY:?}"
: "${JEROBOAM_FRONT_PROXY_CA_CERT:?}" "${JEROBOAM_FRONT_PROXY_CA_KEY:?}"
: "${JEROBOAM_SERVICE_ACCOUNT_KEY:?}" "${JEROBOAM_SERVICE_ACCOUNT_PUBLIC_KEY:?}"

PKI=$ROOT/etc/kubernetes/pki
ADMIN=$ROOT/etc/kubernetes/admin.conf
# shellcheck disable=SC2034
NODE_ADDRESS=$(value_at "$JEROBOAM_MASTER_ADDRESSES" "$NODE_INDEX")

# MASTER_ADDRESS_<index> for each master, for kubeadm's files.
for master in $JEROBOAM_MASTER_ADDRESSES; do
  [[ $master =~ ^([0-9]+)=(.+)$ ]] || fail "JEROBOAM_MASTER_ADDRESSES has '$master'"
  printf -v "MASTER_ADDRESS_${BASH_REMATCH[1]}" '%s' "${BASH_REMATCH[2]}"
done

# place_pki: every CA before kubeadm runs, so that masters agree without handing keys around.
place_pki() {
  place_secret JEROBOAM_CA_CERT "$PKI/ca.crt" 644
  place_secret JEROBOAM_CA_KEY "$PKI/ca.key" 600
  place_secret JEROBOAM_ETCD_CA_CERT "$PKI/etcd/ca.crt" 644
  place_secret JEROBOAM_ETCD_CA_KEY "$PKI/etcd/ca.key" 600
  place_secret JEROBOAM_FRONT_PROXY_CA_CERT "$PKI/front-proxy-ca.crt" 644
  place_secret JEROBOAM_FRONT_PROXY_CA_KEY "$PKI/front-proxy-ca.key" 600
  place_secret JEROBOAM_SERVICE_ACCOUNT_KEY "$PKI/sa.key" 600
  place_secret JEROBOAM_SERVICE_ACCOUNT_PUBLIC_KEY "$PKI/sa.pub" 644
}

# other_master: prints the address of a master besides this one whose API answers.
other_master() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ ${master%%=*} != "$NODE_INDEX" ]] && api_ready "${master#*=}"; then
      say "${master#*=}"
      return 0
    fi
  done
  return 1
}

in_cluster() { kubectl --kubeconfig "$ADMIN" "$@"; }

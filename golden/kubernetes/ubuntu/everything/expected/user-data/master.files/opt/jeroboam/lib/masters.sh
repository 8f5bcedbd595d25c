use addresses files kubernetes

: "${JEROBOAM_API_PUBLIC_ADDRESS:?}"
: "${JEROBOAM_CA_KEY:?}" "${JEROBOAM_ETCD_CA_CERT:?}" "${JEROBOAM_ETCD_CA_KEY:?}"
: "${JEROBOAM_FRONT_PROXY_CA_CERT:?}" "${JEROBOAM_FRONT_PROXY_CA_KEY:?}"
: "${JEROBOAM_SERVICE_ACCOUNT_KEY:?}" "${JEROBOAM_SERVICE_ACCOUNT_PUBLIC_KEY:?}"

PKI=$ROOT/etc/kubernetes/pki
ADMIN=$ROOT/etc/kubernetes/admin.conf
NODE_ADDRESS=$(master_address "$NODE_INDEX")

name_masters

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

ready_master() {
  local address
  for address in $(other_masters); do
    if api_ready "$address"; then
      say "$address"
      return 0
    fi
  done
  return 1
}

in_cluster() { kubectl --kubeconfig "$ADMIN" "$@"; }

# shellcheck shell=bash
# The etcd that the masters run, and how to ask it.

: "${JEROBOAM_MASTER_ADDRESSES:?}"

ETCD_PKI=$ROOT/etc/etcd/pki
# shellcheck disable=SC2034
ETCD_HERE=https://127.0.0.1:2379

# ask_etcd IDENTITY ENDPOINTS COMMAND...: as the user that the certificate's common name says. IDENTITY.crt and
# IDENTITY.key are this node's; beside them is the ca.crt of etcd.
ask_etcd() {
  local identity=$1 endpoints=$2
  shift 2
  ETCDCTL_API=3 etcdctl --endpoints "$endpoints" --cacert "${identity%/*}/ca.crt" --cert "$identity.crt" \
    --key "$identity.key" --dial-timeout 5s --command-timeout 20s "$@"
}

# etcd_endpoints: of all masters.
etcd_endpoints() {
  local master list=
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    list+=${list:+,}https://${master#*=}:2379
  done
  say "$list"
}

# in_etcd ENDPOINTS COMMAND...: as root, which a master alone can be.
in_etcd() { ask_etcd "$ETCD_PKI/root" "$@"; }

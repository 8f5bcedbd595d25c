# shellcheck shell=bash
# The etcd that the masters run: where it answers, and how to ask it as this node.
# Sourced after addresses.sh.

ETCD_PKI=$ROOT/etc/etcd/pki

# in_etcd ENDPOINTS COMMAND...: as the member on this node.
in_etcd() {
  local endpoints=$1
  shift
  ETCDCTL_API=3 etcdctl --endpoints "$endpoints" --cacert "$ETCD_PKI/ca.crt" --cert "$ETCD_PKI/server.crt" \
    --key "$ETCD_PKI/server.key" --dial-timeout 5s --command-timeout 20s "$@"
}

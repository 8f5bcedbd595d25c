#!/bin/bash
# Makes this master a member of etcd; the members know each other by address, so no discovery is needed.
set -euo pipefail
# The first gives etcd its users. Until then any client could do anything, so each member listens to its own node alone.
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../pki.sh
. "$LIB/pki.sh"
# shellcheck source=../addresses.sh
. "$LIB/addresses.sh"
# shellcheck source=../daemons.sh
. "$LIB/daemons.sh"
# shellcheck source=../etcd.sh
. "$LIB/etcd.sh"
# shellcheck source=../etcd-users.sh
. "$LIB/etcd-users.sh"

: "${JEROBOAM_ETCD_CA_CERT:?}" "${JEROBOAM_ETCD_CA_KEY:?}"

DATA=$ROOT/var/lib/etcd
NODE_ADDRESS=$(value_at "$JEROBOAM_MASTER_ADDRESSES" "$NODE_INDEX")
ENDPOINT=https://$NODE_ADDRESS:2379
STATE_OF_CLUSTER=new

has_data() { [[ -n $(ls -A "$DATA/data" 2>/dev/null) ]]; }

# claim_data: data is only ever used by the cluster (the CA) that wrote it.
claim_data() {
  local ours
  ours=$(ca_of "$ETCD_PKI/ca.crt")
  if has_data && [[ $(cat "$DATA/cluster" 2>/dev/null) != "$ours" ]]; then
    fail "the etcd data on this node is not this cluster's (its CA differs); give it an empty volume"
  fi
  say "$ours" | write_file "$DATA/cluster" 644
}

others() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ ${master%%=*} != "$NODE_INDEX" ]]; then say "https://${master#*=}:2379"; fi
  done
}

# replace_predecessor: a member that ran on this address and lost its data is taken out, and this one put in.
# One that has a name but no client address never ran: the cluster is only just coming up. One without a name
# was put in by a try of this step that did not end.
replace_predecessor() {
  local endpoint members line name clients
  for endpoint in $(others); do
    members=$(in_etcd "$endpoint" member list 2>/dev/null) || continue
    line=$(grep -F "https://$NODE_ADDRESS:2380," <<<"$members") || line=
    name=$(cut -d , -f 3 <<<"$line")
    clients=$(cut -d , -f 5 <<<"$line")
    if [[ -n ${name// /} && -z ${clients// /} ]]; then return 0; fi
    STATE_OF_CLUSTER=existing
    if [[ -n ${clients// /} ]]; then
      say "removing the etcd member ${line%%,*}, this node's predecessor"
      in_etcd "$endpoint" member remove "${line%%,*}"
    elif [[ -n $line ]]; then
      return 0
    fi
    in_etcd "$endpoint" member add "master-$NODE_INDEX" --peer-urls="https://$NODE_ADDRESS:2380"
    return 0
  done
}

etcd_env() {
  local master members=
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    members+=${members:+,}master-${master%%=*}=https://${master#*=}:2380
  done
  cat <<END
ETCD_NAME=master-$NODE_INDEX
ETCD_DATA_DIR=/var/lib/etcd/data
ETCD_LISTEN_CLIENT_URLS=$ETCD_HERE
ETCD_ADVERTISE_CLIENT_URLS=$ENDPOINT
ETCD_LISTEN_PEER_URLS=https://$NODE_ADDRESS:2380
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://$NODE_ADDRESS:2380
ETCD_INITIAL_CLUSTER=$members
ETCD_INITIAL_CLUSTER_STATE=$STATE_OF_CLUSTER
ETCD_INITIAL_CLUSTER_TOKEN=jeroboam
ETCD_CLIENT_CERT_AUTH=true
ETCD_TRUSTED_CA_FILE=/etc/etcd/pki/ca.crt
ETCD_CERT_FILE=/etc/etcd/pki/server.crt
ETCD_KEY_FILE=/etc/etcd/pki/server.key
ETCD_PEER_CLIENT_CERT_AUTH=true
ETCD_PEER_TRUSTED_CA_FILE=/etc/etcd/pki/ca.crt
ETCD_PEER_CERT_FILE=/etc/etcd/pki/peer.crt
ETCD_PEER_KEY_FILE=/etc/etcd/pki/peer.key
ETCD_PEER_CERT_ALLOWED_CN=etcd-peer
ETCD_STRICT_RECONFIG_CHECK=true
ETCD_AUTO_COMPACTION_RETENTION=8
END
}

healthy() { in_etcd "$1" endpoint health >/dev/null; }

# start_etcd ENDPOINT: until it answers there.
start_etcd() {
  systemctl restart --no-block etcd.service
  await_daemon etcd "etcd, a majority of whose members must be up" healthy "$1"
}

let_clients_in() {
  local env=$ROOT/etc/etcd/etcd.env listen="ETCD_LISTEN_CLIENT_URLS=$ENDPOINT,$ETCD_HERE"
  if grep -qxF "$listen" "$env"; then return 0; fi
  sed "s|^ETCD_LISTEN_CLIENT_URLS=.*|$listen|" "$env" | write_file "$env" 644
  start_etcd "$ENDPOINT"
}

mkdir -p "$DATA"
chmod 700 "$DATA"
place_secret JEROBOAM_ETCD_CA_CERT "$ETCD_PKI/ca.crt" 644
issue JEROBOAM_ETCD_CA "$ETCD_PKI/server" "$NODE_NAME" serverAuth,clientAuth \
  "IP:$NODE_ADDRESS,IP:127.0.0.1,DNS:localhost,DNS:$NODE_NAME"
# Only this name may speak as a peer, so that no client's certificate can.
issue JEROBOAM_ETCD_CA "$ETCD_PKI/peer" etcd-peer serverAuth,clientAuth "IP:$NODE_ADDRESS"
issue JEROBOAM_ETCD_CA "$ETCD_PKI/root" root clientAuth ""
claim_data
if ! has_data && [[ ! -e $STATE/etcd-began ]]; then replace_predecessor; fi
if [[ ! -e $ROOT/etc/etcd/etcd.env || ! -e $STATE/etcd-began ]]; then
  etcd_env | write_file "$ROOT/etc/etcd/etcd.env" 644
fi
touch "$STATE/etcd-began"
systemctl daemon-reload
systemctl enable --quiet etcd.service
start_etcd "$ETCD_HERE"
if ((NODE_INDEX == 0)); then retry 20 6 set_users; else wait_for "the first master to give etcd its users" auth_enabled; fi
let_clients_in

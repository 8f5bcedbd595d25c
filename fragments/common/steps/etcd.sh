#!/bin/bash
# Makes this master a member of etcd; the members know each other by address, so no discovery is needed.
# The first gives etcd its users. Until then any client could do anything, so each member listens to its own node alone.
use addresses daemons etcd etcd-member etcd-users files pki retry

: "${JEROBOAM_ETCD_CA_CERT:?}" "${JEROBOAM_ETCD_CA_KEY:?}"

NODE_ADDRESS=$(master_address "$NODE_INDEX")
ENDPOINT=https://$NODE_ADDRESS:2379
CLUSTER_STATE=new
KNOWN=

# listens ADDRESS: etcdctl tries one that refuses for 20 s, and where masters begin together all others do.
listens() {
  # shellcheck disable=SC2016
  timeout 5 bash -c 'until (: 3<>"/dev/tcp/$1/2379") 2>/dev/null; do sleep 1; done' etcd "$1"
}

# join_members: where others run etcd, this one is put in, and what ran on this address and lost its data is taken out.
# One that has a name but no client address never ran: the cluster is only just coming up. One without a name
# was put in by a try of this step that did not end.
join_members() {
  local address endpoint member name clients
  for address in $(other_masters); do
    listens "$address" || continue
    endpoint=https://$address:2379
    member=$(listed_member "$endpoint" 2>/dev/null) || continue
    name=$(cut -d , -f 3 <<<"$member")
    clients=$(cut -d , -f 5 <<<"$member")
    if [[ -n ${name// /} && -z ${clients// /} ]]; then return 0; fi
    CLUSTER_STATE=existing
    if [[ -n ${clients// /} ]]; then
      remove_predecessor "$endpoint" "$member"
    elif [[ -n $member ]]; then
      KNOWN=$(in_etcd "$endpoint" member list)
      return 0
    fi
    KNOWN=$(in_etcd "$endpoint" member add "master-$NODE_INDEX" --peer-urls="https://$NODE_ADDRESS:2380")
    say "$KNOWN"
    return 0
  done
}

# join_lone: one that is to join a master that was left alone must not begin a cluster of its own.
join_lone() { join_members && [[ $KNOWN ]]; }

# etcd_env: a member is told of as many as its etcd knows, or it does not begin. Masters that join one that was left
# alone come one by one; else all come sooner or later.
etcd_env() {
  local master members=
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ -e $STATE/restored && $KNOWN != *"https://${master#*=}:2380"* ]]; then continue; fi
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
ETCD_INITIAL_CLUSTER_STATE=$CLUSTER_STATE
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

listen_to_clients() {
  local env=$ROOT/etc/etcd/etcd.env listen="ETCD_LISTEN_CLIENT_URLS=$ENDPOINT,$ETCD_HERE"
  if grep -qxF "$listen" "$env"; then return 0; fi
  sed "s|^ETCD_LISTEN_CLIENT_URLS=.*|$listen|" "$env" | write_file "$env" 644
  start_etcd "$ENDPOINT"
}

mkdir -p "$ETCD"
chmod 700 "$ETCD"
place_secret JEROBOAM_ETCD_CA_CERT "$ETCD_PKI/ca.crt" 644
issue JEROBOAM_ETCD_CA "$ETCD_PKI/server" "$NODE_NAME" serverAuth,clientAuth \
  "IP:$NODE_ADDRESS,IP:127.0.0.1,DNS:localhost,DNS:$NODE_NAME"
# Only this name may speak as a peer, so that no client's certificate can.
issue JEROBOAM_ETCD_CA "$ETCD_PKI/peer" etcd-peer serverAuth,clientAuth "IP:$NODE_ADDRESS"
issue JEROBOAM_ETCD_CA "$ETCD_PKI/root" root clientAuth ""
claim_etcd_data "$(ca_of "$ETCD_PKI/ca.crt")"
if ! has_etcd_data && [[ ! -e $STATE/etcd-began ]]; then
  if [[ -e $STATE/restored ]]; then
    retry 20 6 join_lone || fail "no other master's etcd takes this one as a member"
  else
    join_members
  fi
fi
if [[ ! -e $ROOT/etc/etcd/etcd.env || ! -e $STATE/etcd-began ]]; then
  etcd_env | write_file "$ROOT/etc/etcd/etcd.env" 644
fi
remember etcd-began
systemctl daemon-reload
systemctl enable --quiet etcd.service
start_etcd "$ETCD_HERE"
if ((NODE_INDEX == 0)); then retry 20 6 set_users; else wait_for "the first master to give etcd its users" auth_enabled; fi
listen_to_clients

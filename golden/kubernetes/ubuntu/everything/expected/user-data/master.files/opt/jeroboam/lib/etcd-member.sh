use files

ETCD=$ROOT/var/lib/etcd

has_etcd_data() { [[ -n $(ls -A "$ETCD/data" 2>/dev/null) ]]; }

claim_etcd_data() {
  if has_etcd_data && [[ $(cat "$ETCD/cluster" 2>/dev/null) != "$1" ]]; then
    fail "the etcd data on this node is not this cluster's (its CA differs); give it an empty volume"
  fi
  say "$1" | write_file "$ETCD/cluster" 644
}

listed_member() {
  local members
  members=$(in_etcd "$1" member list) || return
  grep -F "https://$NODE_ADDRESS:2380," <<<"$members" || :
}

remove_predecessor() {
  say "removing the etcd member ${2%%,*}, this node's predecessor"
  in_etcd "$1" member remove "${2%%,*}"
}

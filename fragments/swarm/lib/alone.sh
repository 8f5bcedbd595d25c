# shellcheck shell=bash
# A manager that goes on alone after the others are lost for good: its swarm does already, as Docker's API was told to;
# a label says so to what is kept beside it, its etcd.
use etcd files retry

ALONE=jeroboam.alone
FORCE=ETCD_FORCE_NEW_CLUSTER=true

etcd_works() { in_etcd "$ETCD_HERE" endpoint health >/dev/null; }

# force_etcd: has etcd begin as a cluster of this member, with its data; only as it starts, and never again.
force_etcd() {
  local env=$ROOT/etc/etcd/etcd.env known
  known=$(grep -vxF "$FORCE" "$env")
  printf '%s\n' "$known" "$FORCE" | write_file "$env" 644
  systemctl restart --no-block etcd.service
  # What ran before the restart may still answer, and has no leader.
  retry 40 3 etcd_works || return
  printf '%s\n' "$known" | write_file "$env" 644
}

# go_on_alone: where the label wants it, once.
go_on_alone() {
  local said own
  said=$(docker node inspect self --format "{{with index .Spec.Labels \"$ALONE\"}}{{.}}{{end}}" 2>/dev/null) || return 0
  if [[ $said != wanted-* ]]; then return 0; fi
  say "the other managers are lost for good: etcd goes on from its data here, alone"
  force_etcd || return
  own=$(docker info --format '{{.Swarm.NodeID}}') || return
  docker node update --label-add "$ALONE=done-${said#wanted-}" "$own" >/dev/null
}

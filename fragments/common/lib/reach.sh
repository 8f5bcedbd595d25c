# shellcheck shell=bash
# Whether packets between containers of this node and of another arrive. Asked are masters, as their addresses are
# known, and those that this node could begin without do not count.
use addresses retry route

# elder_masters: addresses of the masters that are up before this node is; the first has none.
elder_masters() {
  local master own
  own=$(source_address "$(master_address 0)")
  if [[ $own == "$(master_address 0)" ]]; then return 0; fi
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ ${master#*=} != "$own" ]]; then say "${master#*=}"; fi
  done
}

# behind_vxlan NODE [COMMAND...]: the addresses to which a VXLAN's frames go by NODE; COMMAND enters its namespace.
behind_vxlan() {
  local node=$1 mac macs
  shift
  macs=$("$@" bridge fdb show | sed -n "s/^\([0-9a-f:]*\) .* dst $node .*/\1/p") || return 1
  for mac in $macs; do
    "$@" ip -4 neigh show | sed -n "s/^\([0-9.]*\) .*lladdr $mac .*/\1/p"
  done
}

# flannel_bridge NODE: the address of its bridge, the first of its subnet; by the routes that flanneld made.
flannel_bridge() {
  local via subnet
  for via in "$1" $(behind_vxlan "$1"); do
    subnet=$(ip -o -4 route show root "$FLANNEL_NETWORK" | sed -n "s,^\([0-9.]*\)/[0-9]* via $via .*,\1,p")
    if [[ -n $subnet ]]; then
      say "${subnet%.*}.$((${subnet##*.} + 1))"
      return 0
    fi
  done
  return 1
}

# refuses ADDRESS CURL...: whether packets go there and back: nobody listens at port 1, which is told at once.
refuses() {
  local said
  said=$("${@:2}" --verbose --silent --noproxy '*' --max-time 3 "http://$1:1" 2>&1) || :
  [[ $said == *"Connection refused"* ]]
}

# bridges_meet MASTER...: whether this node's bridge reaches one of theirs.
bridges_meet() {
  local master bridge
  for master; do
    bridge=$(flannel_bridge "$master") || continue
    if refuses "$bridge" curl --interface "${FLANNEL_SUBNET%/*}"; then return 0; fi
  done
  return 1
}

# await_flannel: until it carries a packet to another node, where there is one and its routes tell which is whose.
await_flannel() {
  local masters
  masters=$(elder_masters)
  if [[ -z $masters ]]; then
    say "no other node is up before this one: flannel between nodes is not tried"
  elif [[ -e $ROOT/sys/class/net/flannel0 || -e $ROOT/sys/class/net/flannel-wg ]]; then
    say "one route leads to all nodes: flannel between nodes is not tried"
  else
    # shellcheck disable=SC1091
    . "$ROOT/run/flannel/subnet.env"
    # shellcheck disable=SC2086
    wait_for "a packet from this node's containers ($FLANNEL_SUBNET) to reach a master's by flannel" bridges_meet $masters
  fi
}

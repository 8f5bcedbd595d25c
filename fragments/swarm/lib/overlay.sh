# shellcheck shell=bash
# Whether the swarm's overlay networks work on this node: by `ingress`, in which Docker puts every node.
use reach

# ingress FORMAT: what Docker says of it; nothing where it is not there, or not yet.
ingress() { docker network inspect ingress --format "$1" 2>/dev/null; }

has_ingress() { [[ $(ingress '{{.Id}}') ]]; }

# gossips MASTER...: whether one of them has told this node which container is where.
gossips() {
  local peers master
  peers=" $(ingress '{{range .Peers}}{{.IP}} {{end}}') "
  for master; do
    if [[ $peers == *" $master "* ]]; then return 0; fi
  done
  return 1
}

# overlay_reaches MASTER...: whether a packet in the network arrives at one of them.
overlay_reaches() {
  local id master address within
  id=$(ingress '{{.Id}}') || return 1
  # How often Docker made it is what its namespace's name begins with.
  within=("$ROOT"/run/docker/netns/*-"${id:0:9}"*)
  for master; do
    for address in $(behind_vxlan "$master" nsenter --net="${within[0]}"); do
      if refuses "$address" nsenter --net="$ROOT/run/docker/netns/ingress_sbox" curl; then return 0; fi
    done
  done
  return 1
}

# await_overlay: until they do. Whoever removed `ingress` from a swarm has nodes that cannot tell.
await_overlay() {
  local masters
  masters=$(elder_masters)
  if [[ -z $masters ]]; then
    say "no other node is up before this one: overlay networks between nodes are not tried"
  elif ! retry 12 5 has_ingress; then
    say "the swarm gives this node no network ingress: overlay networks between nodes are not tried"
  else
    # shellcheck disable=SC2086
    wait_for "a manager's gossip of overlay networks at port 7946" gossips $masters
    # shellcheck disable=SC2086
    wait_for "a packet in the overlay network ingress to reach a manager at UDP port 4789" overlay_reaches $masters
  fi
}

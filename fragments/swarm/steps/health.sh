#!/bin/bash
# Ends only when the swarm counts this node in, as what it is meant to be, and containers reach other nodes.
use overlay reach retry

: "${JEROBOAM_SWARM_ROLE:?}"

# A worker is not told how the managers see it; what it knows is that Docker is active without an error, and that
# they gave it a place in `ingress`.
worker_healthy() { [[ $(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.Error}}') == "active " ]]; }

manager_healthy() {
  [[ $(docker node inspect self --format '{{.Status.State}} {{with .ManagerStatus}}{{.Reachability}}{{end}}') == "ready reachable" ]]
}

case $JEROBOAM_SWARM_ROLE in
  manager) wait_for "this manager to be ready and reachable" manager_healthy ;;
  worker) wait_for "this node to be an active worker" worker_healthy ;;
  *) fail "JEROBOAM_SWARM_ROLE is '$JEROBOAM_SWARM_ROLE'" ;;
esac
await_overlay
if [[ -e $ROOT/run/flannel/subnet.env ]]; then await_flannel; fi
docker info --format 'in the swarm as {{.Swarm.NodeID}}'

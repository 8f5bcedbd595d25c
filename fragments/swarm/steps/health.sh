#!/bin/bash
# Ends only when the swarm counts this node in, as what it is meant to be.
use retry

: "${JEROBOAM_SWARM_ROLE:?}"

# A worker is not told how the managers see it; that Docker is active without an error is what it knows.
worker_healthy() { [[ $(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.Error}}') == "active " ]]; }

manager_healthy() {
  [[ $(docker node inspect self --format '{{.Status.State}} {{with .ManagerStatus}}{{.Reachability}}{{end}}') == "ready reachable" ]]
}

case $JEROBOAM_SWARM_ROLE in
  manager) wait_for "this manager to be ready and reachable" manager_healthy ;;
  worker) wait_for "this node to be an active worker" worker_healthy ;;
  *) fail "JEROBOAM_SWARM_ROLE is '$JEROBOAM_SWARM_ROLE'" ;;
esac
docker info --format 'in the swarm as {{.Swarm.NodeID}}'

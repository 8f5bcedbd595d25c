#!/bin/bash
# Ends only when this agent does its work: it is healthy, the leading master counts it in, and flannel carries packets.
use agents daemons mesos reach

# registered: whether the leader lists this agent among those that are there, not those it remembers.
registered() {
  local master agents
  master=$(leader) || return 1
  agents=$(http_get "$master:$JEROBOAM_MESOS_PORT/slaves" "${AGENT_SECRET:+$AGENT:$AGENT_SECRET}") || return 1
  [[ ${agents%%'"recovered_slaves"'*} == *"\"hostname\":\"$NODE_ADDRESS\""* ]]
}

await_daemon mesos-agent "agent $NODE_NAME to be registered" registered
if [[ -e $ROOT/run/flannel/subnet.env ]]; then await_flannel; fi

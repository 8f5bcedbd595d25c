#!/bin/bash
# Ends only when this agent does its work: it is healthy, and the leading master counts it in.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../../common/addresses.sh
. "$LIB/addresses.sh"
# shellcheck source=../mesos.sh
. "$LIB/mesos.sh"
# shellcheck source=../agents.sh
. "$LIB/agents.sh"

# registered: whether the leader lists this agent among those that are there, not those it remembers.
registered() {
  local master agents
  master=$(leader) || return 1
  agents=$(ask "$master:$JEROBOAM_MESOS_PORT/slaves" "${AGENT_SECRET:+agent:$AGENT_SECRET}") || return 1
  [[ ${agents%%'"recovered_slaves"'*} == *"\"hostname\":\"$NODE_ADDRESS\""* ]]
}

await_daemon mesos-agent "agent $NODE_NAME to be registered" registered

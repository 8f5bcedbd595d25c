# shellcheck shell=bash
# Who agents are to the masters.

: "${JEROBOAM_MESOS_AGENT_SECRET?}"

# principal CREDENTIAL: the name in PRINCIPAL:SECRET; a first secret has none.
principal() { if [[ $1 =~ ^(agent-[0-9a-f]{8}): ]]; then say "${BASH_REMATCH[1]}"; else say agent; fi; }

# read_agents: AGENT is in use, and OTHER_AGENT accepted as well while one takes the other's place.
read_agents() {
  local first second
  read -r first second <<<"$(base64 -d <<<"$JEROBOAM_MESOS_AGENT_SECRET")"
  second=${second:-$first}
  # shellcheck disable=SC2034
  AGENT=$(principal "$first") AGENT_SECRET=${first#agent-????????:}
  # shellcheck disable=SC2034
  OTHER_AGENT=$(principal "$second") OTHER_AGENT_SECRET=${second#agent-????????:}
}

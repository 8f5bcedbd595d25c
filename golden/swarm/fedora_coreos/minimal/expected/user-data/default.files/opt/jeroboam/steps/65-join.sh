#!/bin/bash
# Makes this node a worker of the swarm: with the token on the board, by managers that answer.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../../common/signal.sh
. "$LIB/signal.sh"
# shellcheck source=../../common/board.sh
. "$LIB/board.sh"
# shellcheck source=../../common/addresses.sh
. "$LIB/addresses.sh"
# shellcheck source=../swarm.sh
. "$LIB/swarm.sh"

worker_token() {
  local sealed token
  sealed=$(board_read "$SWARM_NOTE") || return
  token=$(unseal JEROBOAM_JOIN_SECRET <<<"$sealed" 2>/dev/null) || token=
  if [[ ! $token =~ $TOKEN_FORM ]]; then
    say "what the board holds is not a token sealed with this cluster's secret" >&2
    return 1
  fi
  say "$token"
}

managers_up() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if listens "${master#*=}"; then say "${master#*=}"; fi
  done
}

# join_once: the token is read each time, for it may have been rotated.
join_once() {
  local token addresses
  token=$(worker_token) || return
  addresses=$(managers_up)
  if [[ -z $addresses ]]; then
    say "no manager takes members at port $SWARM_PORT"
    return 1
  fi
  # shellcheck disable=SC2086
  join_swarm "$token" active $addresses && return 0
  leave_remains
  return 1
}

has_token() { worker_token >/dev/null; }

if swarm_active; then
  say "this node is in the swarm already"
  exit 0
fi
leave_remains
wait_for "the first manager to publish the join token" has_token
retry 20 15 join_once
wait_for "this node to be in the swarm" swarm_active

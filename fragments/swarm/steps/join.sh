#!/bin/bash
# Makes this node a worker of the swarm: with the token that it reads in the managers' etcd, by managers that answer.
use etcd files retry swarm token

: "${JEROBOAM_ETCD_CA_CERT:?}" "${JEROBOAM_JOIN_CERT:?}" "${JEROBOAM_JOIN_KEY:?}"

IDENTITY=$RUN/join/client

# worker_token: prints the token, by the first manager whose etcd answers.
worker_token() {
  local master token
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    token=$(ask_etcd "$IDENTITY" "https://${master#*=}:2379" get --print-value-only "$JEROBOAM_WORKER_TOKEN" \
      2>/dev/null) || continue
    [[ -n $token ]] || continue
    if [[ $token =~ $TOKEN_FORM ]]; then
      say "$token"
      return 0
    fi
    say "etcd on ${master#*=} returned something that is not a join token" >&2
  done
  return 1
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
  if ! token=$(worker_token); then
    say "no manager's etcd returned the join token at port 2379"
    return 1
  fi
  addresses=$(managers_up)
  if [[ -z $addresses ]]; then
    say "no manager accepts joins at port $SWARM_PORT"
    return 1
  fi
  # shellcheck disable=SC2086
  join_swarm "$token" active $addresses && return 0
  leave_swarm
  return 1
}

# refuse_ended: a node that joins later than its certificate lasts is told so, not left waiting.
refuse_ended() {
  local end
  openssl x509 -in "$IDENTITY.crt" -noout -checkend 0 >/dev/null && return 0
  end=$(openssl x509 -in "$IDENTITY.crt" -noout -enddate)
  fail "the certificate for fetching the join token expired on ${end#*=}; here it is $(date -u)"
}

has_token() { worker_token >/dev/null; }

if swarm_active; then
  say "this node is in the swarm already"
  exit 0
fi
leave_swarm
place_secret JEROBOAM_ETCD_CA_CERT "${IDENTITY%/*}/ca.crt" 644
place_secret JEROBOAM_JOIN_CERT "$IDENTITY.crt" 644
place_secret JEROBOAM_JOIN_KEY "$IDENTITY.key" 600
refuse_ended
wait_for "a manager to publish the join token" has_token
retry 20 15 join_once
wait_for "this node to be in the swarm" swarm_active

# shellcheck shell=bash
# What managers share: their certificate, the Docker API of the others, and the workers' token on the board.
# Sourced after swarm.sh and board.sh.

: "${JEROBOAM_API_PORT:?}"

PKI=$ROOT/etc/docker/pki
PUBLISHED=$STATE/published-token
# shellcheck disable=SC2034
NODE_ADDRESS=$(value_at "$JEROBOAM_MASTER_ADDRESSES" "$NODE_INDEX")

# on_manager ADDRESS COMMAND...: docker on another manager, each of the two proving who it is.
on_manager() {
  local address=$1
  shift
  timeout 30 docker --host "tcp://$address:$JEROBOAM_API_PORT" --tlsverify --tlscacert "$PKI/ca.crt" \
    --tlscert "$PKI/server.crt" --tlskey "$PKI/server.key" "$@"
}

other_managers() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ ${master%%=*} != "$NODE_INDEX" ]]; then say "${master#*=}"; fi
  done
}

# publish_token: the workers' token on the board, sealed; only where it is not there already.
publish_token() {
  local token posted sealed
  token=$(docker swarm join-token --quiet worker) || return
  [[ $token =~ $TOKEN_FORM ]] || return
  posted=$(board_read "$SWARM_NOTE" | unseal JEROBOAM_JOIN_SECRET 2>/dev/null) || posted=
  if [[ $posted != "$token" ]]; then
    sealed=$(printf '%s' "$token" | seal JEROBOAM_JOIN_SECRET) || return
    board_post "$SWARM_NOTE" "$sealed" || return
    say "the workers' join token is on the board"
  fi
  printf '%s' "$token" | sha256sum | write_file "$PUBLISHED" 600
}

# shellcheck shell=bash
# How a manager asks the others.

: "${JEROBOAM_API_PORT:?}"

PKI=$ROOT/etc/docker/pki

# on_manager ADDRESS COMMAND...: docker on another manager, each of the two proving who it is.
on_manager() {
  local address=$1
  shift
  timeout 15 docker --host "tcp://$address:$JEROBOAM_API_PORT" --tlsverify --tlscacert "$PKI/ca.crt" \
    --tlscert "$PKI/server.crt" --tlskey "$PKI/server.key" "$@"
}

# shellcheck shell=bash
# How a manager asks the others, and what it has of the swarm itself.

: "${JEROBOAM_API_PORT:?}"

PKI=$ROOT/etc/docker/pki
SWARM_DATA=$ROOT/var/lib/docker/swarm
CERTIFICATE=$SWARM_DATA/certificates/swarm-node.crt

# on_manager ADDRESS COMMAND...: docker on another manager, each of the two proving who it is.
on_manager() {
  local address=$1
  shift
  timeout 15 docker --host "tcp://$address:$JEROBOAM_API_PORT" --tlsverify --tlscacert "$PKI/ca.crt" \
    --tlscert "$PKI/server.crt" --tlskey "$PKI/server.key" "$@"
}

# certificate_ended: Docker renews this node's certificate of the swarm while it runs, and cannot after its end.
certificate_ended() { [[ -e $CERTIFICATE ]] && ! openssl x509 -in "$CERTIFICATE" -noout -checkend 0 >/dev/null; }

# shellcheck shell=bash
# The board: what a node posts there, every node of the cluster can read, now or a year later. It is the metadata
# of a wait condition handle whose Keystone user all nodes share; whoever else reads a stack may read it too,
# so what is secret is posted sealed. Sourced after signal.sh.

: "${JEROBOAM_BOARD:?}"

# board_post NAME TEXT: TEXT is base64. SIGNAL_PROBLEM says why not.
board_post() {
  send_signal "$JEROBOAM_BOARD" '{"status":"SUCCESS","id":"'"$1"'","reason":"posted by '"$NODE_NAME"'","data":"'"$2"'"}' 3
}

# board_read NAME: prints the text; exit 1 if there is none, 2 if the board cannot be read.
board_read() {
  local url answer status=0 entry
  url=$(json_field alarm_url "$JEROBOAM_BOARD") || return 2
  if ! keystone_token "$JEROBOAM_BOARD"; then
    say "the board: $SIGNAL_PROBLEM" >&2
    return 2
  fi
  answer=$(printf 'header = "X-Auth-Token: %s"\n' "$SIGNAL_TOKEN" |
    openstack_curl --config - --fail "${url%/signal}/metadata") || status=$?
  if ((status)); then
    say "the board: cannot read ${url%/signal}/metadata ($(curl_meaning "$status"))" >&2
    return 2
  fi
  entry="\"$1\"[[:space:]]*:[[:space:]]*\\{[^{}]*\"data\"[[:space:]]*:[[:space:]]*\"([A-Za-z0-9+/=]+)\""
  [[ $answer =~ $entry ]] || return 1
  say "${BASH_REMATCH[1]}"
}

# seal VARIABLE: standard input, sealed with the secret in VARIABLE, as one line of base64.
seal() { SEAL=${!1} openssl enc -aes-256-cbc -pbkdf2 -iter 100000 -salt -pass env:SEAL | base64 -w 0; }

# unseal VARIABLE: the other way round.
unseal() { base64 -d | SEAL=${!1} openssl enc -d -aes-256-cbc -pbkdf2 -iter 100000 -pass env:SEAL; }

# shellcheck shell=bash
# The key that unlocks this manager after a restart, where the swarm has one.
use files

: "${JEROBOAM_AUTOLOCK:?}"

UNLOCK_KEY=$STATE/swarm-unlock-key

# keep_unlock_key: what Docker says now; it changes when it is rotated, and a manager needs its own to come back.
keep_unlock_key() {
  local key
  [[ $JEROBOAM_AUTOLOCK == true ]] || return 0
  key=$(docker swarm unlock-key --quiet) || return
  [[ $key == SWMKEY-* ]] || return 1
  if [[ ! -e $UNLOCK_KEY || $(<"$UNLOCK_KEY") != "$key" ]]; then
    say "$key" | write_file "$UNLOCK_KEY" 600
  fi
}

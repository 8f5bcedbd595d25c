# shellcheck shell=bash
# Windows of time, which join tokens belong to: numbered from 1970 on, UTC. A token begins with its window's number, in
# six digits to the base 36, and is valid in its own, the one before and the one after.

: "${JEROBOAM_TOKEN_HOURS:?}"

WINDOW_SECONDS=$((JEROBOAM_TOKEN_HOURS * 3600))
WINDOW=$(($(date +%s) / WINDOW_SECONDS))

# token_end NUMBER: when the token of a window ends, in seconds since 1970.
token_end() { say $((($1 + 2) * WINDOW_SECONDS)); }

# number_of TOKEN: the number that it begins with.
number_of() {
  [[ $1 =~ ^([0-9a-z]{6})\. ]] || return 1
  say $((36#${BASH_REMATCH[1]}))
}

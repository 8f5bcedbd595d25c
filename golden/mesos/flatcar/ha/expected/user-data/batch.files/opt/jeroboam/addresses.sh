# shellcheck shell=bash
# Where this node and the masters are.

: "${JEROBOAM_MASTER_ADDRESSES:?}"

# own_address: this node's address, as the masters see it.
own_address() {
  local master=${JEROBOAM_MASTER_ADDRESSES%% *} route
  route=$(ip -o route get "${master#*=}")
  [[ $route =~ \ src\ ([0-9a-f.:]+) ]] || fail "no route to ${master#*=}: $route"
  say "${BASH_REMATCH[1]}"
}

# masters_listed BEFORE AFTER SEPARATOR: each master's address between BEFORE and AFTER.
masters_listed() {
  local master list=
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    list+=${list:+$3}$1${master#*=}$2
  done
  say "$list"
}

# shellcheck shell=bash
# This node's own addresses, by the kernel's routes.

# source_address ADDRESS: this node's own address on the way there.
source_address() {
  local route
  route=$(ip -o route get "$1")
  [[ $route =~ \ src\ ([0-9a-f.:]+) ]] || fail "no route to $1: $route"
  say "${BASH_REMATCH[1]}"
}

# shellcheck shell=bash
# This node's own addresses, by the kernel's routes.

# source_address ADDRESS: this node's own address on the way there.
source_address() {
  local route
  route=$(ip -o route get "$1")
  [[ $route =~ \ src\ ([0-9a-f.:]+) ]] || fail "no route to $1: $route"
  say "${BASH_REMATCH[1]}"
}

# ipv6_address ADDRESS: the IPv6 address that lasts on the interface that has this one, as soon as there is one.
ipv6_address() {
  local interface line
  interface=$(ip -o -4 address show to "$1")
  [[ $interface =~ ^[0-9]+:\ +([^ ]+) ]] || fail "no interface has the address $1"
  interface=${BASH_REMATCH[1]}
  while read -r line; do
    if [[ ! $line =~ \ (temporary|deprecated|tentative|dadfailed)\  && $line =~ \ inet6\ ([0-9a-f:]+)/ ]]; then
      say "${BASH_REMATCH[1]}"
      return 0
    fi
  done < <(ip -o -6 address show dev "$interface" scope global)
  say "$interface has no IPv6 address yet" >&2
  return 1
}

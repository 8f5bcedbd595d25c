#!/bin/bash
set -euo pipefail

ADDRESSES=(169.254.169.254 fe80::a9fe:a9fe)
SOURCES=(192.0.2.1 2001:db8::1)
PRIORITY=10
INSTANCE_DATA=${JEROBOAM_ROOT:-}/run/cloud-init/instance-data.json
SEAL='jeroboam-seal(:[0-9a-f]{64})+'

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

add_rule() {
  local problem
  problem=$(LC_ALL=C ip "$1" rule add "${@:2}" protocol kernel 2>&1) || [[ $problem == *"File exists"* ]] ||
    fail "ip $1 rule add ${*:2}: $problem"
}

close() {
  add_rule "$1" to "$2" iif lo lookup main pref "$PRIORITY"
  add_rule "$1" to "$2" prohibit pref $((PRIORITY + 1))
}

verify() {
  local file interface answer
  for file in /proc/sys/net/ipv4/conf/*/forwarding; do
    interface=${file#/proc/sys/net/ipv4/conf/}
    interface=${interface%/forwarding}
    if [[ $interface =~ ^(all|default|lo)$ || $(<"$file") == 0 ]]; then continue; fi
    answer=$(LC_ALL=C ip "$1" route get "$2" from "$3" iif "$interface" 2>&1) || :
    [[ $answer == *"Permission denied"* ]] || fail "the metadata service, $2, is reachable from $interface: $answer"
  done
}

close_instance_data() { sed -i -E "s/$SEAL/jeroboam-seal/g" "$INSTANCE_DATA"; }

verify_instance_data() { ! grep -qE "$SEAL" "$INSTANCE_DATA" || fail "$INSTANCE_DATA lets every user of the node read the key of its secrets"; }

[[ ${1:-} == close || ${1:-} == verify ]] || fail "usage: metadata.sh close|verify"
if [[ -e $INSTANCE_DATA ]]; then "$1_instance_data"; fi
"$1" -4 "${ADDRESSES[0]}" "${SOURCES[0]}"
if [[ -e /proc/net/if_inet6 ]]; then "$1" -6 "${ADDRESSES[1]}" "${SOURCES[1]}"; fi

#!/bin/bash
# Makes this worker a node of the cluster: by bootstrap token, and only with the CA that it was given.
use kubernetes retry route

: "${JEROBOAM_BOOTSTRAP_TOKEN:?}"

utc() { date -u -d "@$1" '+%F %T UTC'; }

# refuse_ended TOKEN: kubeadm would look for one that has ended until the node's time is up. A number that lies ahead is
# none of a window: an earlier version's tokens begin at random, and so do those of `kubeadm token create`.
refuse_ended() {
  local number
  # The window's number, in six digits to the base 36, is what it begins with.
  [[ $1 =~ ^([0-9a-z]{6})\. ]] || return 0
  number=$((36#${BASH_REMATCH[1]}))
  if ((number <= WINDOW - 2)); then
    fail "the join token in this node's user data expired on $(utc "$(token_end "$number")"); here it is $(utc "$(date +%s)")"
  fi
}

join_once() {
  local ignored
  ignored=$(ignored_errors)
  run_kubeadm join --config "$RUN/join.yaml" ${ignored:+--ignore-preflight-errors="$ignored"} && return 0
  kubeadm_reset
  return 1
}

if [[ -e $ROOT/etc/kubernetes/kubelet.conf && -e $STATE/joined ]]; then
  say "this node has joined already"
  exit 0
fi

BOOTSTRAP_TOKEN=$(base64 -d <<<"$JEROBOAM_BOOTSTRAP_TOKEN")
refuse_ended "$BOOTSTRAP_TOKEN"
# shellcheck disable=SC2034
NODE_ADDRESS=$(source_address "$JEROBOAM_API_ADDRESS")
fill_config join
wait_for "the API at $JEROBOAM_API_ADDRESS" api_ready "$JEROBOAM_API_ADDRESS"
if [[ -e $STATE/join-began ]]; then kubeadm_reset; fi
remember join-began
retry 5 30 join_once
rm -f "$RUN/join.yaml"
remember joined

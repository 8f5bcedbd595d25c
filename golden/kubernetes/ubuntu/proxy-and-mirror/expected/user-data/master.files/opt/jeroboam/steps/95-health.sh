#!/bin/bash
# Ends only when this node does its work: kubelet is healthy and the cluster counts the node in.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../../common/daemons.sh
. "$LIB/daemons.sh"

: "${JEROBOAM_HEALTH:?}"

kubelet_healthy() { curl --silent --fail --noproxy '*' --max-time 5 --output /dev/null http://127.0.0.1:10248/healthz; }

# node_condition: the node as kubelet itself may read it.
node_condition() {
  kubectl --kubeconfig "$ROOT/etc/kubernetes/kubelet.conf" get node "$NODE_NAME" \
    --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
}

node_ready() { [[ $(node_condition) == True ]]; }
node_registered() { node_condition >/dev/null; }

await_daemon kubelet "kubelet" kubelet_healthy
case $JEROBOAM_HEALTH in
  ready) await_daemon kubelet "node $NODE_NAME to be Ready" node_ready ;;
  # Without a network plugin from us, Ready is for the user's own plugin to bring about.
  registered) await_daemon kubelet "node $NODE_NAME to be registered" node_registered ;;
  *) fail "JEROBOAM_HEALTH is '$JEROBOAM_HEALTH'" ;;
esac

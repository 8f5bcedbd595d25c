#!/bin/bash
# Ends only when this node does its work: the cluster counts it in, and its network works.
use daemons

: "${JEROBOAM_NETWORK:?}"

# node_status: the node as kubelet itself may read it.
node_status() {
  kubectl --kubeconfig "$ROOT/etc/kubernetes/kubelet.conf" get node "$NODE_NAME" \
    --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
}

node_ready() { [[ $(node_status) == True ]]; }
node_registered() { node_status >/dev/null; }

# A node is Ready before the daemon of its network is.
flannel_works() { [[ -s $ROOT/run/flannel/subnet.env ]]; }
calico_works() { curl --silent --fail --noproxy '*' --max-time 5 --output /dev/null http://127.0.0.1:9099/readiness; }

case $JEROBOAM_NETWORK in
  # Ready is for the user's own plugin to bring about.
  none) await_daemon kubelet "node $NODE_NAME to be registered" node_registered ;;
  *)
    await_daemon kubelet "node $NODE_NAME to be Ready" node_ready
    await_daemon kubelet "$JEROBOAM_NETWORK on node $NODE_NAME" "${JEROBOAM_NETWORK}_works"
    ;;
esac

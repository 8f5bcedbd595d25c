#!/bin/bash
# Ends only when this node does its work: it is Ready, its pods have a network and services, and names are known.
use daemons dns kubernetes

: "${JEROBOAM_NETWORK:?}" "${JEROBOAM_DNS_ADDRESS:?}" "${JEROBOAM_DNS_DOMAIN:?}"

API=kubernetes.default.svc.$JEROBOAM_DNS_DOMAIN
heard=0

# node_status: the node as kubelet itself may read it.
node_status() {
  kubectl --kubeconfig "$ROOT/etc/kubernetes/kubelet.conf" get node "$NODE_NAME" \
    --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
}

node_ready() { [[ $(node_status) == True ]]; }
node_registered() { node_status >/dev/null; }

# pod_works PORT/PATH NAMESPACE NAME: asks a pod in the node's own network; once a minute, why it does not work.
pod_works() {
  local said
  if curl --silent --fail --noproxy '*' --max-time 5 --output /dev/null "http://127.0.0.1:$1"; then return 0; fi
  if ((SECONDS - heard >= 60)); then
    heard=$SECONDS
    said=$(pod_failure "$2" "$3") && say "$3: $said"
  fi
  return 1
}

# A node is Ready before the daemon of its network is, and with a kube-proxy that only ends.
flannel_works() { pod_works 8081/healthz kube-flannel kube-flannel && [[ -s $ROOT/run/flannel/subnet.env ]]; }
calico_works() { pod_works 9099/readiness kube-system calico-node; }
kube_proxy_works() { pod_works 10256/healthz kube-system kube-proxy; }

case $JEROBOAM_NETWORK in
  # Ready is for the user's own plugin to bring about.
  none) await_daemon kubelet "node $NODE_NAME to be registered" node_registered ;;
  *)
    await_daemon kubelet "node $NODE_NAME to be Ready" node_ready
    await_daemon kubelet "$JEROBOAM_NETWORK on node $NODE_NAME" "${JEROBOAM_NETWORK}_works"
    await_daemon kubelet "kube-proxy on node $NODE_NAME" kube_proxy_works
    # A pod answers it, as a rule one on another node.
    await_daemon kubelet "CoreDNS to answer node $NODE_NAME at $JEROBOAM_DNS_ADDRESS" \
      dns_answers "$JEROBOAM_DNS_ADDRESS" "$API"
    await_daemon kubelet "CoreDNS to know $API" dns_knows "$JEROBOAM_DNS_ADDRESS" "$API"
    ;;
esac

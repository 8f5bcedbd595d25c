#!/bin/bash
use daemons dns kubernetes

: "${JEROBOAM_NETWORK:?}" "${JEROBOAM_DNS_ADDRESS:?}" "${JEROBOAM_DNS_DOMAIN:?}"

API=kubernetes.default.svc.$JEROBOAM_DNS_DOMAIN
POD_SOURCE=
ELSEWHERE=
heard=0

as_kubelet() { kubectl --kubeconfig "$ROOT/etc/kubernetes/kubelet.conf" "$@"; }

node_status() { as_kubelet get node "$NODE_NAME" --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'; }

node_ready() { [[ $(node_status) == True ]]; }
node_registered() { node_status >/dev/null; }

pod_works() {
  local said
  if curl --silent --fail --noproxy '*' --max-time 5 --output /dev/null "http://127.0.0.1:$1"; then return 0; fi
  if ((SECONDS - heard >= 60)); then
    heard=$SECONDS
    said=$(pod_failure "$2" "$3") && say "$3: $said"
  fi
  return 1
}

flannel_works() { pod_works 8081/healthz kube-flannel kube-flannel && [[ -s $ROOT/run/flannel/subnet.env ]]; }
calico_works() { pod_works 9099/readiness kube-system calico-node; }
kube_proxy_works() { pod_works 10256/healthz kube-system kube-proxy; }

coredns() {
  as_kubelet get endpoints kube-dns --namespace kube-system --output "jsonpath={.subsets[*].addresses[$1].ip}" 2>/dev/null
}

coredns_elsewhere() { ELSEWHERE=$(coredns "?(@.nodeName!=\"$NODE_NAME\")"); }

coredns_runs() { [[ $(coredns '*') ]] && coredns_elsewhere; }

some_elsewhere() {
  local pod
  coredns_elsewhere || return 1
  if [[ -z $ELSEWHERE ]]; then return 0; fi
  for pod in $ELSEWHERE; do if "$@" "$pod"; then return 0; fi; done
  return 1
}

connects() {
  local seconds
  seconds=$(curl --silent --noproxy '*' --max-time 3 --output /dev/null --write-out '%{time_connect}' \
    ${POD_SOURCE:+--interface "$POD_SOURCE"} "http://$1:53") || :
  [[ $seconds == *[1-9]* ]]
}

knows() { dns_knows "$1" "$API"; }

take_pod_source() {
  local device
  if [[ $JEROBOAM_NETWORK == flannel ]]; then
    POD_SOURCE=$(sed -n 's,^FLANNEL_SUBNET=\(.*\)/.*,\1,p' "$ROOT/run/flannel/subnet.env")
    if [[ -n $POD_SOURCE && -z $(ip -o -4 address show to "$POD_SOURCE") ]]; then
      ip address add "$POD_SOURCE/32" dev lo
      trap 'ip address del "$POD_SOURCE/32" dev lo' EXIT
    fi
    return 0
  fi
  for device in vxlan.calico tunl0; do
    POD_SOURCE=$(ip -o -4 address show dev "$device" 2>/dev/null | sed -n 's,.* inet \([0-9.]*\).*,\1,p') || :
    if [[ -n $POD_SOURCE ]]; then return 0; fi
  done
}

await_elsewhere() {
  local pods
  if [[ -z $ELSEWHERE ]]; then
    say "no other node runs CoreDNS: the pod network between nodes is not tried"
    return 0
  fi
  take_pod_source
  pods="CoreDNS on other nodes (${ELSEWHERE// /, })"
  await_daemon kubelet "a packet from this node's pods${POD_SOURCE:+ ($POD_SOURCE)} to reach $pods" some_elsewhere connects
  await_daemon kubelet "$pods to know $API" some_elsewhere knows
}

case $JEROBOAM_NETWORK in
  none) await_daemon kubelet "node $NODE_NAME to be registered" node_registered ;;
  *)
    await_daemon kubelet "node $NODE_NAME to be Ready" node_ready
    await_daemon kubelet "$JEROBOAM_NETWORK on node $NODE_NAME" "${JEROBOAM_NETWORK}_works"
    await_daemon kubelet "kube-proxy on node $NODE_NAME" kube_proxy_works
    await_daemon kubelet "a pod of CoreDNS to be ready" coredns_runs
    await_elsewhere
    await_daemon kubelet "CoreDNS to answer node $NODE_NAME at $JEROBOAM_DNS_ADDRESS" \
      dns_answers "$JEROBOAM_DNS_ADDRESS" "$API"
    await_daemon kubelet "CoreDNS to know $API" dns_knows "$JEROBOAM_DNS_ADDRESS" "$API"
    ;;
esac

#!/bin/bash
# Makes this master part of the control plane: the first begins the cluster, the others join in order.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../kubernetes.sh
. "$LIB/kubernetes.sh"
# shellcheck source=../masters.sh
. "$LIB/masters.sh"
# shellcheck source=../tokens.sh
. "$LIB/tokens.sh"

ETCD=$ROOT/var/lib/etcd

etcd_has_data() { [[ -n $(ls -A "$ETCD/data" 2>/dev/null) ]]; }

# claim_etcd: data is only ever used by the cluster (the CA) that wrote it.
claim_etcd() {
  local ours
  ours=$(ca_hash)
  if etcd_has_data && [[ $(cat "$ETCD/cluster" 2>/dev/null) != "$ours" ]]; then
    fail "the etcd data on this node is not this cluster's (its CA differs); give it an empty volume"
  fi
  say "$ours" | write_file "$ETCD/cluster" 644
}

# report_disk: etcd wants each synced write below 10 ms; a slow disk shows as lost leaders, so say it now.
report_disk() {
  local began=${EPOCHREALTIME/./} each
  dd if=/dev/zero of="$ETCD/.fsync" bs=2300 count=100 oflag=dsync status=none 2>/dev/null || return 0
  each=$(((${EPOCHREALTIME/./} - began) / 100))
  rm -f "$ETCD/.fsync"
  say "etcd disk: $each us for each synced write"
  if ((each > 10000)); then say "warning: this disk is slow for etcd; see masters.etcd_volume.type"; fi
}

# leftovers: what kubeadm's preflight may find on this node and should take over.
leftovers() {
  local found
  mapfile -t found < <(spared)
  if etcd_has_data; then found+=(DirAvailable--var-lib-etcd-data); fi
  if [[ -e $STATE/init-began ]]; then
    for component in kube-apiserver kube-controller-manager kube-scheduler etcd; do
      found+=("FileAvailable--etc-kubernetes-manifests-$component.yaml")
    done
    found+=("Port-$JEROBOAM_API_PORT" Port-10250 Port-10257 Port-10259 Port-2379 Port-2380)
  fi
  (IFS=, && say "${found[*]}")
}

# begin_cluster: a second try builds on the first, for etcd may hold the cluster already.
begin_cluster() {
  local ignored
  ignored=$(leftovers)
  touch "$STATE/init-began"
  run_kubeadm init --config "$RUN/init.yaml" --skip-token-print ${ignored:+--ignore-preflight-errors="$ignored"}
}

# prepare_cluster: has it know this master's token, which those of an earlier version do not, and no predecessor.
prepare_cluster() {
  (umask 077 && kubeadm kubeconfig user --config "$RUN/init.yaml" --client-name jeroboam --org system:masters \
    --validity-period 1h >"$RUN/admin.conf") || return
  keep_tokens "$RUN/admin.conf" && forget_predecessor
}

# forget_predecessor: a lost master's etcd member would keep its successor, on the same address, out.
forget_predecessor() {
  local pod members id
  if etcd_has_data; then return 0; fi
  pod=$(etcd_pods | grep -v "/etcd-$NODE_NAME\$" | head -n 1) || return
  members=$(in_etcd "$pod" member list) || return
  id=$(grep -F "https://$NODE_ADDRESS:2380," <<<"$members" | cut -d , -f 1) || return 0
  say "removing the etcd member $id, this node's predecessor"
  in_etcd "$pod" member remove "$id"
}

etcd_pods() {
  kubectl --kubeconfig "$RUN/admin.conf" --namespace kube-system get pods --selector component=etcd \
    --field-selector status.phase=Running --output name
}

in_etcd() {
  local pod=$1
  shift
  kubectl --kubeconfig "$RUN/admin.conf" --namespace kube-system exec "$pod" -- etcdctl \
    --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt \
    --cert /etc/kubernetes/pki/etcd/peer.crt --key /etc/kubernetes/pki/etcd/peer.key "$@"
}

join_once() {
  local ignored
  ignored=$(leftovers)
  prepare_cluster || say "the cluster could not be prepared; joining all the same"
  run_kubeadm join --config "$RUN/join.yaml" ${ignored:+--ignore-preflight-errors="$ignored"} && return 0
  kubeadm_reset
  place_pki
  return 1
}

# wait_for_lower: masters join one after another, since etcd takes one new member at a time.
wait_for_lower() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if ((${master%%=*} < NODE_INDEX)); then
      wait_for "the API server of master ${master%%=*} at ${master#*=}" api_ready "${master#*=}"
    fi
  done
}

if [[ -e $STATE/in-control-plane ]]; then
  say "this master is in the control plane already"
  exit 0
fi

mkdir -p "$ETCD"
claim_etcd
report_disk
# shellcheck disable=SC2034
BOOTSTRAP_TOKEN=$(window_token "$WINDOW")
fill_config init
fill_config join
retry 5 10 kubeadm config images pull --config "$RUN/init.yaml"

# Where another master answers there is a cluster to join, even for a first master that was replaced.
if ((NODE_INDEX == 0)) && ! { [[ ! -e $STATE/init-began ]] && other_master >/dev/null; }; then
  retry 2 10 begin_cluster
else
  wait_for_lower
  retry 5 30 join_once
fi
await_daemon kubelet "this master's API server" api_ready "$NODE_ADDRESS"
rm -f "$RUN/init.yaml" "$RUN/join.yaml" "$RUN/admin.conf"
touch "$STATE/in-control-plane"

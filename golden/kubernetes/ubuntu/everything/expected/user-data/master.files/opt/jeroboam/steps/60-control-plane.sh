#!/bin/bash
use daemons etcd-member kubernetes masters raise restore retry tokens

report_disk() {
  local began=${EPOCHREALTIME/./} each
  dd if=/dev/zero of="$ETCD/.fsync" bs=2300 count=100 oflag=dsync status=none 2>/dev/null || return 0
  each=$(((${EPOCHREALTIME/./} - began) / 100))
  rm -f "$ETCD/.fsync"
  say "etcd disk: $each us per synced write"
  if ((each > 10000)); then say "warning: this disk is slow for etcd; see masters.etcd_volume.type"; fi
}

ignored_errors_of_master() {
  local found
  mapfile -t found < <(ignored_errors)
  if has_etcd_data; then found+=(DirAvailable--var-lib-etcd-data); fi
  if [[ -e $STATE/init-began ]]; then
    for component in kube-apiserver kube-controller-manager kube-scheduler etcd; do
      found+=("FileAvailable--etc-kubernetes-manifests-$component.yaml")
    done
    found+=("Port-$JEROBOAM_API_PORT" Port-10250 Port-10257 Port-10259 Port-2379 Port-2380)
  fi
  (IFS=, && say "${found[*]}")
}

begin_cluster() {
  local ignored
  ignored=$(ignored_errors_of_master)
  remember init-began
  run_kubeadm init --config "$RUN/init.yaml" --skip-token-print ${ignored:+--ignore-preflight-errors="$ignored"}
}

make_admin() {
  (umask 077 && kubeadm kubeconfig user --config "$RUN/init.yaml" --client-name jeroboam --org system:masters \
    --validity-period 1h >"$RUN/admin.conf")
}

prepare_cluster() { keep_tokens "$RUN/admin.conf" && remove_lost_member; }

remove_lost_member() {
  local pod member
  if has_etcd_data; then return 0; fi
  pod=$(etcd_pods | grep -v "/etcd-$NODE_NAME\$" | head -n 1) || return
  member=$(listed_member "$pod") || return
  if [[ -n $member ]]; then remove_predecessor "$pod" "$member"; fi
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
  ignored=$(ignored_errors_of_master)
  make_admin || return 1
  raise_config "$RUN/admin.conf" || return 1
  prepare_cluster || say "the cluster could not be prepared; joining anyway"
  run_kubeadm join --config "$RUN/join.yaml" ${ignored:+--ignore-preflight-errors="$ignored"} && return 0
  kubeadm_reset
  place_pki
  return 1
}

wait_for_earlier() {
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
claim_etcd_data "$(ca_hash)"
if has_etcd_data && [[ -e $WRITER ]]; then refuse_steps_from "$(cat "$WRITER")"; fi
report_disk
BOOTSTRAP_TOKEN=$(window_token "$WINDOW")
fill_config init
fill_config join
retry 5 10 kubeadm config images pull --config "$RUN/init.yaml"
if restore_is_wanted; then restore_etcd; fi

if ((NODE_INDEX == 0)) && ! { [[ ! -e $STATE/init-began ]] && ready_master >/dev/null; }; then
  retry 2 10 begin_cluster
else
  wait_for_earlier
  retry 5 30 join_once
fi
await_daemon kubelet "this master's API server" api_ready "$NODE_ADDRESS"
check_versions
say "$VERSION" | write_file "$WRITER" 644
rm -f "$RUN/init.yaml" "$RUN/join.yaml" "$RUN/admin.conf"
remember in-control-plane

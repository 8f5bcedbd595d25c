#!/bin/bash
# run.sh etcd-to-volume.sh VOLUME: moves the only master's etcd onto a volume that it was given since it was made.
# The API is away meanwhile, for seconds. Cut off at any moment, the cluster goes on, and this can be run again.
use etcd-member masters volumes

NEW=$RUN/etcd-volume
# On the volume, as long as it has not all yet.
MOVING=.jeroboam-moving
export CONTAINER_RUNTIME_ENDPOINT=unix:///run/containerd/containerd.sock

# take_volume DEVICE: mounted at $NEW. What we did not put there is left alone.
take_volume() {
  format_blank "$1"
  mkdir -p "$NEW"
  if ! mountpoint -q "$NEW"; then mount "$1" "$NEW"; fi
  if [[ ! -e $NEW/$MOVING && -n $(ls -A --ignore=lost+found "$NEW") ]]; then
    umount "$NEW"
    fail "the volume holds data already; it was left unchanged"
  fi
  touch "$NEW/$MOVING"
}

# stop_etcd: in order. While kubelet is stopped too, nobody starts it again. An API server without etcd answers late,
# and a kubelet that begins would wait for it for minutes, before it starts etcd.
stop_etcd() {
  local name id
  systemctl stop kubelet.service
  for name in kube-apiserver etcd; do
    id=$(crictl ps --quiet --label "io.kubernetes.container.name=$name")
    if [[ -n $id ]]; then crictl stop --timeout 60 "$id" >/dev/null; fi
  done
}

# move DEVICE
move() {
  take_volume "$1"
  trap 'systemctl start kubelet.service' EXIT
  stop_etcd
  rm -rf "$NEW/data"
  cp -a "$ETCD/." "$NEW/"
  sync
  umount "$NEW"
  # From here on every boot has the volume.
  keep_mounted "$1" /var/lib/etcd
  sync
  # Were the volume away once, what is older must not be taken for the data.
  mv "$ETCD/data" "$ETCD/data-before"
  mount "$ETCD"
  relabel "$ETCD"
  rm -f "$ETCD/$MOVING"
  trap - EXIT
  systemctl start kubelet.service
}

if (($# != 2)); then fail "usage: run.sh etcd-to-volume.sh VOLUME, the id of a volume"; fi
device=$(device_of "$2") ||
  fail "no disk of this node is volume $2; 'jeroboam deploy' attaches the one that masters.etcd_volume asks for"
if mountpoint -q "$ETCD"; then
  say "$ETCD is on a volume already"
else
  has_etcd_data || fail "there is no data of etcd in $ETCD"
  move "$device"
fi
wait_for "this master's API server" api_ready "$NODE_ADDRESS"
in_cluster --namespace kube-system annotate configmap kubeadm-config --overwrite "jeroboam-etcd-volume=$2" >/dev/null
say "etcd's data is on volume $2"

#!/bin/bash
use etcd-member masters retry snapshots

: "${JEROBOAM_SNAPSHOT_HOURS:?}" "${JEROBOAM_SNAPSHOTS_KEPT:?}"

NOW=$(date +%s)
RESERVE=$((1 << 30))
NEW=$ETCD/data/snapshot.new
export CONTAINER_RUNTIME_ENDPOINT=unix:///run/containerd/containerd.sock

last_hour() {
  local file
  file=$(snapshot_files | tail -n 1)
  if [[ $file ]]; then say "$(($(date -r "$file" +%s) / 3600))"; else say 0; fi
}

is_due() {
  local masters place hour=$((NOW / 3600)) age
  age=$((hour - $(last_hour)))
  if ((age > JEROBOAM_SNAPSHOT_HOURS)); then return 0; fi
  read -ra masters <<<"$JEROBOAM_MASTER_ADDRESSES"
  for ((place = 0; place < ${#masters[@]}; place++)); do
    if [[ ${masters[place]%%=*} == "$NODE_INDEX" ]]; then break; fi
  done
  ((age > 0 && hour % JEROBOAM_SNAPSHOT_HOURS == place * JEROBOAM_SNAPSHOT_HOURS / ${#masters[@]}))
}

free_bytes() { df --output=avail --block-size=1 "$ETCD" | tail -n 1; }

make_room() {
  local files size
  mapfile -t files < <(snapshot_files)
  size=$(stat -c %s "$ETCD/data/member/snap/db")
  while ((${#files[@]} >= JEROBOAM_SNAPSHOTS_KEPT || $(free_bytes) < 2 * size + RESERVE)); do
    if ((${#files[@]} == 0)); then fail "there is no room for a snapshot in $ETCD: etcd has $size bytes"; fi
    rm -f "${files[0]}"
    files=("${files[@]:1}")
  done
}

take_snapshot() {
  local id
  id=$(crictl ps --quiet --label io.kubernetes.container.name=etcd)
  [[ -n $id ]] || fail "etcd does not run on this master"
  rm -f "$NEW" "$NEW.part"
  make_room
  crictl exec "$id" etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt \
    --cert /etc/kubernetes/pki/etcd/peer.crt --key /etc/kubernetes/pki/etcd/peer.key snapshot save "${NEW#"$ROOT"}"
  whole_snapshot "$NEW" || fail "the snapshot that etcd gave is damaged"
  mkdir -p "$SNAPSHOTS"
  chmod 700 "$SNAPSHOTS"
  chmod 600 "$NEW"
  sync "$NEW"
  mv "$NEW" "$SNAPSHOTS/$(date -u -d "@$NOW" +%FT%H-%M-%SZ).db"
}

report_last() {
  local last
  last=$(date -u -r "$1" +%FT%TZ)
  in_cluster annotate node "$NODE_NAME" --overwrite "jeroboam.dev/snapshot=$last" >/dev/null
}

if is_due; then take_snapshot; fi
last=$(snapshot_files | tail -n 1)
if [[ $last ]]; then retry 5 6 report_last "$last"; fi

use files retry

device_of() {
  local short=${1:0:20} file serial device
  for file in "$ROOT"/sys/block/*/serial; do
    [[ -r $file ]] || continue
    read -r serial <"$file" || :
    if [[ $serial == "$short" || $serial == "$1" ]]; then
      file=${file%/serial}
      say "/dev/${file##*/}"
      return 0
    fi
  done
  while read -r device serial; do
    if [[ $serial == "$short" || $serial == "$1" ]]; then
      say "/dev/$device"
      return 0
    fi
  done < <(lsblk --nodeps --noheadings --raw --output NAME,SERIAL 2>/dev/null)
  return 1
}

format_blank() {
  local found status=0
  found=$(blkid -p -o export "$1") || status=$?
  case $status in
    0)
      grep -q '^TYPE=' <<<"$found" || fail "$1 holds data but no file system; it was left unchanged"
      say "$1 has a file system already"
      ;;
    2) mkfs.ext4 -q -m 0 "$1" ;;
    *) fail "blkid cannot read $1 (exit $status)" ;;
  esac
}

keep_mounted() {
  local uuid
  uuid=$(blkid -p -s UUID -o value "$1")
  printf 'UUID=%s %s auto defaults,nofail,x-systemd.device-timeout=120,x-systemd.growfs 0 2\n' "$uuid" "$2" >>"$ROOT/etc/fstab"
  systemctl daemon-reload
}

mount_volume() {
  local id device
  id=$(value_at "$1" "$NODE_INDEX")
  wait_for "volume $id to be attached" device_of "$id" >/dev/null
  device=$(device_of "$id")
  mkdir -p "$ROOT$2"
  if ! grep -qs "[[:space:]]$2[[:space:]]" "$ROOT/etc/fstab"; then
    format_blank "$device"
    keep_mounted "$device" "$2"
  fi
  if ! mountpoint -q "$ROOT$2"; then mount "$ROOT$2"; fi
  relabel "$ROOT$2"
  say "$2 is mounted from $device"
}

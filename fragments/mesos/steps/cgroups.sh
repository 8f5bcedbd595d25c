#!/bin/bash
# Makes sure of control groups version 1, the only ones that Mesos 1.11 knows; may restart the node, once.

: "${JEROBOAM_KERNEL_ARGUMENT:?}" "${JEROBOAM_KERNEL_ARGUMENT_APPLY:?}" "${JEROBOAM_KERNEL_ARGUMENT_FILE?}"

V2=$ROOT/sys/fs/cgroup/cgroup.controllers
# systemd up to 255 heeds the first two, 256 and 257 want the third as well, later ones know version 2 only.
ARGUMENTS=(
  systemd.unified_cgroup_hierarchy=0
  systemd.legacy_systemd_cgroup_controller=1
  SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
)
LAST_SYSTEMD=257

refuse() {
  say "this image's systemd $1 supports cgroup v2 only, and Mesos 1.11 needs cgroup v1:" \
    "use an image with systemd $LAST_SYSTEMD or older, or mesos.containerizers: [mesos] with posix isolators" >&2
  exit 1
}

# set_arguments: where the distro keeps kernel arguments: in lines of a file, or wherever its command puts them.
set_arguments() {
  local file=$JEROBOAM_KERNEL_ARGUMENT_FILE argument command words=()
  read -ra command <<<"$JEROBOAM_KERNEL_ARGUMENT_APPLY"
  for argument in "${ARGUMENTS[@]}"; do words+=("${JEROBOAM_KERNEL_ARGUMENT//@/"$argument"}"); done
  if [[ -z $file ]]; then
    "${command[@]}" "${words[@]}"
    return
  fi
  [[ -d $ROOT${file%/*} ]] ||
    fail "kernel arguments cannot be set on this image, which has no ${file%/*}; use one that boots with ${ARGUMENTS[*]}"
  touch "$ROOT$file"
  for argument in "${words[@]}"; do
    grep -q -x -F "$argument" "$ROOT$file" || say "$argument" >>"$ROOT$file"
  done
  "${command[@]}"
}

if [[ ! -e $V2 ]]; then
  say "cgroup v1 is in use"
  exit 0
fi
version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
if [[ -e $STATE/cgroup-v1-wanted ]] || ((${version:-0} > LAST_SYSTEMD)); then refuse "${version:-of unknown version}"; fi
set_arguments
touch "$STATE/cgroup-v1-wanted"
say "rebooting into cgroup v1; the bootstrap continues afterwards"
sync
systemctl reboot
sleep 300
fail "this node did not reboot"

#!/bin/bash
# Makes sure of control groups version 1, the only ones that Mesos 1.11 knows; may restart the node, once.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

V2=$ROOT/sys/fs/cgroup/cgroup.controllers
# systemd up to 255 heeds the first two, 256 and 257 want the third as well, later ones know version 2 only.
ARGUMENTS=(
  systemd.unified_cgroup_hierarchy=0
  systemd.legacy_systemd_cgroup_controller=1
  SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
)
LAST_SYSTEMD=257

refuse() {
  say "this image's systemd $1 offers control groups version 2 only, and Mesos 1.11 needs version 1:" \
    "use an image with systemd $LAST_SYSTEMD or older, or mesos.containerizers: [mesos] with posix isolators" >&2
  exit 1
}

# set_arguments: by whichever means the image has to keep kernel arguments.
set_arguments() {
  local argument line
  if command -v rpm-ostree >/dev/null; then
    rpm-ostree kargs "${ARGUMENTS[@]/#/--append-if-missing=}"
  elif command -v update-grub >/dev/null; then
    # shellcheck disable=SC2016
    printf 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX %s"\n' "${ARGUMENTS[*]}" |
      write_file "$ROOT/etc/default/grub.d/90-jeroboam.cfg" 644
    update-grub
  elif [[ -d $ROOT/oem ]]; then
    touch "$ROOT/oem/grub.cfg"
    for argument in "${ARGUMENTS[@]}"; do
      line="set linux_append=\"\$linux_append $argument\""
      grep -q -x -F "$line" "$ROOT/oem/grub.cfg" || say "$line" >>"$ROOT/oem/grub.cfg"
    done
  else
    fail "nothing on this image keeps kernel arguments; boot it with ${ARGUMENTS[*]}"
  fi
}

if [[ ! -e $V2 ]]; then
  say "control groups are version 1"
  exit 0
fi
version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
if [[ -e $STATE/cgroup-v1-wanted ]] || ((${version:-0} > LAST_SYSTEMD)); then refuse "${version:-of unknown version}"; fi
set_arguments
touch "$STATE/cgroup-v1-wanted"
say "restarting with control groups version 1; the bootstrap goes on afterwards"
sync
systemctl reboot
sleep 300
fail "this node did not restart"

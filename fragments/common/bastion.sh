#!/bin/bash
# Makes a bastion of this machine: sshd reads its settings, and the few steps that are here run. Nobody waits for it.
# shellcheck source=lib/node.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib/node.sh"
set -euo pipefail
shopt -s nullglob
use files

settings=$ROOT/etc/ssh/sshd_config.d/10-jeroboam.conf
config=$ROOT/etc/ssh/sshd_config
# OpenSSH reads no folder before 8.2; of a setting that is there twice the first counts.
if ! grep -qiE '^[[:space:]]*Include[[:space:]]+"?/etc/ssh/sshd_config\.d/' "$config" &&
  ! grep -qFx "$(head -n 1 "$settings")" "$config"; then
  cat "$settings" "$config" | write_file "$config" 600
  relabel "$config"
fi
for daemon in ssh sshd; do
  systemctl try-reload-or-restart "$daemon.service" 2>/dev/null || say "$daemon is not here"
done
failed=0
for step in "$LIB"/steps/*.sh; do
  bash "$LIB/run.sh" "$step" || failed=1
done
exit "$failed"

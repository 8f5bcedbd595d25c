#!/bin/bash
# Turns swap off for good: kubelet refuses to start with it.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

swapoff --all
[[ -e $ROOT/etc/fstab ]] || exit 0
sed -i -E 's/^([^#[:space:]]\S*\s+\S+\s+swap\s)/# jeroboam: \1/' "$ROOT/etc/fstab"

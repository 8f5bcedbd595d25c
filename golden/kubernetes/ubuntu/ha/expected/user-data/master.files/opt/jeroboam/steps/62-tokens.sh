#!/bin/bash
# Keeps the join tokens in the cluster; the timer that it starts runs it again, on each master.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../kubernetes.sh
. "$LIB/kubernetes.sh"
# shellcheck source=../tokens.sh
. "$LIB/tokens.sh"

retry 20 6 keep_tokens "$ROOT/etc/kubernetes/admin.conf"
systemctl enable --quiet --now jeroboam-tokens.timer

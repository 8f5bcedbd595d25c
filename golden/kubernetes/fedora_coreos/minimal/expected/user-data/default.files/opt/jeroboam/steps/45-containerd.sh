#!/bin/bash
# Starts containerd with the configuration that the node's files hold.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

systemctl daemon-reload
systemctl enable --quiet containerd.service
systemctl restart containerd.service
retry 30 2 ctr version >/dev/null || fail "containerd does not answer: $(systemctl status --no-pager --lines 5 containerd.service)"

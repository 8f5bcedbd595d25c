#!/bin/bash
# Starts containerd with the configuration that the node's files hold.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

last_words() { journalctl --unit containerd.service --lines 3 --output cat --no-pager; }

systemctl daemon-reload
systemctl enable --quiet containerd.service
systemctl restart containerd.service || fail "containerd does not start: $(last_words)"
retry 30 2 ctr version >/dev/null || fail "containerd does not answer: $(last_words)"

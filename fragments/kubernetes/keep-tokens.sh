#!/bin/bash
# Keeps the join tokens of the windows around now in the cluster; a timer runs it on each master.
set -euo pipefail
# shellcheck source=../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=windows.sh
. "$LIB/windows.sh"
# shellcheck source=tokens.sh
. "$LIB/tokens.sh"

keep_tokens "$ROOT/etc/kubernetes/admin.conf"

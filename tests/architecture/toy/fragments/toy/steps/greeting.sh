#!/bin/bash
# Writes the greeting that the spec has to /etc/greeting.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
: "${JEROBOAM_GREETING:?}"

printf '%s\n' "$JEROBOAM_GREETING" >"$ROOT/etc/greeting"

#!/bin/bash
# Has this master keep the join tokens of the windows around now in the cluster, from now on.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

retry 20 6 bash "$LIB/keep-tokens.sh"
systemctl daemon-reload
systemctl enable --quiet --now jeroboam-tokens.timer

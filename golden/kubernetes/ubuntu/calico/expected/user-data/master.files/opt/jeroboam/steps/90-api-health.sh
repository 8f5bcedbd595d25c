#!/bin/bash
# Ends only when this master's API server says of itself that it is ready.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../kubernetes.sh
. "$LIB/kubernetes.sh"
# shellcheck source=../masters.sh
. "$LIB/masters.sh"

await_daemon kubelet "this master's API server" api_ready "$NODE_ADDRESS"

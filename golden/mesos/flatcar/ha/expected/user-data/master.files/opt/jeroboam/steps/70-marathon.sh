#!/bin/bash
# Starts Marathon on this master.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../../common/addresses.sh
. "$LIB/addresses.sh"
# shellcheck source=../mesos.sh
. "$LIB/mesos.sh"
# shellcheck source=../masters.sh
. "$LIB/masters.sh"

: "${JEROBOAM_API_PORT:?}"

marathon_answers() { [[ $(ask "$NODE_ADDRESS:$JEROBOAM_API_PORT/ping" "admin:$ADMIN_PASSWORD") == pong* ]]; }

await_daemon mesos-master "a leading mesos-master" has_leader
fill_files marathon
start_daemon marathon
await_daemon marathon "Marathon on this node" marathon_answers

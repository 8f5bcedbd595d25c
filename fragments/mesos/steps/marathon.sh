#!/bin/bash
# Starts Marathon on this master.
use daemons masters mesos

: "${JEROBOAM_API_PORT:?}"

marathon_answers() { [[ $(http_get "$NODE_ADDRESS:$JEROBOAM_API_PORT/ping" "admin:$ADMIN_PASSWORD") == pong* ]]; }

await_daemon mesos-master "a leading mesos-master" has_leader
fill_files marathon
start_daemon marathon
await_daemon marathon "Marathon on this node" marathon_answers

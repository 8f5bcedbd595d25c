#!/bin/bash
# Ends only when this master does its work: ZooKeeper serves, and mesos-master knows a leader.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../../common/addresses.sh
. "$LIB/addresses.sh"
# shellcheck source=../mesos.sh
. "$LIB/mesos.sh"
# shellcheck source=../masters.sh
. "$LIB/masters.sh"

await_daemon zookeeper "ZooKeeper to be part of its ensemble" zookeeper_serves
await_daemon mesos-master "mesos-master" master_healthy "$NODE_ADDRESS"
await_daemon mesos-master "a leading mesos-master" has_leader

#!/bin/bash
# Starts this master's ZooKeeper, whose number in the ensemble is the master's own for good.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../../common/addresses.sh
. "$LIB/addresses.sh"
# shellcheck source=../mesos.sh
. "$LIB/mesos.sh"
# shellcheck source=../masters.sh
. "$LIB/masters.sh"

DATA=$ROOT/var/lib/zookeeper

mkdir -p "$DATA/data" "$DATA/log"
say "$((NODE_INDEX + 1))" | write_file "$DATA/data/myid" 644
fill "$ETC/zookeeper/zoo.cfg" "$ROOT/etc/zookeeper/zoo.cfg" 644
start_daemon zookeeper
await_daemon zookeeper "ZooKeeper on this node" zookeeper_ok

#!/bin/bash
# Starts this master's ZooKeeper, whose number in the ensemble is the master's own for good.
use daemons files masters mesos template

DATA=$ROOT/var/lib/zookeeper

mkdir -p "$DATA/data" "$DATA/log"
say "$((NODE_INDEX + 1))" | write_file "$DATA/data/myid" 644
fill "$ETC/zookeeper/zoo.cfg" "$ROOT/etc/zookeeper/zoo.cfg" 644
start_daemon zookeeper
await_daemon zookeeper "ZooKeeper on this node" zookeeper_ok

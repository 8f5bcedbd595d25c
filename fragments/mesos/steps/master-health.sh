#!/bin/bash
# Ends only when this master does its work: ZooKeeper serves, mesos-master knows a leader, flannel carries packets.
use daemons masters mesos reach

await_daemon zookeeper "ZooKeeper to be part of its ensemble" zookeeper_serves
await_daemon mesos-master "mesos-master" master_healthy "$NODE_ADDRESS"
await_daemon mesos-master "a leading mesos-master" has_leader
if [[ -e $ROOT/run/flannel/subnet.env ]]; then await_flannel; fi

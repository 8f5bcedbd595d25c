#!/bin/bash
# Starts mesos-master, once a majority of the ZooKeepers is there to elect its leader.
use daemons masters mesos

await_daemon zookeeper "a majority of the ZooKeepers" zookeeper_serves
mkdir -p "$ROOT/var/lib/mesos"
fill_files mesos-master
start_daemon mesos-master
await_daemon mesos-master "mesos-master on this node" master_healthy "$NODE_ADDRESS"

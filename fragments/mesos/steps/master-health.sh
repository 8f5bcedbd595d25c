#!/bin/bash
# Ends only when this master does its work: ZooKeeper serves, and mesos-master knows a leader.
use daemons masters mesos

await_daemon zookeeper "ZooKeeper to be part of its ensemble" zookeeper_serves
await_daemon mesos-master "mesos-master" master_healthy "$NODE_ADDRESS"
await_daemon mesos-master "a leading mesos-master" has_leader

#!/bin/bash
# Starts mesos-agent with the launcher that this node's control groups allow.
use agents daemons mesos retry

: "${JEROBOAM_MESOS_AGENT_PORT:?}"

# launcher: linux puts tasks into control groups, of which it knows version 1 only.
launcher() { if [[ -e $ROOT/sys/fs/cgroup/cgroup.controllers ]]; then say posix; else say linux; fi; }

agent_healthy() { http_get "$NODE_ADDRESS:$JEROBOAM_MESOS_AGENT_PORT/health"; }

mkdir -p "$ROOT/var/lib/mesos"
# shellcheck disable=SC2034
LAUNCHER=$(launcher)
fill_files mesos-agent
wait_for "a leading mesos-master" has_leader
start_daemon mesos-agent
await_daemon mesos-agent "mesos-agent on this node" agent_healthy

#!/bin/sh
# grouped.sh TOP NAME COMMAND...: runs the command in control groups TOP/NAME of every controller of version 1.
set -eu
top=$1 name=$2
shift 2
for controller in cpu cpuacct cpuset memory devices freezer blkio pids systemd unified; do
  above=/sys/fs/cgroup/$controller
  for group in "$above/$top" "$above/$top/$name"; do
    mkdir -p "$group"
    # A group without processors and memory takes no process.
    if [ $controller = cpuset ]; then
      for what in cpus mems; do cat "$above/cpuset.$what" >"$group/cpuset.$what"; done
    fi
    above=$group
  done
  echo $$ >"$group/cgroup.procs"
done
exec "$@"

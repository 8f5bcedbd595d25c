#!/bin/sh
# first.sh FOLDER IMAGE CONSOLE WIRES: a node's first process, in new namespaces of every kind but user. It makes the root,
# then is systemd. FOLDER has what root.sh needs, played/, id, devices, clock; WIRES is how many interfaces to wait for.
set -eu
folder=$1 image=$2 console=$3 wires=$4
mount --make-rprivate /
sh "$(dirname "$0")/root.sh" "$folder" "$image"
cd "$folder/root"
touch .clock
mount --bind "$folder/clock" .clock

mount -t proc proc proc
# What is the whole machine's can be read only; what nodes have to set is played.
for part in kernel vm fs; do
  mount --bind "proc/sys/$part" "proc/sys/$part"
  mount -o remount,bind,ro "proc/sys/$part"
done
(cd "$folder/played" && find . -type f) | while read -r file; do mount --bind "$folder/played/$file" "proc/$file"; done
if [ -e proc/sysrq-trigger ]; then mount --bind /dev/null proc/sysrq-trigger; fi

# Read-only: so systemd knows that there is no udev of its own, and waits for none.
mount -t sysfs sysfs sys
mount -o remount,bind,ro sys
mount -t tmpfs -o mode=755 cgroup sys/fs/cgroup
for controller in cpu cpuacct cpuset memory devices freezer blkio pids systemd unified; do
  mkdir "sys/fs/cgroup/$controller"
  case $controller in
    # By version 2 systemd learns that a scope is empty; else it waits 90 s for each at a shutdown.
    unified) mount -t cgroup2 cgroup2 sys/fs/cgroup/unified ;;
    systemd) mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd ;;
    *) mount -t cgroup -o "$controller" cgroup "sys/fs/cgroup/$controller" ;;
  esac
done
# systemd would mount the controllers that are left, and take them from the machine's own hierarchy.
mount -o remount,ro sys/fs/cgroup

mount -t tmpfs -o mode=755 dev dev
mkdir dev/pts dev/shm dev/mqueue dev/net
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 kmsg:1:11 tty:5:0 net/tun:10:200; do
  numbers=${device#*:}
  mknod -m 666 "dev/${device%%:*}" c "${numbers%:*}" "${numbers#*:}"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t mqueue mqueue dev/mqueue
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
touch dev/console
mount --bind "$console" dev/console

# Volumes: loop devices, whose serials are where udev would have noted them.
mount -t tmpfs -o mode=755 run run
mkdir -p run/udev/data
while read -r number serial; do
  mknod -m 660 "dev/loop$number" b 7 "$number"
  echo "E:ID_SERIAL_SHORT=$serial" >"run/udev/data/b7:$number"
done <"$folder/devices"

id=$(cat "$folder/id")
pivot_root . .
umount -l .
mount --make-rshared /
until [ -e "/sys/class/net/eth$((wires - 1))" ]; do sleep 0.05; done
exec env -i container=node container_uuid="$id" product_name="OpenStack Nova" /lib/systemd/systemd --show-status=false

#!/bin/bash
# Loads the kernel modules and sets the sysctls that the node's files name; systemd repeats it at each boot.

while read -r module; do
  modprobe "$module" || fail "kernel module '$module' cannot be loaded; this image's kernel lacks it"
done <"$ROOT/etc/modules-load.d/jeroboam.conf"
sysctl --quiet --load "$ROOT/etc/sysctl.d/90-jeroboam.conf"

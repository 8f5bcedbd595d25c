#!/bin/bash

while read -r module; do
  modprobe "$module" || fail "kernel module '$module' cannot be loaded; this image's kernel lacks it"
done <"$ROOT/etc/modules-load.d/jeroboam.conf"
sysctl --quiet --load "$ROOT/etc/sysctl.d/90-jeroboam.conf"

#!/bin/sh
# Gives the root $1 what is Flatcar's own: /opt on the root, /oem, and the units that update it.
set -eu
root=$1

mkdir -p "$root/opt" "$root/oem"
: >"$root/oem/grub.cfg"
for unit in update-engine locksmithd; do
  printf '[Unit]\nDescription=stand-in for %s\n[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' \
    "$unit" >"$root/usr/lib/systemd/system/$unit.service"
  chroot "$root" systemctl enable --quiet "$unit.service"
done

#!/bin/sh
# Gives the root $1 what is Fedora CoreOS's own, and takes back what is Flatcar's.
set -eu
root=$1
here=$(dirname "$0")

install -m 644 "$here/afterburn.service" "$root/usr/lib/systemd/system/afterburn.service"
rm -f "$root/etc/systemd/system/multi-user.target.wants/update-engine.service" \
  "$root/etc/systemd/system/multi-user.target.wants/locksmithd.service" \
  "$root/usr/lib/systemd/system/update-engine.service" "$root/usr/lib/systemd/system/locksmithd.service"
rm -rf "$root/oem"
mkdir -p "$root/etc/zincati/config.d"
touch "$root/etc/.updated"

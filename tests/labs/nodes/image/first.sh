#!/bin/sh
# Takes from a fresh Debian root, $1, what is this machine's, or what each machine makes for itself at its first boot. Run by
# mmdebstrap, outside of the root, as are the scripts that follow.
set -eu
root=$1

rm -f "$root/etc/hostname" "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
# Which archive the packages came from is this machine's affair.
rm -rf "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/*
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
chroot "$root" systemctl enable --quiet systemd-networkd.service systemd-resolved.service

# Timers that come at random times; an emulated machine is slow enough without them.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
  chroot "$root" systemctl disable --quiet "$unit" 2>/dev/null || :
done

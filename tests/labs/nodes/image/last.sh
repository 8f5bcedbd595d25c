#!/bin/sh
# Ends what makes an image of the root $1: its initramfs, and what stands between systemd and an emulated processor.
set -eu
root=$1
here=$(dirname "$0")

# The least that mounts the root from a virtio disk.
printf 'MODULES=list\nCOMPRESS=lz4\nRESUME=none\n' >"$root/etc/initramfs-tools/conf.d/stand-in"
printf 'virtio_pci\nvirtio_blk\next4\n' >>"$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u -k all

# What systemd would find to be older than the packages, it would make anew at the first boot; images come with it.
touch "$root/etc/.updated" "$root/var/.updated"
install -D -m 644 "$here/system.conf" "$root/etc/systemd/system.conf.d/stand-in.conf"
install -D -m 644 "$here/tmpfiles.conf" "$root/etc/tmpfiles.d/stand-in.conf"
install -D -m 644 "$here/timesyncd.conf" "$root/etc/systemd/timesyncd.conf.d/stand-in.conf"

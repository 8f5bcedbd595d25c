#!/bin/sh
# Makes of a fresh Debian root, $1, what Flatcar and Fedora CoreOS have in common. Run by mmdebstrap, outside of the root.
set -eu
root=$1
here=$(dirname "$0")

rm -f "$root/etc/hostname" "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
# Which archive the packages came from is this machine's affair.
rm -rf "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/*
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

# /usr is a disk of its own that nothing can write to; the initramfs mounts it by this line.
printf '/dev/vda / ext4 defaults 0 1\n/dev/vdb /usr ext4 ro 0 0\n' >"$root/etc/fstab"
printf '[Match]\nName=eth*\n[Network]\nDHCP=ipv4\n' >"$root/etc/systemd/network/zz-default.network"
chroot "$root" useradd --create-home --shell /bin/bash core
printf 'core ALL=(ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/core"
printf 'AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys.d/ignition .ssh/authorized_keys.d/afterburn\n' \
  >"$root/etc/ssh/sshd_config.d/stand-in.conf"

install -m 755 "$here/afterburn.sh" "$root/usr/bin/afterburn"
install -m 644 "$here/afterburn-sshkeys.service" "$root/usr/lib/systemd/system/afterburn-sshkeys.service"
chroot "$root" systemctl enable --quiet systemd-networkd.service systemd-resolved.service ssh.service afterburn-sshkeys.service

for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
  chroot "$root" systemctl disable --quiet "$unit" 2>/dev/null || :
done

# What Debian's build of Ignition insists on; it relabels whatever it writes.
mkdir -p "$root/etc/selinux/targeted/contexts/files"
printf 'SELINUX=disabled\nSELINUXTYPE=targeted\n' >"$root/etc/selinux/config"
: >"$root/etc/selinux/targeted/contexts/files/file_contexts"

printf 'MODULES=list\nCOMPRESS=lz4\nRESUME=none\n' >"$root/etc/initramfs-tools/conf.d/stand-in"
printf 'virtio_pci\nvirtio_blk\next4\n' >>"$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u -k all

# What systemd would find to be older than the packages, it would make anew at the first boot; images come with it.
touch "$root/etc/.updated" "$root/var/.updated"
install -D -m 644 "$here/system.conf" "$root/etc/systemd/system.conf.d/stand-in.conf"
install -D -m 644 "$here/tmpfiles.conf" "$root/etc/tmpfiles.d/stand-in.conf"
install -D -m 644 "$here/timesyncd.conf" "$root/etc/systemd/timesyncd.conf.d/stand-in.conf"

#!/bin/sh
# Makes of a fresh Debian root, $1, what stands in for Ubuntu's cloud image. Run by mmdebstrap, outside of the root.
set -eu
root=$1
here=$(dirname "$0")

# What each machine makes for itself at its first boot.
rm -f "$root/etc/hostname" "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
# Which archive the packages came from is this machine's affair.
rm -rf "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/*

# Ubuntu's account and its way to set up networks. Emulated processors take minutes for an RSA key.
sed -i -e 's/^\( *name:\) debian$/\1 ubuntu/' -e 's/^\( *gecos:\) Debian$/\1 Ubuntu/' "$root/etc/cloud/cloud.cfg"
cat >"$root/etc/cloud/cloud.cfg.d/90-stand-in.cfg" <<END
system_info: {network: {renderers: [netplan]}}
locale: C.UTF-8
apt: {preserve_sources_list: true}
ssh_genkeytypes: [ed25519]
growpart: {mode: 'off'}
resize_rootfs: false
END
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
chroot "$root" systemctl enable --quiet systemd-networkd.service systemd-resolved.service

# Its generator decides whether cloud-init runs, and is ended after 90 s, which a slow machine may need.
ln -s /lib/systemd/system/cloud-init.target "$root/etc/systemd/system/multi-user.target.wants/cloud-init.target"

# Ubuntu's timers come at random times; an emulated machine is slow enough without them.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
  chroot "$root" systemctl disable --quiet "$unit" 2>/dev/null || :
done

# Where Ubuntu keeps what the kernel is started with, and the command that puts it into effect.
install -D -m 755 "$here/update-grub.sh" "$root/usr/sbin/update-grub"
mkdir -p "$root/etc/default/grub.d"

# The least that mounts the root from a virtio disk.
printf 'MODULES=list\nCOMPRESS=lz4\nRESUME=none\n' >"$root/etc/initramfs-tools/conf.d/stand-in"
printf 'virtio_pci\nvirtio_blk\next4\n' >>"$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u -k all

# What systemd would find to be older than the packages, it would make anew at the first boot; images come with it.
touch "$root/etc/.updated" "$root/var/.updated"
install -D -m 644 "$here/system.conf" "$root/etc/systemd/system.conf.d/stand-in.conf"
install -D -m 644 "$here/tmpfiles.conf" "$root/etc/tmpfiles.d/stand-in.conf"
install -D -m 644 "$here/timesyncd.conf" "$root/etc/systemd/timesyncd.conf.d/stand-in.conf"

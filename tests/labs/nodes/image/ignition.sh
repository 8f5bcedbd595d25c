#!/bin/sh
# Makes of a fresh Debian root, $1, what Flatcar and Fedora CoreOS have in common.
set -eu
root=$1
here=$(dirname "$0")

sh "$here/read-only-usr.sh" "$root"
chroot "$root" useradd --create-home --shell /bin/bash core
printf 'core ALL=(ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/core"
printf 'AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys.d/ignition .ssh/authorized_keys.d/afterburn\n' \
  >"$root/etc/ssh/sshd_config.d/stand-in.conf"

install -m 755 "$here/afterburn.sh" "$root/usr/bin/afterburn"
install -m 644 "$here/afterburn-sshkeys.service" "$root/usr/lib/systemd/system/afterburn-sshkeys.service"
chroot "$root" systemctl enable --quiet ssh.service afterburn-sshkeys.service

# What Debian's build of Ignition insists on; it relabels whatever it writes.
mkdir -p "$root/etc/selinux/targeted/contexts/files"
printf 'SELINUX=disabled\nSELINUXTYPE=targeted\n' >"$root/etc/selinux/config"
: >"$root/etc/selinux/targeted/contexts/files/file_contexts"

#!/bin/sh
# Gives the root $1 what is Ubuntu's own: its account, netplan, and the command that tells the bootloader.
set -eu
root=$1
here=$(dirname "$0")

sh "$here/cloud-init.sh" "$root"
sed -i -e 's/^\( *name:\) debian$/\1 ubuntu/' -e 's/^\( *gecos:\) Debian$/\1 Ubuntu/' "$root/etc/cloud/cloud.cfg"
printf 'system_info: {network: {renderers: [netplan]}}\n' >>"$root/etc/cloud/cloud.cfg.d/90-stand-in.cfg"

# Where Ubuntu keeps what the kernel is started with, and the command that puts it into effect.
install -D -m 755 "$here/update-grub.sh" "$root/usr/sbin/update-grub"
mkdir -p "$root/etc/default/grub.d"

#!/bin/sh
# Has cloud-init set up whatever boots from the root $1.
set -eu
root=$1

# Emulated processors take minutes for an RSA key.
cat >"$root/etc/cloud/cloud.cfg.d/90-stand-in.cfg" <<END
locale: C.UTF-8
apt: {preserve_sources_list: true}
ssh_genkeytypes: [ed25519]
growpart: {mode: 'off'}
resize_rootfs: false
END
# Its generator decides whether cloud-init runs, and is ended after 90 s, which a slow machine may need.
ln -s /lib/systemd/system/cloud-init.target "$root/etc/systemd/system/multi-user.target.wants/cloud-init.target"

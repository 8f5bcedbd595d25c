"""Which packages of Debian stand for what in each image. What nodes download is in none of them."""

from __future__ import annotations

BOOT = ("systemd-sysv", "udev", "dbus", "kmod", "linux-image-cloud-amd64", "initramfs-tools", "lz4")
"""A machine that starts; the kernel is Debian's for clouds."""
SERVER = (
    *("bash", "ca-certificates", "curl", "e2fsprogs", "ethtool", "iproute2", "iptables", "iputils-ping"),
    *("less", "libnss-systemd", "libpam-systemd", "nftables", "openssh-server", "openssl", "procps", "sudo"),
    *("systemd-resolved", "systemd-timesyncd", "util-linux", "wget", "xz-utils", "zstd"),
)
"""What all distros have, and any step may use."""
CLOUD_INIT = ("cloud-init", "cloud-guest-utils", "python3", "xfsprogs", "rsync")
"""What images that cloud-init sets up have besides."""
UBUNTU = (*CLOUD_INIT, "netplan.io", "apparmor")
"""What Ubuntu's server image has besides."""

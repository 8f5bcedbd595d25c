"""What each distro's image brings: programs, units and files, and which folders it lets be written.

A node of the lab has these and nothing else, so a script that uses another program fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

BUNDLE = "the image's CAs\n"

REAL = (
    "base64", "bash", "cat", "chmod", "cp", "curl", "cut", "date", "dd", "env", "find", "grep", "gzip",
    "head", "install", "ln", "ls", "mkdir", "mv", "od", "openssl", "rm", "sed", "sha256sum", "sort", "stat",
    "sync", "tail", "tar", "tee", "timeout", "touch", "tr", "uname",
)  # fmt: skip
"""Programs that every image has; those of this machine do."""
PLAYED = (
    "blkid", "hostnamectl", "ip", "iptables", "journalctl", "lsblk", "mkfs.ext4", "modprobe", "mount",
    "mountpoint", "sleep", "swapoff", "sysctl", "systemctl",
)  # fmt: skip
"""Programs that every image has and that would change this machine, or know too little of the node."""


class Image(NamedTuple):
    """`local` is what /usr/local is, on a /usr that cannot be written; None where that holds for it as well.

    `writable` are folders at the root besides those that all have, `folders` those that are there already
    (/usr/local is `local`); `units` are the image's own. `host` is what it makes of the server's name
    and address; `afterburn` is whether Afterburn tells the name.
    """

    programs: tuple[str, ...]
    local: str | None
    files: Mapping[str, str]
    writable: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    units: tuple[str, ...] = ("docker.service", "docker.socket")
    host: str = "{name}.novalocal"
    afterburn: bool = False


_DEBIAN_BUNDLE = {"/etc/ssl/certs/ca-certificates.crt": BUNDLE}
_FEDORA_BUNDLE = {"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem": BUNDLE}
_FSTAB = {"/etc/fstab": "UUID=root / ext4 defaults 0 1\n"}

IMAGES: Mapping[str, Image] = {
    "fedora-atomic": Image(
        ("restorecon", "rpm-ostree", "update-ca-trust"), "/var/usrlocal", _FEDORA_BUNDLE | _FSTAB
    ),
    "fedora-coreos": Image(
        ("restorecon", "rpm-ostree", "update-ca-trust"),
        "/var/usrlocal",
        _FEDORA_BUNDLE,
        units=("docker.service", "docker.socket", "zincati.service"),
        host="host-{address}.openstacklocal",
        afterburn=True,
    ),
    "flatcar": Image(
        ("update-ca-certificates",),
        None,
        _DEBIAN_BUNDLE,
        ("oem",),
        units=(
            "docker.service",
            "docker.socket",
            "containerd.service",
            "locksmithd.service",
            "update-engine.service",
        ),
    ),
    "ubuntu": Image(
        ("update-ca-certificates", "update-grub"),
        "/usr/local",
        _DEBIAN_BUNDLE | _FSTAB,
        folders=("etc/default/grub.d", "local/share/ca-certificates"),
        units=(),
        host="{name}",
    ),
}
"""By distro. Ubuntu's /usr can be written, but below /usr/local alone is ours to write."""

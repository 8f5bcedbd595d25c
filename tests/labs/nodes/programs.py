"""Debian packages for this side of the tests: what makes disks, and what runs machines and their network.

`python -m tests.labs.nodes.programs` installs what is missing of them and of the cloud's.
"""

from __future__ import annotations

import shutil

from tests.labs.cloud import programs
from tests.labs.cloud.settings import Settings, settings

PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "genisoimage": "genisoimage",
    "mke2fs": "e2fsprogs",
    "dnsmasq": "dnsmasq-base",
    "ssh": "openssh-client",
    "ip": "iproute2",
    "nft": "nftables",
    "faketime": "faketime",
    "skopeo": "skopeo",
    "depmod": "kmod",
    "/usr/lib/dracut/modules.d/30ignition/ignition": "ignition",
}
"""Which package has each program that is needed here, beside those of the cloud."""


def install(current: Settings) -> None:
    """What is missing of them and of the cloud's. Raises RefusedError without root, or without apt-get."""
    (current.folder / "log").mkdir(parents=True, exist_ok=True)
    wanted = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if missing := [*programs.missing(), *wanted]:
        programs.install_packages(current, missing)


if __name__ == "__main__":
    install(settings())

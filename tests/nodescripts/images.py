"""What each distro's image brings: programs, units and files, and which folders it lets be written.

A node of the lab has these and nothing else, so a script that uses another program fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent

BUNDLE = "the image's CAs\n"

REAL = (
    "base64", "bash", "cat", "chmod", "cp", "curl", "cut", "date", "dd", "env", "find", "grep", "gzip",
    "head", "install", "ln", "ls", "mkdir", "mv", "od", "openssl", "rm", "sed", "sha256sum", "sort", "stat",
    "tail", "tar", "tee", "timeout", "touch", "tr", "uname", "wc",
)  # fmt: skip
"""Programs that every image has; those of this machine do."""
PLAYED = (
    "blkid", "bridge", "hostnamectl", "ip", "iptables", "journalctl", "lsblk", "mkfs.ext4", "modprobe",
    "mount", "mountpoint", "nsenter", "sleep", "swapoff", "sync", "sysctl", "systemctl",
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


def _image(path: Path) -> Image:
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}
    return Image(**fields)


IMAGES: Mapping[str, Image] = {path.stem: _image(path) for path in sorted((HERE / "images").glob("*.json"))}
"""By distro, whose file below `images/` is the fields of an Image as JSON.

Ubuntu's /usr can be written, but below /usr/local alone is ours to write.
"""

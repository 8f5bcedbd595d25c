"""What a node's disks lose with its power: all that has not reached them."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SHUTDOWN = 0x8004587D
"""FS_IOC_SHUTDOWN (linux/fs.h), which ext4 and XFS know: from then on nothing is written."""
WITHOUT_LOG = 2
"""Not even what the journal has in memory."""
ON_DISK = frozenset({"ext4", "xfs"})


def cut_off(process: int) -> None:
    """Has the file systems that a process sees write nothing any more: programs get errors."""
    for place in _places(process):
        # One that is unmounted now, or shares its disk with one that was cut off.
        with suppress(OSError):
            file = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.ioctl(file, SHUTDOWN, struct.pack("I", WITHOUT_LOG))
            finally:
                os.close(file)


def _places(process: int) -> Iterator[Path]:
    """Where its file systems of disks are mounted, as seen from here: a folder of each disk."""
    here = Path(f"/proc/{process}")
    seen = set()
    with suppress(FileNotFoundError):
        for line in (here / "mountinfo").read_text(encoding="utf-8").splitlines():
            words = line.split()
            device, place, kind = words[2], words[4], words[words.index("-") + 1]
            if kind in ON_DISK and device not in seen and (here / "root" / place[1:]).is_dir():
                seen.add(device)
                yield here / "root" / place[1:]

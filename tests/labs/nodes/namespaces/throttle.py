"""A node's devices made slow: its control groups may write so often a second and no more."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from tests.labs.nodes.machine import UnableError
from tests.labs.nodes.namespaces.limits import CGROUPS, GROUP

BLKIO = CGROUPS / "blkio"
LIMIT = "blkio.throttle.write_iops_device"


def number(file: Path) -> str | None:
    """MAJOR:MINOR of the loop device that has the file; None where none does."""
    words = ("losetup", "--list", "--noheadings", "--output", "MAJ:MIN", "--associated", str(file))
    found = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return found[0] if found else None


def limit(node: str, devices: Collection[str], writes: int) -> None:
    """Lets the node write that often a second to each device, MAJOR:MINOR; 0 is no limit.

    Raises UnableError where the kernel has no such limits.
    """
    if devices and not (BLKIO / LIMIT).exists():
        raise UnableError("this machine's kernel limits no group's writes (CONFIG_BLK_DEV_THROTTLING)")
    for device in devices:
        for group in _groups(node):
            with suppress(FileNotFoundError):  # the group of what has just ended
                (group / LIMIT).write_text(f"{device} {writes}", encoding="ascii")


def _groups(node: str) -> Iterator[Path]:
    """The node's groups, as a limit holds for one alone; and the kernel's, whose threads write journals."""
    yield BLKIO
    for path, _, _ in os.walk(BLKIO / GROUP / node):
        yield Path(path)

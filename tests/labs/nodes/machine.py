"""What every kind of machine does, whatever it is made of."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from tests.labs.nodes import metadata
from tests.labs.nodes.network import Wire
from tests.labs.nodes.place import FOLDER
from tests.labs.nodes.servers import Server, Volume

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin"
"""Flatcar's programs of a cluster are in /opt/bin."""
SERIAL = 20
"""As many characters of a volume's id as virtio has room for."""
IGNITED = frozenset({"flatcar", "fedora-coreos"})
"""Systems whose user data Ignition obeys, before they start; of the others cloud-init does."""
NAMED_IN_INITRAMFS = ("flatcar",)
"""Fedora CoreOS asks for its name on other clouds only, and has here what DHCP says."""


class UnableError(Exception):
    """What was asked for cannot be done to a machine of this kind, or not here; the words say why."""


class Machine(Protocol):
    """A server's machine, from its first start until the block that holds it ends."""

    server: Server

    @property
    def runs(self) -> bool:
        """Whether it has power."""

    @property
    def said(self) -> str:
        """All that its console shows, of every start."""

    @property
    def booted_in(self) -> float | None:
        """Seconds of its own clock from the first power-on to the bootstrap's first word; until then None."""

    def tend(self) -> None:
        """What a hypervisor does by itself: starts it again when it has restarted itself."""

    def plug(self, volume: Volume) -> None:
        """Attaches a volume; one that is there already stays as it is."""

    def unplug(self, identifier: str) -> None:
        """Detaches the volume of that id, whether or not it is in use."""

    def lose_power(self) -> None:
        """Ends it at once."""

    def start(self) -> None:
        """Gives it power again."""

    def slow_disks(self, writes: int | None) -> None:
        """Lets it write so often a second to each disk, from now on; None is no limit. Raises UnableError."""

    def move_clock(self, ahead: timedelta) -> None:
        """Puts its clock so far ahead of the right time, also for later starts; zero puts it right."""

    def run(self, command: str, *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a shell's command in it as root; exit status 124 where it took longer."""

    def memory(self) -> int | None:
        """MiB that its programs take; None where that is not known."""


Way = Callable[[Server, Sequence[Wire]], AbstractContextManager[Machine]]
"""A way to be a machine: the server's, started, with a wire for each of its ports."""


def disk_of(volume: Volume) -> Path:
    """The file that a volume's bytes are in, made when first asked for; it takes only what is written."""
    disk = FOLDER / "volumes" / volume.id
    disk.parent.mkdir(exist_ok=True)
    if not disk.exists():
        with disk.open("wb") as file:
            file.truncate(volume.gibibytes << 30)
    return disk


def write_drive(server: Server, folder: Path) -> None:
    """The files of the server's config drive."""
    for path, text in metadata.drive(server).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def initramfs_name(server: Server) -> str | None:
    """What a system of Ignition is named before it starts, by the metadata service; None for others."""
    return metadata.hostname(server) if server.distro in NAMED_IN_INITRAMFS else None


def late(command: subprocess.TimeoutExpired, seconds: float) -> subprocess.CompletedProcess[str]:
    """What `run` gives of a command that did not end."""
    out = command.stdout.decode(errors="replace") if isinstance(command.stdout, bytes) else ""
    return subprocess.CompletedProcess(command.cmd, 124, out, f"no end within {seconds} s")

"""A server as a node of namespaces; docs/testing.md says how that differs from a machine."""

from __future__ import annotations

import mmap
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.labs.nodes import network
from tests.labs.nodes.machine import PATH, SERIAL, Machine, disk_of, late
from tests.labs.nodes.namespaces import lost, root, throttle
from tests.labs.nodes.namespaces.limits import CGROUPS, GROUP, forget_groups, share
from tests.labs.nodes.network import Wire
from tests.labs.nodes.place import FOLDER
from tests.labs.nodes.servers import Server, Volume

HERE = Path(__file__).resolve().parent
SPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
PLAYED = {
    "swaps": "Filename Type Size Used Priority",
    "sys/fs/inotify/max_user_instances": "128",
    "sys/fs/inotify/max_user_watches": "65536",
    "sys/vm/overcommit_memory": "0",
    "sys/kernel/panic": "0",
    "sys/kernel/panic_on_oops": "0",
}
"""What of /proc a node sets, or turns off, for a whole machine: each has a file of its own in its place."""
LOOPS, LOOP = "/dev/loop", 7
"""Names of loop devices, and their major number."""
DISK = "disk.img"
CLOCK_BYTES = mmap.PAGESIZE
GONE_SECONDS = 60


class Node:
    """A node that was started; it ends with the process that holds it."""

    def __init__(self, server: Server, wires: Sequence[Wire], folder: Path) -> None:
        self.server, self._wires, self._folder = server, tuple(wires), folder
        self.console = FOLDER / "console" / server.name
        self.console.write_bytes(b"")
        self._began = time.monotonic()
        self._spoke: float | None = None
        self._loops: dict[str, str] = {}
        self._writes: int | None = None
        self._slowed: frozenset[str] = frozenset()
        self._slowing = threading.Lock()
        self._image = root.prepare(server, folder)
        (folder / "clock").write_bytes(bytes(CLOCK_BYTES))
        self.start()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """All that the console shows."""
        return self.console.read_text(encoding="utf-8", errors="replace")

    @property
    def booted_in(self) -> float | None:
        """Seconds until the bootstrap's first word, as `tend` noted."""
        return self._spoke

    def tend(self) -> None:
        """Notes when the bootstrap begins to speak; starts a node again that has restarted itself."""
        if self._process.poll() == -signal.SIGHUP:  # how a reboot ends its first process
            self.start()
        with self._slowing:
            if self._writes:  # what began since then has groups without a limit
                self._limit(self._writes)
        if self.booted_in is None and "jeroboam: node=" in self.said:
            self._spoke = time.monotonic() - self._began

    def start(self) -> None:
        """Gives it power, and its wires."""
        # No machine starts with groups of before: kubelet would ask seconds long for the containers of each.
        forget_groups(f"{GROUP}/{self.server.name}")
        for name, value in {**PLAYED, "sys/kernel/random/boot_id": str(uuid.uuid4())}.items():
            played = self._folder / "played" / name
            played.parent.mkdir(parents=True, exist_ok=True)
            played.write_text(f"{value}\n", encoding="ascii")
        devices = "".join(f"{loop.removeprefix(LOOPS)} {i[:SERIAL]}\n" for i, loop in self._loops.items())
        (self._folder / "devices").write_text(devices, encoding="ascii")
        terminal, far = os.openpty()
        self._process = subprocess.Popen(self._command(os.ttyname(far)), stdin=far, stdout=far, stderr=far)
        threading.Thread(target=self._listen, args=(self._process, terminal, far), daemon=True).start()
        self._pid = self._first()
        for number, (wire, port) in enumerate(zip(self._wires, self.server.ports, strict=True)):
            network.plug(wire, port, self._pid, f"eth{number}")
        self._await_root()
        share()

    def plug(self, volume: Volume) -> None:
        """Attaches a volume: a loop device, its id's beginning noted where udev would note a serial."""
        if volume.id in self._loops or not self.runs:
            return
        disk = disk_of(volume)
        words = ("losetup", "--find", "--show", str(disk))
        loop = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
        self._loops[volume.id] = loop
        number = loop.removeprefix(LOOPS)
        noted = f"echo E:ID_SERIAL_SHORT={volume.id[:SERIAL]} >/run/udev/data/b7:{number}"
        self.run(f"{noted}; mknod -m 660 {loop} b 7 {number}")

    def unplug(self, identifier: str) -> None:
        """Takes the device away; what has it open keeps it until it lets go."""
        if loop := self._loops.pop(identifier, None):
            self.run(f"rm -f {loop} /run/udev/data/b7:{loop.removeprefix(LOOPS)}")
            subprocess.run(("losetup", "--detach", loop), check=True)

    def lose_power(self) -> None:
        """Ends it at once: what no program has synced, and the kernel not yet written, is lost.

        Waits until its disk is let go: a start must not find it mounted.
        """
        with self._slowing:
            self._limit(0)
            if self.runs:
                lost.cut_off(self._pid)
            self._process.kill()
            self._process.wait()
            for port in self.server.ports:
                network.unplug(port)
            end = time.monotonic() + GONE_SECONDS
            while throttle.number(self._folder / DISK):
                if time.monotonic() > end:
                    raise RuntimeError(f"{self.server.name}: its disk is still held after its end")
                time.sleep(0.05)

    def slow_disks(self, writes: int | None) -> None:
        """By the kernel's limits for control groups."""
        with self._slowing:
            self._writes = writes
            self._limit(writes or 0)

    def move_clock(self, ahead: timedelta) -> None:
        """By the file that programs add to the machine's clock, those that run too."""
        with (self._folder / "clock").open("r+b") as file:
            file.write(int(ahead.total_seconds()).to_bytes(8, sys.byteorder, signed=True))

    def run(self, command: str, *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a shell's command as root."""
        enter = ("nsenter", "--target", str(self._pid), *SPACES, "--time", "--root", "--wd")
        words = (*enter, "env", "-i", "HOME=/root", f"PATH={PATH}", "bash", "-s")
        try:
            return subprocess.run(words, input=command, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired as command_late:
            return late(command_late, seconds)

    def memory(self) -> int | None:
        """MiB that its programs take, without files that are cached for them."""
        stat = (CGROUPS / "memory" / GROUP / self.server.name / "memory.stat").read_text(encoding="ascii")
        return int(dict(line.split() for line in stat.splitlines())["total_rss"]) >> 20

    def forget(self) -> None:
        """Takes its power, its groups and its volumes' devices."""
        self.lose_power()
        forget_groups(f"{GROUP}/{self.server.name}")
        for loop in self._loops.values():
            subprocess.run(("losetup", "--detach", loop), stderr=subprocess.DEVNULL)

    def _limit(self, writes: int) -> None:
        """Lets it write so often a second to each disk that it has now; 0 is no limit."""
        disks = frozenset(self._disks()) if writes else frozenset()
        throttle.limit(self.server.name, self._slowed - disks, 0)
        throttle.limit(self.server.name, disks, writes)
        self._slowed = disks

    def _disks(self) -> Iterator[str]:
        """MAJOR:MINOR of each device that it may write to."""
        if disk := throttle.number(self._folder / DISK):
            yield disk
        for loop in tuple(self._loops.values()):
            yield f"{LOOP}:{loop.removeprefix(LOOPS)}"

    def _command(self, console: str) -> tuple[str, ...]:
        # Its clock of uptime begins now: a node whose time is limited counts from power-on.
        since = f"-{int(time.clock_gettime(time.CLOCK_BOOTTIME))}"
        return (
            *("setpriv", "--pdeathsig", "KILL", "sh", str(HERE / "grouped.sh"), GROUP, self.server.name),
            *(
                "unshare",
                "--time",
                "--monotonic",
                since,
                "--boottime",
                since,
                *SPACES,
                "--fork",
                "--kill-child",
            ),
            *("sh", str(HERE / "first.sh"), str(self._folder), str(self._image), console),
            str(len(self.server.ports)),
        )

    def _first(self) -> int:
        """The pid of its first process, once there is one."""
        holder = Path(f"/proc/{self._process.pid}")
        children = holder / "task" / holder.name / "children"
        while self.runs:
            try:
                if (holder / "comm").read_text() == "unshare\n" and (found := children.read_text().split()):
                    return int(found[0])
            except FileNotFoundError:
                break
            time.sleep(0.02)
        raise RuntimeError(f"{self.server.name} did not start: {self.said[-2000:]}")

    def _await_root(self) -> None:
        """Until its first process is systemd: a command before would run on a root that is not its own."""
        name = Path(f"/proc/{self._pid}/comm")
        while self.runs:
            try:
                if name.read_text() == "systemd\n":
                    return
            except FileNotFoundError:
                break
            time.sleep(0.02)
        raise RuntimeError(f"{self.server.name} did not start: {self.said[-2000:]}")

    def _listen(self, process: subprocess.Popen[bytes], terminal: int, far: int) -> None:
        with self.console.open("ab", buffering=0) as console:
            while process.poll() is None:
                if select.select([terminal], [], [], 0.5)[0]:
                    console.write(os.read(terminal, 1 << 16))
        os.close(far)
        os.close(terminal)


@contextmanager
def running(server: Server, wires: Sequence[Wire]) -> Iterator[Machine]:
    """The server's node, started now; what was on its root goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="node-", dir=FOLDER / "run") as folder:
        node = Node(server, wires, Path(folder))
        try:
            yield node
        finally:
            node.forget()

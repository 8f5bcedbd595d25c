"""A virtual machine for a server: a kernel of its own, a processor by emulation, disks, a console.

Without KVM on purpose: where tests run, it may be missing or unable to start a stock kernel.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.labs.nodes import network
from tests.labs.nodes.clock import Clock
from tests.labs.nodes.ignite import ignite, mounted
from tests.labs.nodes.machine import (
    IGNITED,
    PATH,
    SERIAL,
    Machine,
    Way,
    disk_of,
    initramfs_name,
    late,
    write_drive,
)
from tests.labs.nodes.network import Wire
from tests.labs.nodes.place import FOLDER, IMAGES
from tests.labs.nodes.servers import Server, Volume

KERNEL = (
    *("root=/dev/vda", "rw", "console=ttyS0,115200", "net.ifnames=0", "quiet", "nowatchdog"),
    *("mitigations=off", "tsc=reliable", "systemd.show_status=0"),
    # A machine that has to wait for its processor would take its own timer for broken.
    "no_timer_check",
    # The emulator keeps translated code by its address: a library's once, where it is the same in all.
    "norandmaps",
)
BOOTLOADER = re.compile(r"^stand-in: arguments of the kernel:(.*)$", re.MULTILINE)
"""What an image says when its bootloader is to give other arguments; see `image/update-grub.sh`."""
PROCESSOR = ("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Westmere")
"""An emulated processor is a third slower at the vectors of newer ones, which glibc would use.

tb-size, in MiB, is what its translations may take; a Kubernetes master fills 256 forty times until it is up.
"""
ROOT_DISK = "disk-root"
ACCOUNTS = {"ubuntu": "ubuntu", "flatcar": "core", "fedora-coreos": "core", "fedora-atomic": "fedora"}
"""The user of each distro's images whom Nova's key pair lets in."""


class Emulated:
    """A machine that was started; it ends with the process that holds it."""

    def __init__(self, server: Server, taps: Sequence[str], clock: Clock, folder: Path) -> None:
        self.server, self.clock, self._folder = server, clock, folder
        self.console = FOLDER / "console" / server.name
        self._began = time.monotonic()
        self._spoke: float | None = None
        self._plugged: set[str] = set()
        self._taps = tuple(taps)
        self._writes: int | None = None
        self._ahead = timedelta()
        self._process = self._start()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """All that the console shows."""
        return self.console.read_text(encoding="utf-8", errors="replace") if self.console.exists() else ""

    @property
    def booted_in(self) -> float | None:
        """Seconds of its own clock until the bootstrap's first word, as `tend` noted."""
        return None if self._spoke is None else self._spoke / self.clock.slowness

    def tend(self) -> None:
        """Notes when the bootstrap begins to speak; starts a machine again that has restarted itself."""
        if self._process.poll() == 0:
            self.start()
        if self._spoke is None and "jeroboam: node=" in self.said:
            self._spoke = time.monotonic() - self._began

    def start(self) -> None:
        """Gives it power again; whoever holds its volumes plugs them in."""
        self._plugged.clear()
        self._process = self._start()

    def plug(self, volume: Volume) -> None:
        """Attaches a volume, as a disk whose serial is the beginning of its id."""
        if volume.id in self._plugged or not self.runs:
            return
        disk = disk_of(volume)
        node, name = f"v{len(self._plugged)}", f"volume-{volume.id[:SERIAL]}"
        backing = {"driver": "file", "filename": str(disk)}
        self._ask("blockdev-add", {"driver": "raw", "node-name": node, "file": backing})
        device = {"driver": "virtio-blk-pci", "drive": node, "serial": volume.id[:SERIAL], "id": name}
        self._ask("device_add", device)
        if self._writes:
            self._limit(name, self._writes)
        self._plugged.add(volume.id)

    def unplug(self, identifier: str) -> None:
        """Takes the disk away; the guest may refuse to let go of one in use."""
        if identifier in self._plugged:
            self._ask("device_del", {"id": f"volume-{identifier[:SERIAL]}"})
            self._plugged.discard(identifier)

    def lose_power(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()

    def slow_disks(self, writes: int | None) -> None:
        """Of the root and of volumes, by qemu."""
        self._writes = writes
        if self.runs:
            for name in (ROOT_DISK, *(f"volume-{volume[:SERIAL]}" for volume in self._plugged)):
                self._limit(name, writes or 0)

    def move_clock(self, ahead: timedelta) -> None:
        """Has the machine set its clock, as somebody who is root would; a later start has it from qemu."""
        seconds = int((ahead - self._ahead).total_seconds())
        self._ahead = ahead
        if self.runs:
            done = self.run(f"date --set @$(($(date +%s) + {seconds}))")
            if done.returncode:
                raise RuntimeError(f"{self.server.name}: date: {done.stderr}")

    def memory(self) -> int | None:
        """Not known: what the emulator takes is its own."""
        return None

    def run(self, command: str, *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a shell's command as root, logged in as the image's user with Nova's key pair."""
        control = self._folder / "ssh"
        options = (
            *("-i", str(FOLDER / "id_ed25519"), "-o", "BatchMode=yes", "-o", "ConnectTimeout=20"),
            *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
            *("-o", "ControlMaster=auto", "-o", f"ControlPath={control}", "-o", "ControlPersist=60"),
            *("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"),
        )
        user = ACCOUNTS[self.server.distro]
        address = f"{user}@{self.server.ports[0].address}"
        try:
            return subprocess.run(
                ("ssh", *options, address, f"sudo env PATH={PATH} bash -s"),
                input=command, capture_output=True, text=True, timeout=seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired as command_late:
            return late(command_late, seconds)

    def _start(self) -> subprocess.Popen[bytes]:
        with (self._folder / "qemu.log").open("ab") as log:
            return subprocess.Popen(
                ("setpriv", "--pdeathsig", "KILL", "nice", "-n", self._patience, *self._command()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.clock.environment()},
            )

    def _command(self) -> Iterator[str]:
        server, image = self.server, IMAGES / self.server.distro
        yield from ("qemu-system-x86_64", "-name", server.name, "-M", "pc", *PROCESSOR)
        yield from ("-smp", str(server.vcpus), "-m", str(server.memory), "-display", "none")
        yield from ("-nodefaults", "-no-user-config", "-no-reboot", *self.clock.options(self._ahead))
        # By these words cloud-init knows that it is in an OpenStack.
        yield from (
            "-smbios",
            f"type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,uuid={server.id}",
        )
        yield from ("-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd.img"))
        yield from ("-append", " ".join((*KERNEL, *(BOOTLOADER.findall(self.said) or ("",))[-1].split())))
        limit = f",throttling.iops-write={self._writes}" if self._writes else ""
        yield from _drive("root", self._folder / "root.img", self._form, f"cache=unsafe{limit}")
        if (image / "usr.img").exists():
            yield from _drive("usr", image / "usr.img", "raw", "readonly=on")
        if (self._folder / "config.iso").exists():
            yield from _drive("config", self._folder / "config.iso", "raw", "readonly=on")
        for port, tap in zip(server.ports, self._taps, strict=True):
            yield from ("-netdev", f"tap,id={tap},ifname={tap},script=no,downscript=no")
            yield from ("-device", f"virtio-net-pci,netdev={tap},mac={port.mac}")
        yield from ("-object", "rng-random,filename=/dev/urandom,id=chance")
        yield from ("-device", "virtio-rng-pci,rng=chance")
        yield from (
            "-chardev",
            f"file,id=console,path={self.console},append=on",
            "-serial",
            "chardev:console",
        )
        yield from ("-qmp", f"unix:{self._monitor},server=on,wait=off")

    @property
    def _patience(self) -> str:
        """Masters go first: what they are slow to answer, all others ask for again."""
        return "0" if "-master-" in self.server.name else "2"

    @property
    def _form(self) -> str:
        return "raw" if self.server.distro in IGNITED else "qcow2"

    @property
    def _monitor(self) -> Path:
        return self._folder / "monitor"

    def _limit(self, device: str, writes: int) -> None:
        """Lets the machine write so often a second to a disk; 0 is no limit."""
        # What has the disk is a part of the device, which has no id of its own.
        disk = f"/machine/peripheral/{device}/virtio-backend"
        others = dict.fromkeys(("bps", "bps_rd", "bps_wr", "iops", "iops_rd"), 0)
        self._ask("block_set_io_throttle", {"id": disk, **others, "iops_wr": writes})

    def _ask(self, command: str, arguments: dict[str, Any]) -> None:
        """Has qemu do something to the machine, by its QMP."""
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(30)
            asked.connect(str(self._monitor))
            with asked.makefile("rw", encoding="utf-8") as stream:
                stream.readline()
                for words in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                    stream.write(json.dumps(words) + "\n")
                    stream.flush()
                    answer = json.loads(stream.readline())
                    while "event" in answer:
                        answer = json.loads(stream.readline())
                    if "error" in answer:
                        raise RuntimeError(f"{self.server.name}: {command}: {answer['error']['desc']}")


def by(clock: Clock) -> Way:
    """This way, for machines that go by one clock."""

    @contextmanager
    def running(server: Server, wires: Sequence[Wire]) -> Iterator[Machine]:
        with ExitStack() as kept:
            taps = [
                kept.enter_context(network.tap(wire, port))
                for wire, port in zip(wires, server.ports, strict=True)
            ]
            yield kept.enter_context(_running(server, taps, clock))

    return running


@contextmanager
def _running(server: Server, taps: Sequence[str], clock: Clock) -> Iterator[Emulated]:
    """The server's machine, started now; what was on its root disk goes when the block ends."""
    with ExitStack() as kept:
        # The sockets in it have short paths only.
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="node-")))
        _root(server, folder)
        if server.config_drive:
            _config_drive(server, folder)
        (FOLDER / "console" / server.name).unlink(missing_ok=True)
        machine = Emulated(server, taps, clock, folder)
        kept.callback(machine.lose_power)
        yield machine


def _root(server: Server, folder: Path) -> None:
    """The root disk: what the image has, and for Ignition's systems what the config adds."""
    image, disk = IMAGES / server.distro, folder / "root.img"
    if server.distro in IGNITED:
        subprocess.run(("cp", "--sparse=always", str(image / "root.img"), str(disk)), check=True)
        with mounted(folder / "root", disk, image / "usr.img") as root:
            ignite(folder, root, server.user_data, initramfs_name(server))
        return
    overlay = ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(image / "root.img"))
    subprocess.run((*overlay, str(disk)), check=True)


def _config_drive(server: Server, folder: Path) -> None:
    files = folder / "config"
    write_drive(server, files)
    words = ("genisoimage", "-quiet", "-J", "-r", "-V", "config-2", "-o", str(folder / "config.iso"))
    subprocess.run((*words, str(files)), check=True, stderr=subprocess.DEVNULL)
    shutil.rmtree(files)


def _drive(name: str, file: Path, form: str, more: str) -> tuple[str, ...]:
    drive = f"file={file},if=none,id={name},format={form},{more}"
    return ("-drive", drive, "-device", f"virtio-blk-pci,drive={name},id=disk-{name}")

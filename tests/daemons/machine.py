"""Machines for daemons that cannot be played: Linux namespaces with their own root, name and network.

A machine's root is this machine's, with programs laid over it; what is written goes to memory. It ends, with
all that runs in it, when the process that holds it does. Needs root.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_HOLD = "echo ready; while :; do sleep 3600 & wait $!; done"
_SWITCH = f"ip link add switch type bridge; ip link set switch up; {_HOLD}"
# Arguments: an empty folder, the folder of programs, the machine's name.
_ROOT = f"""
mount --make-rprivate /
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
cp -a "$2" "$1/programs"
mount -t overlay none -o "lowerdir=$1/programs:/,upperdir=$1/upper,workdir=$1/work" "$1/root"
for shared in sys dev; do mount --rbind "/$shared" "$1/root/$shared"; done
mount -t proc none "$1/root/proc"
for fresh in run tmp var/lib var/log; do mount -t tmpfs none "$1/root/$fresh"; done
hostname "$3"
exec chroot "$1/root" /bin/bash -c {shlex.quote(_HOLD)}
"""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Machine(NamedTuple):
    """A machine that is up; `pid` is its first process."""

    name: str
    address: str
    pid: int

    def place(self, path: str, text: str, mode: int = 0o644) -> None:
        """Writes a file of the machine."""
        target = self.at(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def at(self, path: str) -> Path:
        """Where a file of the machine is seen from outside."""
        return Path(f"/proc/{self.pid}/root") / path.lstrip("/")

    def run(
        self, *words: str, given: str | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program of the machine, with no more than a path in its environment."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--uts", "--net", "--pid", "--root", "--wd"]
        return subprocess.run(
            [*enter, "env", "-i", f"PATH={_PATH}", *words],
            input=given or "", capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip


@contextmanager
def switch() -> Iterator[int]:
    """A network with nothing on it; yields the process that holds it."""
    with _held("--net", "bash", "-ec", _SWITCH) as pid:
        yield pid


@contextmanager
def machine(folder: Path, programs: Path, name: str, address: str, network: int) -> Iterator[Machine]:
    """A machine on the switch `network`; `address` has its prefix length, `folder` is empty, for the root."""
    spaces = ("--mount", "--uts", "--net", "--pid")
    with _held(*spaces, "bash", "-ec", _ROOT, "root", str(folder), str(programs), name) as pid:
        port = f"p{pid}"
        _in(network, "ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        _in(network, "ip", "link", "set", port, "master", "switch", "up")
        for words in (
            ("addr", "add", address, "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            _in(pid, "ip", *words)
        yield Machine(name, address.partition("/")[0], pid)


@contextmanager
def _held(*words: str) -> Iterator[int]:
    # It ends with the test run as well, however that ends.
    hold = ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child", *words]
    with subprocess.Popen(hold, cwd="/", stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n", f"{words} did not come up"
            yield int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()[0])
        finally:
            process.kill()


def _in(pid: int, *words: str) -> None:
    subprocess.run(["nsenter", "--target", str(pid), "--net", *words], check=True)

"""A stranger's port: a network of its own at the end of a wire, with nothing in it that nobody put there."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.labs.nodes import network
from tests.labs.nodes.network import Wire
from tests.labs.nodes.servers import Port


class Guest:
    """The network, held by a process."""

    def __init__(self, port: Port, pid: int) -> None:
        self.port, self._pid = port, pid

    def run(self, command: str, *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a shell's command in it. Raises TimeoutExpired."""
        words = ("nsenter", "--target", str(self._pid), "--net", "bash", "-s")
        return subprocess.run(words, input=command, capture_output=True, text=True, timeout=seconds)


@contextmanager
def plugged(wire: Wire, port: Port) -> Iterator[Guest]:
    """With the port's address and the way out of its subnet, until the block ends."""
    words = ("setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity")
    process = subprocess.Popen(words)
    try:
        _wait_for_its_network(process.pid)
        guest = Guest(port, process.pid)
        network.plug(wire, port, process.pid, "eth0")
        subnet = port.subnet
        guest.run(
            f"set -e; ip link set lo up; ip addr add {port.address}/{subnet.cidr.prefixlen} dev eth0\n"
            f"ip link set eth0 up; ip route add default via {subnet.gateway}"
        ).check_returncode()
        yield guest
    finally:
        process.kill()
        process.wait()
        network.unplug(port)


def _wait_for_its_network(pid: int) -> None:
    ours, process = Path("/proc/self/ns/net").readlink(), Path(f"/proc/{pid}")
    while (process / "comm").read_text() != "sleep\n" or (process / "ns/net").readlink() == ours:
        time.sleep(0.02)

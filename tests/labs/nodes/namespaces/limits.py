"""What is the whole machine's and no node's: limits, raised while nodes run, and control groups."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CGROUPS, GROUP = Path("/sys/fs/cgroup"), "jeroboam-nodes"
LIMITS = {
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524288,
    # kube-proxy ends where it is not its own number, and only the machine's own network can be given it.
    "net/netfilter/nf_conntrack_max": max(131072, 32768 * (os.cpu_count() or 1)),
}
SHARES = 1024
"""Of the processors, what the kernel gives to a group, and to each session of programs in none."""
GONE_SECONDS = 10
LOCK = Path("/run/lock/jeroboam-nodes")
"""One run at a time: the limits and the groups' names are the machine's."""


@contextmanager
def raised() -> Iterator[None]:
    """The machine's limits are enough for a dozen nodes until the block ends; call it in its own network."""
    files = {Path("/proc/sys") / name: value for name, value in LIMITS.items()}
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another run's nodes to end", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        before = {file: file.read_text(encoding="ascii") for file in files}
        try:
            for file, value in files.items():
                file.write_text(str(value), encoding="ascii")
            yield
        finally:
            for file, text in before.items():
                file.write_text(text, encoding="ascii")
            forget_groups(GROUP)


def lacking() -> str | None:
    """Why this machine's kernel cannot hold such nodes; None where it can."""
    if (CGROUPS / "cgroup.controllers").exists():
        return "its control groups are version 2 alone; nodes of namespaces were made for version 1"
    if not Path("/proc/self/ns/time").exists():
        return "it has no time namespaces"
    return None


def share() -> None:
    """Each node has as much of the processors as a session of other programs, not all nodes together."""
    top = CGROUPS / "cpu" / GROUP
    nodes = sum(path.is_dir() for path in top.iterdir())
    (top / "cpu.shares").write_text(str(SHARES * max(nodes, 1)), encoding="ascii")


def forget_groups(name: str) -> None:
    """Takes control groups and all below them away; what ran in them may take a moment to be gone."""
    end = time.monotonic() + GONE_SECONDS
    while (tops := list(CGROUPS.glob(f"*/{name}"))) and time.monotonic() < end:
        for path in (path for top in tops for path, _, _ in os.walk(top, topdown=False)):
            with suppress(OSError):
                Path(path).rmdir()
        time.sleep(0.1)

"""What befalls machines, each as a block at whose end it is undone; docs/testing.md says by what means.

Everything here asks a machine for no more than both kinds of machine can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from shlex import quote

from tests.labs.nodes import cuts
from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran, until

FILLER = "jeroboam-filler"
"""Takes what is free, also what is kept for root, and writes nothing to it."""
FILL = """\
cd {folder}
touch {filler}
for size in 1G 64M 1M 4K; do
  while fallocate --offset "$(stat --format %s {filler})" --length $size {filler} 2>/dev/null; do :; done
done
if head --bytes 4096 /dev/zero 2>/dev/null >{filler}.more; then echo "{folder} takes more" >&2; exit 1; fi
"""
BACK_SECONDS = 180
SLOW_WRITES = 20
"""A second: a quarter of what a disk that turns can do."""


def partitioned(
    machines: Iterable[Machine], from_: Iterable[Machine] | None = None
) -> AbstractContextManager[None]:
    """Machines that no frame reaches or leaves, or none from and to the machines `from_`.

    The cloud and Octavia's load balancers reach both sides of a partition, but no machine cut off from all.
    """
    servers = [machine.server for machine in machines]
    if from_ is None:
        return cuts.alone(servers)
    return cuts.parted(servers, [machine.server for machine in from_])


@contextmanager
def slow_disk(machine: Machine, writes: int = SLOW_WRITES) -> Iterator[None]:
    """Disks that take so many writes a second. Raises UnableError."""
    machine.slow_disks(writes)
    try:
        yield
    finally:
        machine.slow_disks(None)


@contextmanager
def full_disk(machine: Machine, folder: str = "/var") -> Iterator[None]:
    """The disk of that folder has nothing left, for root neither."""
    try:
        ran(machine, FILL.format(folder=quote(folder), filler=FILLER))
        yield
    finally:
        ran(machine, f"rm -f {quote(folder)}/{FILLER}*")


@contextmanager
def killed(machine: Machine, daemon: str, seconds: float = BACK_SECONDS) -> Iterator[None]:
    """A daemon that SIGKILL ended, of the machine or of a container there; the block's end waits for it.

    Raises AssertionError where it does not come back by itself in time.
    """
    before = pids(machine, daemon)
    assert before, f"{machine.server.name}: {daemon} does not run"
    ran(machine, f"kill -KILL {' '.join(before)}")
    yield
    back = partial(_other, machine, daemon, before)
    assert until(back, seconds), f"{machine.server.name}: {daemon} stays away"


def pids(machine: Machine, daemon: str) -> frozenset[str]:
    """Of the processes that are a program of that name; empty where none is."""
    done = machine.run(f"pgrep --full '^([^ ]*/)?{daemon}( |$)'")
    return frozenset(done.stdout.split())


def _other(machine: Machine, daemon: str, before: frozenset[str]) -> bool:
    now = pids(machine, daemon)
    return bool(now) and now.isdisjoint(before)


@contextmanager
def power_cut(machines: Iterable[Machine]) -> Iterator[None]:
    """Machines without power, which they lose one right after the other and get back so too."""
    cut = tuple(machines)
    for machine in cut:
        machine.lose_power()
    try:
        yield
    finally:
        for machine in cut:
            machine.start()


@contextmanager
def clock_ahead(machine: Machine, days: float) -> Iterator[None]:
    """A clock that shows a later day, or an earlier one."""
    machine.move_clock(timedelta(days=days))
    try:
        yield
    finally:
        machine.move_clock(timedelta())

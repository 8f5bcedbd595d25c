"""A Swarm on machines: deployed, and what Docker says of its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran
from tests.nodes.clusters import Shape, booted, stack_status, written


class Swarm(NamedTuple):
    """A cluster after `jeroboam deploy`."""

    shape: Shape
    machines: dict[str, Machine]
    stack: str | None
    """As Heat has it."""

    @property
    def manager(self) -> Machine:
        return next(machine for name, machine in self.machines.items() if "-master-0" in name)

    @property
    def worker(self) -> Machine:
        return next(machine for name, machine in self.machines.items() if "-default-0" in name)

    def listed(self) -> dict[str, str]:
        """What Docker says of each node, and of its part among managers."""
        shown = ran(self.manager, "docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'")
        return {name: " ".join(rest) for name, *rest in map(str.split, shown.splitlines())}

    def is_whole(self) -> bool:
        """Whether every node is ready and every manager a follower or the leader."""
        listed = self.listed()
        managers = [name for name in listed if "-master-" in name]
        return (
            listed.keys() == self.machines.keys()
            and len(managers) == self.shape.masters
            and all(status.startswith("Ready") for status in listed.values())
            and sorted(listed[name].removeprefix("Ready ") for name in managers)
            == ["Leader", *["Reachable"] * (len(managers) - 1)]
        )


@contextmanager
def deployed(folder: Path, name: str, shape: Shape) -> Iterator[Swarm]:
    """A cluster, with its machines while the block runs; one that fails shows what `diagnose` finds."""
    cluster = written(folder, name, shape)
    with booted(cluster, shape.slowness) as watcher:
        done = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets").wait(3600)
        assert done.code == 0, done.text + cluster.run("diagnose", cluster.name).text
        yield Swarm(shape, dict(watcher.machines), stack_status(cluster))

"""A Swarm on machines, and what Docker says of its nodes."""

from __future__ import annotations

from typing import NamedTuple

from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran
from tests.nodes.clusters import Deployed, Shape


class Swarm(NamedTuple):
    """A cluster after `jeroboam deploy`."""

    up: Deployed

    @property
    def shape(self) -> Shape:
        return self.up.shape

    @property
    def machines(self) -> dict[str, Machine]:
        return self.up.machines

    @property
    def manager(self) -> Machine:
        return self.machines[f"{self.up.cluster.name}-master-0"]

    @property
    def worker(self) -> Machine:
        return self.machines[f"{self.up.cluster.name}-default-0"]

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

"""A Swarm on machines, and what Docker says of its nodes."""

from __future__ import annotations

from tests.nodes.asking import ran
from tests.nodes.clusters import OnMachines

SERVE = "httpd -f -p 80 -h /etc"
PORT = 30088
"""Of those that every node of the cluster may ask for."""
OVERLAY = "between"


class Swarm(OnMachines):
    """Asked by docker on its first manager."""

    def listed(self) -> dict[str, str]:
        """What Docker says of each node, and of its part among managers."""
        shown = ran(self.master, "docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'")
        return {name: " ".join(rest) for name, *rest in map(str.split, shown.splitlines())}

    def overlay(self) -> str:
        """The name of an overlay network that any container may join, made when there is none."""
        made = f"docker network create --driver overlay --attachable {OVERLAY}"
        ran(self.master, f"docker network inspect {OVERLAY} || {made}", 300)
        return OVERLAY

    def is_whole(self) -> bool:
        """Whether every node is ready and every manager a follower or the leader."""
        listed = self.listed()
        if listed.keys() != self.machines.keys():
            return False
        managers = sorted(listed.pop(machine.server.name) for machine in self.masters)
        led = ["Ready Leader", *["Ready Reachable"] * (self.shape.masters - 1)]
        return managers == led and set(listed.values()) <= {"Ready"}

"""What tests ask of a Kubernetes and of a Swarm alike."""

from __future__ import annotations

from tests.nodes.clusters import Deployed, OnMachines
from tests.nodes.kubernetes import Kubernetes
from tests.nodes.swarm import Swarm


def asked(up: Deployed) -> Kubernetes | Swarm:
    """The cluster as its COE is asked."""
    return Kubernetes(up) if up.shape.coe == "kubernetes" else Swarm(up)


def is_up(cluster: OnMachines) -> bool:
    """Whether the COE counts every node."""
    if isinstance(cluster, Kubernetes):
        return cluster.all_ready()
    assert isinstance(cluster, Swarm)
    return cluster.is_whole()

"""Mesos' port matrix against the facts: what must be open is, and nothing else."""

from __future__ import annotations

import pytest

from jeroboam.model.types import ClusterModel, PeerKind, RoleKind, RuleTarget
from tests.unit.drivers.mesos.planned import FLANNEL, plan

MASTER, WORKER = RoleKind.MASTER, RoleKind.WORKER


def _open(model: ClusterModel, peer: PeerKind | RoleKind, to: RoleKind, port: int) -> bool:
    """Whether TCP packets from `peer` to `port` of a node pass."""
    return any(
        rule.to is to
        and rule.peer.value == peer.value
        and rule.protocol in ("tcp", None)
        and (rule.ports is None or rule.ports[0] <= port <= rule.ports[1])
        for rule in model.rules
    )


def _to_world(model: ClusterModel) -> set[tuple[RuleTarget, str, str | None, tuple[int, int] | None]]:
    return {(r.to, str(r.cidr), r.protocol, r.ports) for r in model.rules if r.peer is PeerKind.CIDR}


@pytest.mark.parametrize("peer", [MASTER, WORKER])
@pytest.mark.parametrize("port", [2181, 5050, 5052, 8080])
def test_agents_and_masters_reach_zookeeper_the_masters_and_marathon(peer: RoleKind, port: int) -> None:
    assert _open(plan(), peer, MASTER, port)


@pytest.mark.parametrize("port", [2888, 3888])
def test_the_ensemble_speaks_among_masters_alone(port: int) -> None:
    model = plan()
    assert _open(model, MASTER, MASTER, port)
    assert not _open(model, WORKER, MASTER, port)


def test_masters_reach_agents_and_agents_do_not_reach_one_another() -> None:
    model = plan()
    assert _open(model, MASTER, WORKER, 5051)
    assert not _open(model, WORKER, WORKER, 5051)
    assert not _open(model, WORKER, MASTER, 5051)


@pytest.mark.parametrize("port", [31000, 31500, 32000])
def test_tasks_are_reached_by_tasks_and_by_health_checks(port: int) -> None:
    model = plan()
    assert _open(model, WORKER, WORKER, port)
    assert _open(model, MASTER, WORKER, port)
    assert not _open(model, WORKER, MASTER, port)


def test_the_world_sees_what_the_lists_say() -> None:
    icmp = {(to, "0.0.0.0/0", "icmp", None) for to in (MASTER, WORKER)}
    api = {
        (MASTER, "192.0.2.0/24", "tcp", (8080, 8080)),
        (MASTER, "192.0.2.0/24", "tcp", (5050, 5050)),
        (WORKER, "192.0.2.0/24", "tcp", (5051, 5051)),
    }
    assert _to_world(plan()) == icmp | api
    assert _to_world(plan(network={"api_allowed_cidrs": []})) == icmp
    tasks = {(WORKER, "198.51.100.0/24", protocol, (31000, 32000)) for protocol in ("tcp", "udp")}
    assert _to_world(plan(network={"node_port_allowed_cidrs": ["198.51.100.0/24"]})) == icmp | api | tasks


def test_marathons_ports_go_with_marathon() -> None:
    model = plan(mesos={"marathon": False})
    assert not any(_open(model, peer, MASTER, port) for peer in (MASTER, WORKER) for port in (5052, 8080))
    assert (MASTER, "192.0.2.0/24", "tcp", (5050, 5050)) in _to_world(model)


def test_a_load_balancer_reaches_the_api_from_the_subnet() -> None:
    assert _open(plan(masters={"count": 3}), PeerKind.SUBNET, MASTER, 8080)
    assert _open(plan(masters={"count": 3}, mesos={"marathon": False}), PeerKind.SUBNET, MASTER, 5050)
    assert not _open(plan(), PeerKind.SUBNET, MASTER, 8080)


def test_etcd_is_open_to_nodes_where_flannel_needs_it() -> None:
    model = plan(container_network=FLANNEL)
    assert all(_open(model, peer, MASTER, 2379) for peer in (MASTER, WORKER))
    assert (_open(model, MASTER, MASTER, 2380), _open(model, WORKER, MASTER, 2380)) == (True, False)
    assert not _open(plan(), WORKER, MASTER, 2379)


def test_names_are_unique_per_role() -> None:
    model = plan(container_network=FLANNEL, network={"node_port_allowed_cidrs": ["198.51.100.0/24"]})
    names = [(rule.to, rule.name) for rule in model.rules]
    assert len(names) == len(set(names))

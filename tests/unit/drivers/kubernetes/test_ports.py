"""The port matrix against the facts: what must be open is, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from jeroboam.model.types import ClusterModel, PeerKind, RoleKind
from tests.unit.drivers.kubernetes.planned import plan

MASTER, WORKER = RoleKind.MASTER, RoleKind.WORKER
ALL = ((MASTER, MASTER), (MASTER, WORKER), (WORKER, MASTER), (WORKER, WORKER))


def _open(
    model: ClusterModel, peer: PeerKind | RoleKind, to: RoleKind, protocol: str | None, port: int | None
) -> bool:
    """Whether packets from `peer` to `port` of a node pass."""
    return any(
        rule.to is to
        and rule.peer.value == peer.value
        and rule.protocol in (protocol, None)
        and (rule.ports is None or (port is not None and rule.ports[0] <= port <= rule.ports[1]))
        for rule in model.rules
    )


def _to_world(model: ClusterModel) -> set[tuple[str, str | None, tuple[int, int] | None]]:
    return {(str(r.cidr), r.protocol, r.ports) for r in model.rules if r.peer is PeerKind.CIDR}


def test_the_control_plane() -> None:
    model = plan()
    assert all(_open(model, peer, MASTER, "tcp", 6443) for peer in (MASTER, WORKER))
    assert all(_open(model, MASTER, MASTER, "tcp", port) for port in (2379, 2380))
    assert not any(_open(model, WORKER, MASTER, "tcp", port) for port in (2379, 2380, 10257, 10259))
    assert all(_open(model, MASTER, to, "tcp", 10250) for to in (MASTER, WORKER))
    assert not _open(model, WORKER, WORKER, "tcp", 10250)


@pytest.mark.parametrize("port", [22, 53, 179, 2379, 7080, 8080, 9100, 10250, 30000])
def test_nothing_is_open_to_the_world_but_ping_and_what_is_listed(port: int) -> None:
    model = plan()
    assert _to_world(model) == {("0.0.0.0/0", "icmp", None), ("192.0.2.0/24", "tcp", (6443, 6443))}
    assert not any(_open(model, PeerKind.SUBNET, to, "tcp", port) for to in (MASTER, WORKER))


def test_allow_lists() -> None:
    model = plan(
        network={
            "ssh_allowed_cidrs": ["192.0.2.0/24", "2001:db8::/32"],
            "api_allowed_cidrs": [],
            "node_port_allowed_cidrs": ["198.51.100.0/24"],
        }
    )
    assert _to_world(model) == {
        ("0.0.0.0/0", "icmp", None),
        ("192.0.2.0/24", "tcp", (22, 22)),
        ("2001:db8::/32", "tcp", (22, 22)),
        ("198.51.100.0/24", "tcp", (30000, 32767)),
        ("198.51.100.0/24", "udp", (30000, 32767)),
    }
    origins = {rule.origin for rule in model.rules if rule.origin}
    assert "/network/ssh_allowed_cidrs/1" in origins
    assert "/network/node_port_allowed_cidrs/0" in origins


@pytest.mark.parametrize(
    ("container_network", "protocol", "port"),
    [
        ({"backend": {"type": "vxlan"}}, "udp", 8472),
        ({"backend": {"type": "vxlan", "port": 4789}}, "udp", 4789),
        ({"backend": {"type": "udp"}}, "udp", 8285),
        ({"backend": {"type": "wireguard"}}, "udp", 51820),
        (
            {"backend": {"type": "wireguard", "port": 6000}, "ipv6": {"cidr": "fd00::/48", "subnet_len": 64}},
            "udp",
            6001,
        ),
        ({"backend": {"type": "ipip"}}, "4", None),
        ({"driver": "calico"}, "udp", 4789),
    ],
)
def test_container_traffic_passes_between_all_nodes(
    container_network: dict[str, Any], protocol: str, port: int | None
) -> None:
    model = plan(container_network=container_network)
    assert all(_open(model, peer, to, protocol, port) for to, peer in ALL)
    other = plan(container_network={"backend": {"type": "udp", "port": 9999}})
    assert not _open(other, WORKER, MASTER, protocol, port)


@pytest.mark.parametrize(
    ("container_network", "port"),
    [
        ({"backend": {"type": "vxlan", "port": 4790}}, 4790),
        ({"backend": {"type": "wireguard"}}, 51821),
        ({"backend": {"type": "wireguard", "mode": "separate", "port": 6000}}, 6001),
        ({"backend": {"type": "wireguard", "mode": "ipv6", "port": 6000}}, 6000),
        ({"driver": "calico"}, 4789),
    ],
)
def test_tunnels_between_ipv6_addresses(container_network: dict[str, Any], port: int) -> None:
    both = {**container_network, "ipv6": {"cidr": "fd00::/104", "subnet_len": 120}}
    network = {"fixed_network": "dual", "fixed_subnet": "dual-v4"}

    def between(model: ClusterModel) -> set[tuple[str, str, str | None, tuple[int, int] | None]]:
        return {(r.peer.value, r.to.value, r.protocol, r.ports) for r in model.rules if r.ipv6}

    assert between(plan(container_network=both, network=network)) == {
        (peer.value, to.value, "udp", (port, port)) for to, peer in ALL
    }
    assert between(plan()) == set()


@pytest.mark.parametrize(
    ("container_network", "routed"),
    [
        ({"backend": {"type": "host-gw"}}, True),
        ({"backend": {"type": "vxlan", "direct_routing": True}}, True),
        ({"backend": {"type": "vxlan"}}, False),
        ({"driver": "none"}, True),
        ({"driver": "calico"}, False),
    ],
)
def test_routed_containers_pass_under_their_own_addresses(
    container_network: dict[str, Any], routed: bool
) -> None:
    model = plan(container_network=container_network)
    found = {
        r.to for r in model.rules if str(r.cidr) == "10.100.0.0/16" and r.protocol is None and r.ports is None
    }
    assert found == ({MASTER, WORKER} if routed else set())
    # What nodes themselves send to them has nodes' addresses: to Services, and the API server's to webhooks.
    nodes = {(r.to.value, r.peer.value) for r in model.rules if r.protocol is None and r.cidr is None}
    assert nodes == ({(to.value, peer.value) for to, peer in ALL} if routed else set())


def test_routed_ipv6_passes_between_nodes_too() -> None:
    both = {"ipv6": {"cidr": "fd00::/48", "subnet_len": 64}, "backend": {"type": "host-gw"}}
    found = {
        (r.to, r.peer.value) for r in plan(container_network=both).rules if r.protocol is None and r.ipv6
    }
    assert found == {(to, peer.value) for to, peer in ALL}


def test_ipv6_brings_its_own_icmp_and_range() -> None:
    network = {"ipv6": {"cidr": "fd00::/48", "subnet_len": 64}, "backend": {"type": "host-gw"}}
    model = plan(container_network=network)
    assert ("::/0", "ipv6-icmp", None) in _to_world(model)
    assert ("fd00::/48", None, None) in _to_world(model)


def test_a_load_balancer_reaches_the_api_from_the_subnet() -> None:
    assert _open(plan(masters={"count": 3}), PeerKind.SUBNET, MASTER, "tcp", 6443)
    assert not _open(plan(), PeerKind.SUBNET, MASTER, "tcp", 6443)
    assert _open(plan(masters={"count": 3}, api={"port": 8443}), PeerKind.SUBNET, MASTER, "tcp", 8443)


def test_addons_open_what_they_need() -> None:
    metrics = plan(kubernetes={"addons": {"metrics_server": {"enabled": True}}})
    assert all(_open(metrics, peer, to, "tcp", 10250) for to, peer in ALL)
    cloud = plan(kubernetes={"addons": {"cloud_controller_manager": {"enabled": True}}})
    for to in (MASTER, WORKER):
        assert all(_open(cloud, PeerKind.SUBNET, to, "tcp", port) for port in (30000, 32767, 10256))
        assert _open(cloud, PeerKind.SUBNET, to, "udp", 30000)


def test_names_are_unique_per_role() -> None:
    cidrs = ["192.0.2.0/24", "192.0.2.0/25", "2001:db8::/32"]
    model = plan(
        network={"ssh_allowed_cidrs": cidrs, "api_allowed_cidrs": cidrs, "node_port_allowed_cidrs": cidrs}
    )
    names = [(rule.to, rule.name) for rule in model.rules]
    assert len(names) == len(set(names))
    assert all(rule.description for rule in model.rules)


def test_a_rule_keeps_its_name_when_another_range_goes() -> None:
    both = plan(network={"ssh_allowed_cidrs": ["192.0.2.0/24", "198.51.100.0/24"]})
    one = plan(network={"ssh_allowed_cidrs": ["198.51.100.0/24"]})
    assert {rule.name for rule in one.rules} < {rule.name for rule in both.rules}

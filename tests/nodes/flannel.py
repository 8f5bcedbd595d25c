"""What flanneld on each node was given and did, beside what was compiled."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran

NETWORK = IPv4Network("10.50.0.0/16")
"""What the clusters of these tests give to containers."""


VXLAN_BYTES = 50
"""What VXLAN puts around a packet; host-gw puts nothing."""


def spec(backend: str) -> str:
    """The property of a spec that asks for it."""
    return f"container_network: {{driver: flannel, cidr: {NETWORK}, backend: {{type: {backend}}}}}\n"


def subnet(machine: Machine, overhead: int) -> IPv4Network:
    """The node's subnet; its MTU is the port's without what the backend adds, in bytes."""
    given = dict(line.split("=") for line in ran(machine, "cat /run/flannel/subnet.env").splitlines())
    own = IPv4Network(given["FLANNEL_SUBNET"], strict=False)
    assert given["FLANNEL_NETWORK"] == str(NETWORK)
    assert own.prefixlen == 24
    assert own.subnet_of(NETWORK)
    assert int(given["FLANNEL_MTU"]) == machine.server.ports[0].subnet.mtu - overhead
    return own


def subnets(machines: Iterable[Machine], overhead: int) -> None:
    """Each node has a subnet, no two the same."""
    machines = list(machines)
    assert len({subnet(machine, overhead) for machine in machines}) == len(machines)


def bridged(machines: Iterable[Machine]) -> None:
    """Docker's bridge is on the node's subnet, and by host-gw there is a route to each other node's."""
    machines = list(machines)
    for machine in machines:
        given = ran(machine, "sed -n s/^FLANNEL_SUBNET=//p /run/flannel/subnet.env")
        assert ran(machine, "ip -4 -brief addr show docker0").split()[2] == given
        ways = [line.split()[0] for line in ran(machine, "ip route show").splitlines() if " via " in line]
        others = [way for way in ways if way != "default" and IPv4Network(way).subnet_of(NETWORK)]
        assert len(others) == len(machines) - 1


def containers_reach(one: Machine, other: Machine, image: str) -> None:
    """A container on Docker's bridge of one node pings one of another's."""
    for machine in (one, other):
        ran(machine, f"docker run --detach --name bridged {image} sleep 86400", 300)
    address = ran(other, "docker inspect --format '{{.NetworkSettings.Networks.bridge.IPAddress}}' bridged")
    assert " 0% packet loss" in ran(one, f"docker exec bridged ping -c 3 {address}", 300)

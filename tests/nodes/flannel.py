"""What flanneld on each node was given and did, beside what was compiled."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from tests.nodes.asking import ran
from tests.nodes.machine import Machine


def subnet(machine: Machine, network: IPv4Network, overhead: int) -> IPv4Network:
    """The node's subnet of `network`; its MTU is the port's without what the backend adds, in bytes."""
    given = dict(line.split("=") for line in ran(machine, "cat /run/flannel/subnet.env").splitlines())
    own = IPv4Network(given["FLANNEL_SUBNET"], strict=False)
    assert given["FLANNEL_NETWORK"] == str(network)
    assert own.prefixlen == 24
    assert own.subnet_of(network)
    assert int(given["FLANNEL_MTU"]) == machine.server.ports[0].subnet.mtu - overhead
    return own


def subnets(machines: Iterable[Machine], network: IPv4Network, overhead: int) -> None:
    """Each node has a subnet, no two the same."""
    machines = list(machines)
    assert len({subnet(machine, network, overhead) for machine in machines}) == len(machines)


def bridged(machines: Iterable[Machine], network: IPv4Network) -> None:
    """Docker's bridge is on the node's subnet, and by host-gw there is a route to each other node's."""
    machines = list(machines)
    prefix = str(network.network_address).removesuffix("0.0")
    for machine in machines:
        given = ran(machine, "sed -n s/^FLANNEL_SUBNET=//p /run/flannel/subnet.env")
        assert ran(machine, "ip -4 -brief addr show docker0").split()[2] == given
        routes = ran(machine, "ip route show").splitlines()
        assert len([r for r in routes if r.startswith(prefix) and " via " in r]) == len(machines) - 1


def containers_reach(one: Machine, other: Machine, image: str) -> None:
    """A container on Docker's bridge of one node pings one of another's."""
    for machine in (one, other):
        ran(machine, f"docker run --detach --name bridged {image} sleep 86400", 300)
    address = ran(other, "docker inspect --format '{{.NetworkSettings.Networks.bridge.IPAddress}}' bridged")
    assert " 0% packet loss" in ran(one, f"docker exec bridged ping -c 3 {address}", 300)

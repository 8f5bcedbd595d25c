"""Whether address ranges hold as many nodes as the cluster has."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.spec.schema import block
from jeroboam.spec.types import Cidr, ClusterSpec, ContainerNetworkSpec

# Network, broadcast and gateway addresses, two DHCP agents and the load balancer's address.
_NOT_FOR_NODES = 6


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """The nodes' range and, with Flannel, the containers' range and its limits."""
    counts = tuple(_counts(spec))
    nodes = spec.nodes
    yield from _nodes(spec.network.cidr, nodes + (spec.bastion is not None), counts)
    containers = spec.container_network
    if containers.driver != "flannel":
        return
    yield from _parts(spec, containers.cidr, containers.subnet_len, "/container_network", nodes, counts)
    if containers.ipv6 is not None:
        six = containers.ipv6
        yield from _parts(spec, six.cidr, six.subnet_len, "/container_network/ipv6", nodes, counts)
    yield from _limits(containers)


def _counts(spec: ClusterSpec) -> Iterator[Related]:
    yield Related("/masters/count", f"{spec.masters.count} masters")
    for index, group in enumerate(spec.node_groups):
        yield Related(f"/node_groups/{index}/count", f"{group.count} nodes")


def _nodes(cidr: IPv4Network | None, nodes: int, counts: tuple[Related, ...]) -> Iterator[Diagnostic]:
    if cidr is None:
        return
    room = max(cidr.num_addresses - _NOT_FOR_NODES, 0)
    if nodes > room:
        prefix = 32 - (nodes + _NOT_FOR_NODES - 1).bit_length()
        yield diagnose(
            "JB0307", "/network/cidr", related=counts, cidr=cidr, room=room, nodes=nodes, prefix=prefix
        )


def _parts(
    spec: ClusterSpec, cidr: Cidr, length: int, at: Pointer, nodes: int, counts: tuple[Related, ...]
) -> Iterator[Diagnostic]:
    """2^(subnet_len - prefix) parts for all nodes.

    Where Flannel keeps its own leases it hands out neither what is below subnet_min nor, without one,
    the first part.
    """
    range_at, length_at = f"{at}/cidr", f"{at}/subnet_len"
    if length <= cidr.prefixlen:
        related = (Related(range_at, f"the range is {cidr}"),)
        yield diagnose(
            "JB0308", length_at, related=related, subnet_len=length, cidr=cidr, prefix=cidr.prefixlen
        )
        return
    parts = 2 ** (length - cidr.prefixlen)
    unused = 0
    if cidr.version == 4 and block(spec.coe).get("x-first-subnet-unused"):
        size = 1 << (32 - length)
        low, high = spec.container_network.subnet_min, spec.container_network.subnet_max
        unused = 1 if low is None else max((int(low) - int(cidr.network_address)) // size, 0)
        unused += 0 if high is None else max((int(cidr.broadcast_address) - int(high)) // size, 0)
    if nodes > parts - unused:
        drawn_from = (Related(length_at, f"each node takes a /{length}"), *counts)
        prefix = length - (nodes + unused - 1).bit_length()
        yield diagnose(
            "JB0306", range_at, related=drawn_from, cidr=cidr, parts=max(parts - unused, 0),
            subnet_len=length, nodes=nodes, prefix=prefix,
        )  # fmt: skip


def _limits(containers: ContainerNetworkSpec) -> Iterator[Diagnostic]:
    cidr, length = containers.cidr, containers.subnet_len
    low, high = containers.subnet_min, containers.subnet_max
    for name, address in (("subnet_min", low), ("subnet_max", high)):
        if address is not None:
            yield from _limit(name, address, cidr, length)
    if low is not None and high is not None and low > high:
        related = (Related("/container_network/subnet_min", f"subnet_min is {low}"),)
        yield diagnose("JB0311", "/container_network/subnet_max", related=related, low=low, high=high)


def _limit(name: str, address: IPv4Address, cidr: IPv4Network, length: int) -> Iterator[Diagnostic]:
    where = f"/container_network/{name}"
    related = (Related("/container_network/cidr", f"the range is {cidr}"),)
    start = IPv4Network((address, length), strict=False).network_address
    if address not in cidr:
        yield diagnose(
            "JB0309", where, related=related, name=name, address=address, cidr=cidr, subnet_len=length
        )
    elif address != start:
        related = (Related("/container_network/subnet_len", f"each node takes a /{length}"),)
        yield diagnose(
            "JB0310", where, related=related, name=name, address=address, subnet_len=length, start=start
        )

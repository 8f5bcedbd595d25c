"""The floating IPs that a spec says are there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from jeroboam.diagnostics import Pointer
from jeroboam.source.pointers import child
from jeroboam.spec.types import ClusterSpec, FloatingIpSpec


class NamedFloatingIp(NamedTuple):
    """One of them, and where the spec names it."""

    pointer: Pointer
    floating_ip: FloatingIpSpec


def existing_floating_ips(spec: ClusterSpec) -> Iterator[NamedFloatingIp]:
    """Those that are used, the API's first; not what stands at a retired index."""
    if spec.api.existing_floating_ip is not None:
        yield NamedFloatingIp("/api/existing_floating_ip", spec.api.existing_floating_ip)
    if spec.bastion is not None and spec.bastion.existing_floating_ip is not None:
        yield NamedFloatingIp("/bastion/existing_floating_ip", spec.bastion.existing_floating_ip)
    masters = ("/masters", spec.masters.node, tuple(range(spec.masters.count)))
    groups = ((child("/node_groups", i), g.node, g.indexes) for i, g in enumerate(spec.node_groups))
    for at, node, indexes in (masters, *groups):
        for index in indexes:
            if index < len(node.existing_floating_ips):
                pointer = child(child(at, "existing_floating_ips"), index)
                yield NamedFloatingIp(pointer, node.existing_floating_ips[index])


def api_has_an_existing_one(spec: ClusterSpec) -> bool:
    """Whether the API's floating IP is none that is made: one of its own, or the first master's."""
    return spec.api.existing_floating_ip is not None or (
        not spec.api.load_balancer and bool(spec.masters.node.existing_floating_ips)
    )


def api_names(spec: ClusterSpec) -> tuple[str, ...]:
    """What the API may be asked for besides the addresses that Heat alone knows."""
    masters = (str(one.address) for one in spec.masters.node.existing_floating_ips)
    return tuple(dict.fromkeys((*filter(None, (spec.api.dns_name,)), *spec.api.extra_sans, *masters)))

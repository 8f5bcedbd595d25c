"""The nodes' network: existing networks, routers, floating IPs, MTU."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.encapsulation import overhead
from jeroboam.spec.floating_ips import api_has_an_existing_one, existing_floating_ips
from jeroboam.spec.nodes import node_specs
from jeroboam.spec.types import ClusterSpec

_EXTERNAL: Pointer = "/network/external_network"


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Everything about the network that the nodes are on."""
    yield from _existing(spec)
    yield from _external(spec)
    yield from _mtu(spec)
    if not spec.network.port_security:
        yield from _groups(spec)


def _groups(spec: ClusterSpec) -> Iterator[Diagnostic]:
    related = (Related("/network/port_security", "ports have no security groups"),)
    for at, node in node_specs(spec):
        if node.security_groups:
            where, switch = child(at, "security_groups"), "network.port_security"
            yield diagnose("JB0395", where, at_key=True, related=related, switch=switch)


def _existing(spec: ClusterSpec) -> Iterator[Diagnostic]:
    network = spec.network
    pairs = (
        ("fixed_network", network.fixed_network, "fixed_subnet", network.fixed_subnet),
        ("fixed_subnet", network.fixed_subnet, "fixed_network", network.fixed_network),
    )
    for present, value, absent, other in pairs:
        if value is not None and other is None:
            related = (Related(child("/network", absent), f"'{absent}' is missing here"),)
            where = child("/network", present)
            yield diagnose("JB0323", where, at_key=True, related=related, present=present, absent=absent)
    if network.router is not None and network.fixed_network is not None:
        related = (Related("/network/fixed_network", "the existing network is given here"),)
        yield diagnose("JB0324", "/network/router", at_key=True, related=related)


def _external(spec: ClusterSpec) -> Iterator[Diagnostic]:
    network = spec.network
    if network.external_network is not None:
        return
    wanted = list(_floating(spec))
    # Those come from an external network that the spec need not name.
    existing = [one.pointer for one in existing_floating_ips(spec)]
    given = network.router or network.fixed_network or network.fixed_subnet
    if (wanted or existing) and not given:
        absent = tuple(
            Related(child("/network", name), f"'{name}' is missing too")
            for name in ("router", "fixed_network")
        )
        floating = tuple(
            Related(pointer, "a floating IP is requested here") for pointer in (*wanted, *existing)
        )
        yield diagnose("JB0320", _EXTERNAL, related=(*floating, *absent))
    else:
        for pointer in wanted:
            related = (Related(_EXTERNAL, "'external_network' is missing here"),)
            yield diagnose("JB0321", pointer, related=related)


def _floating(spec: ClusterSpec) -> Iterator[Pointer]:
    """Where one is to be made."""
    if spec.api.floating_ip and not api_has_an_existing_one(spec):
        yield "/api/floating_ip"
    if spec.bastion is not None and spec.bastion.floating_ip and spec.bastion.existing_floating_ip is None:
        yield "/bastion/floating_ip"
    for at, node in node_specs(spec):
        if node.floating_ip:
            yield child(at, "floating_ip")


def _mtu(spec: ClusterSpec) -> Iterator[Diagnostic]:
    backend, outer = spec.container_network.backend, spec.network.mtu
    if backend is None or backend.mtu is None or outer is None:
        return
    limit = outer - overhead(backend.type, ipv6=spec.container_network.ipv6 is not None)
    if backend.mtu > limit:
        within = f"type {backend.type} in a network with an MTU of {outer}"
        related = (Related("/network/mtu", f"the network's MTU is {outer}"),)
        yield diagnose(
            "JB0325", "/container_network/backend/mtu", related=related, mtu=backend.mtu, limit=limit,
            within=within,
        )  # fmt: skip

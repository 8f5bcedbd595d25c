"""The port matrix: rows of data to security rules.

A row says who (`from`) may reach which nodes (`to`) where, and `when`: facts that must all hold. `ports` is a
number, a pair, the name of a number that the driver supplies, or null for all. `family` is ipv6 where nodes
send to each other's IPv6 addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeAlias

from jeroboam.diagnostics import Pointer
from jeroboam.flannel import backend_port, backend_port6
from jeroboam.model.types import PeerKind, RoleKind, RuleTarget, SecurityRule
from jeroboam.spec.types import Cidr, ClusterSpec

Row: TypeAlias = Mapping[str, Any]
Fact: TypeAlias = str | bool | None

SYSTEM = {22: "SSH", 53: "systemd-resolved"}
"""TCP ports that distros' own services have on every node, and whose they are."""

_ROLES = {
    "master": (RoleKind.MASTER,),
    "worker": (RoleKind.WORKER,),
    "node": (RoleKind.MASTER, RoleKind.WORKER),
}
_TO: Mapping[str, tuple[RuleTarget, ...]] = {
    **_ROLES,
    "bastion": (PeerKind.BASTION,),
}
_PEERS = {RoleKind.MASTER: PeerKind.MASTER, RoleKind.WORKER: PeerKind.WORKER}


def rows(package: str) -> tuple[Row, ...]:
    """The matrix in `package`'s ports.json; this package's holds what all COEs share."""
    return tuple(json.loads(files(package).joinpath("ports.json").read_text(encoding="utf-8")))


def shared_rows() -> tuple[Row, ...]:
    """What every COE needs: ping, SSH and Flannel."""
    return rows("jeroboam.parts")


def cluster_rules(
    spec: ClusterSpec,
    own: Iterable[Row],
    *,
    api_port: int,
    routed: bool,
    facts: Mapping[str, Fact],
    numbers: Mapping[str, int],
) -> tuple[SecurityRule, ...]:
    """The rules of every cluster, then those of a COE's `own` rows.

    Rows may ask for these facts and numbers, and for `facts` and `numbers` besides. `routed` is whether nodes
    send from the containers' addresses. Raises KeyError for others.
    """
    containers = spec.container_network
    backend = containers.backend
    shared: dict[str, Fact] = {
        "driver": containers.driver,
        "backend": backend.type if backend else None,
        "routed": routed,
        "ipv6": containers.ipv6 is not None,
        "load_balancer": spec.api.load_balancer,
        "bastion": spec.bastion is not None,
    }
    known = {"api": api_port}
    if backend and (port := backend_port(backend)):
        known |= {"backend": port, "backend6": backend_port6(backend) or port}
    return security_rules((*shared_rows(), *own), spec, {**shared, **facts}, {**known, **numbers})


def security_rules(
    matrix: Iterable[Row], spec: ClusterSpec, facts: Mapping[str, Fact], numbers: Mapping[str, int]
) -> tuple[SecurityRule, ...]:
    """The rules of all rows whose `when` holds, in the matrix's order.

    Raises KeyError for a fact or a number that a row needs and the caller lacks.
    """
    ranges = _ranges(spec)
    return tuple(
        rule
        for row in matrix
        if all(facts[name] == value for name, value in row.get("when", {}).items())
        for rule in _rules(row, ranges, numbers)
    )


def _rules(
    row: Row, ranges: Mapping[str, tuple[tuple[Cidr, Pointer | None], ...]], numbers: Mapping[str, int]
) -> Iterator[SecurityRule]:
    for to in _TO[row["to"]]:
        for name, peer, cidr, origin in _senders(row["from"], ranges):
            yield SecurityRule(
                name=f"{row['name']}-from-{name}",
                to=to,
                peer=peer,
                cidr=cidr,
                protocol=row["protocol"],
                ports=_span(row["ports"], numbers),
                description=row["description"],
                origin=origin,
                ipv6=row.get("family") == "ipv6",
            )


def _senders(
    sender: str, ranges: Mapping[str, tuple[tuple[Cidr, Pointer | None], ...]]
) -> Iterator[tuple[str, PeerKind, Cidr | None, Pointer | None]]:
    if sender in _ROLES:
        for kind in _ROLES[sender]:
            yield kind.value, _PEERS[kind], None, None
    elif sender in (PeerKind.SUBNET, PeerKind.BASTION):
        yield sender, PeerKind(sender), None, None
    else:
        for cidr, origin in ranges[sender]:
            yield str(cidr).translate(_NAMED), PeerKind.CIDR, cidr, origin


# A rule is known by its range, so that taking one range off a list leaves the other rules alone.
_NAMED = str.maketrans("./:", "---")


def _span(ports: int | str | list[int] | None, numbers: Mapping[str, int]) -> tuple[int, int] | None:
    if ports is None:
        return None
    if isinstance(ports, list):
        low, high = ports
        return low, high
    number = numbers[ports] if isinstance(ports, str) else ports
    return number, number


def _ranges(spec: ClusterSpec) -> dict[str, tuple[tuple[Cidr, Pointer | None], ...]]:
    network, containers = spec.network, spec.container_network
    pods: list[tuple[Cidr, Pointer | None]] = [(containers.cidr, "/container_network/cidr")]
    if containers.ipv6:
        pods.append((containers.ipv6.cidr, "/container_network/ipv6/cidr"))
    return {
        "world": ((IPv4Network("0.0.0.0/0"), None),),
        "world6": ((IPv6Network("::/0"), None),),
        "containers": tuple(pods),
        "ssh_clients": _listed("ssh_allowed_cidrs", network.ssh_allowed_cidrs),
        "api_clients": _listed("api_allowed_cidrs", network.api_allowed_cidrs),
        "node_port_clients": _listed("node_port_allowed_cidrs", network.node_port_allowed_cidrs),
    }


def _listed(name: str, cidrs: tuple[Cidr, ...]) -> tuple[tuple[Cidr, Pointer | None], ...]:
    return tuple((cidr, f"/network/{name}/{index}") for index, cidr in enumerate(cidrs))

"""A topology as nodes and edges, for programs that lay them out themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from jeroboam.topology.types import GroupKind, OpenPort, ServerGroup, Topology, counted
from jeroboam.topology.wording import ports_in_words


class Shape(StrEnum):
    """What a node of a chart stands for."""

    NETWORK = "network"
    ROUTER = "router"
    DOOR = "door"
    FIREWALL = "firewall"
    SERVERS = "servers"
    VOLUMES = "volumes"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class ChartNode:
    """A node; `id` is a word that no user chose, `lines` are texts as users and Heat have them."""

    id: str
    shape: Shape
    lines: tuple[str, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class ChartEdge:
    """An edge; one that is no way for packets is `plain`."""

    tail: str
    head: str
    label: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Nodes and edges, those of the cluster's network `inside` the frame of that title."""

    title: str
    frame: str
    nodes: tuple[ChartNode, ...]
    edges: tuple[ChartEdge, ...]


_HEADINGS = {GroupKind.MASTER: "masters", GroupKind.WORKER: "workers", GroupKind.BASTION: "bastion"}


def chart(topology: Topology) -> Chart:
    """The chart: it grows with the groups and the ports, not with the nodes."""
    network = topology.network
    frame = (network.name, "network" if network.own else "existing network", network.cidr or network.subnet)
    return Chart(
        f"{topology.cluster}: {topology.summary}",
        ", ".join((*frame, *(() if network.secured else ("no port security: every port is open",)))),
        tuple(_nodes(topology)),
        tuple(_edges(topology)),
    )


def _nodes(topology: Topology) -> Iterator[ChartNode]:
    if topology.external:
        yield ChartNode("external", Shape.NETWORK, (topology.external, "external network"), False)
    if topology.router:
        words = "router" if topology.own_router else "existing router"
        yield ChartNode("router", Shape.ROUTER, (topology.router, words), False)
    for number, sender in enumerate(_outsiders(topology)):
        yield ChartNode(f"sender{number}", Shape.SENDER, (sender,), False)
    api = topology.api
    yield ChartNode("api", Shape.DOOR, ("API", f"{api.scheme} :{api.port}", api.through), True)
    for kind in _kinds(topology):
        yield ChartNode(f"ports_{kind}", Shape.FIREWALL, (_HEADINGS[kind], "security group"), True)
    for number, group in enumerate(topology.groups):
        yield ChartNode(f"group{number}", Shape.SERVERS, _lines(group), True)
        for disk in group.disks:
            words = f"{disk.purpose} {disk.size} GiB" + (f" ({disk.type})" if disk.type else "")
            each = counted(len(group.indexes), "volume")
            yield ChartNode(f"group{number}_{disk.purpose}", Shape.VOLUMES, (words, each), True)
    for number, network in enumerate(topology.existing_networks):
        lines = (network.name, "existing network", *((network.subnet,) if network.subnet else ()))
        yield ChartNode(f"network{number}", Shape.NETWORK, lines, False)


def _lines(group: ServerGroup) -> tuple[str, ...]:
    return (
        group.name,
        counted(len(group.indexes), "server"),
        *filter(None, (group.flavor, group.image, ", ".join(group.zones), group.policy)),
        *((counted(group.floating_ips, "floating IP"),) if group.floating_ips else ()),
    )


def _edges(topology: Topology) -> Iterator[ChartEdge]:
    first = next(n for n, group in enumerate(topology.groups) if group.kind is GroupKind.MASTER)
    if topology.external and topology.router:
        yield ChartEdge("external", "router", "", True)
    if topology.router:
        yield ChartEdge("router", "api", topology.network.cidr or topology.network.subnet, True)
    if topology.external and topology.api.floating_ip:
        yield ChartEdge("external", "api", "floating IP", False)
    yield ChartEdge("api", f"group{first}", topology.api.port, False)
    outsiders = {sender: f"sender{number}" for number, sender in enumerate(_outsiders(topology))}
    insiders = {f"{kind}s": f"ports_{kind}" for kind in _kinds(topology)} | {"bastion": "ports_bastion"}
    for sender in topology.api.allowed:
        yield ChartEdge(outsiders[sender], "api", f"tcp {topology.api.port}", False)
    for (sender, to), what in _merged(topology.ports).items():
        yield ChartEdge(
            outsiders.get(sender) or insiders[sender],
            f"ports_{to}",
            " ".join(ports_in_words(tuple(what))),
            False,
        )
    networks = {network: f"network{number}" for number, network in enumerate(topology.existing_networks)}
    for number, group in enumerate(topology.groups):
        if group.kind in _kinds(topology):
            yield ChartEdge(f"ports_{group.kind}", f"group{number}", "", True)
        for disk in group.disks:
            yield ChartEdge(f"group{number}", f"group{number}_{disk.purpose}", "", True)
        for network in dict.fromkeys(group.networks):
            yield ChartEdge(f"group{number}", networks[network], "", True)


def _kinds(topology: Topology) -> tuple[GroupKind, ...]:
    """The kinds of groups that have ports open."""
    return tuple(kind for kind in GroupKind if any(port.to is kind for port in topology.ports))


def _outsiders(topology: Topology) -> tuple[str, ...]:
    """Senders that are no servers of the cluster's, each once."""
    servers = {"masters", "workers", "bastion"}
    found = (port.sender for port in topology.ports if port.sender not in servers)
    return tuple(dict.fromkeys((*found, *topology.api.allowed)))


def _merged(ports: tuple[OpenPort, ...]) -> dict[tuple[str, GroupKind], dict[str, None]]:
    merged: dict[tuple[str, GroupKind], dict[str, None]] = {}
    for port in ports:
        merged.setdefault((port.sender, port.to), {})[port.what] = None
    return merged

"""What on a cluster's networks and under its name is not of its stack: facts to findings.

Marks that others leave, from cloud-provider-openstack 1.34: load balancers are named
`kube_service_<cluster>_<namespace>_<service>`; their floating IPs and security groups are described as below;
volumes of cinder-csi have the cluster in their metadata. Neutron's and Octavia's device owners are those of
neutron-lib's constants and of Octavia's network driver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jeroboam.deploy.leftovers.types import (
    BALANCER,
    GROUP,
    INTERFACE,
    NETWORK,
    PORT,
    ROUTER,
    SERVER,
    SUBNET,
    FloatingIp,
    FoundBalancer,
    FoundPort,
    FoundServer,
    FoundVolume,
    Group,
    Held,
    Leftover,
    LeftoverKind,
    Leftovers,
    Surroundings,
)
from jeroboam.hot.contract import OfNode, bastion_name, parse_node_id

_INTERFACES = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)
_OCTAVIA = "octavia-lb-"
_UNKNOWN_NODE = "a node of this cluster's that no stack knows"


def leftovers(held: Held, around: Surroundings) -> Leftovers:
    """What is in the way of the stack's end, what it leaves behind, and volumes with data."""
    balancers = tuple(_balancers(held, around))
    ports = tuple(_ports(held, around))
    foreign = _foreign_ports(held, around, balancers)
    found = _once((*_addresses(held, around, foreign), *balancers, *ports, *_orphans(held, around)))
    return Leftovers(
        blocking=ordered(f for f in found if f.blocks),
        behind=ordered((*(f for f in found if not f.blocks), *_groups(held, around))),
        data=tuple(sorted(_data(held, around), key=lambda f: (f.name, f.id))),
    )


def ordered(findings: Iterable[Leftover]) -> tuple[Leftover, ...]:
    """In the order in which they can be removed."""
    kinds = list(LeftoverKind)
    return tuple(sorted(findings, key=lambda f: (kinds.index(f.kind), f.name, f.id)))


def command(finding: Leftover) -> tuple[str, ...]:
    """What a user would type to remove it."""
    match finding.kind:
        case LeftoverKind.FLOATING_IP:
            return ("openstack", "floating", "ip", "delete", finding.id)
        case LeftoverKind.ATTACHED_FLOATING_IP:
            return ("openstack", "floating", "ip", "unset", "--port", finding.id)
        case LeftoverKind.BALANCER:
            return ("openstack", "loadbalancer", "delete", "--cascade", finding.id)
        case LeftoverKind.SERVER:
            return ("openstack", "server", "delete", finding.id)
        case LeftoverKind.SERVER_PORT:
            return ("openstack", "server", "remove", "port", finding.owner, finding.id)
        case LeftoverKind.PORT:
            return ("openstack", "port", "delete", finding.id)
        case LeftoverKind.INTERFACE:
            return ("openstack", "router", "remove", "port", finding.owner, finding.id)
        case LeftoverKind.GROUPED_PORT:
            return ("openstack", "port", "unset", "--security-group", finding.owner, finding.id)
        case LeftoverKind.GROUP:
            return ("openstack", "security", "group", "delete", finding.id)
        case LeftoverKind.VOLUME:
            return ("openstack", "volume", "delete", finding.id)


def is_node_name(cluster: str, name: str) -> bool:
    """Whether a server of the cluster could have this name."""
    found = parse_node_id(name.removeprefix(f"{cluster}-")) if name.startswith(f"{cluster}-") else None
    return found is not None and found[2] is OfNode.SERVER


def is_etcd_volume_name(cluster: str, name: str) -> bool:
    """Whether a volume that the cluster's stack leaves behind could have this name."""
    return name.endswith("-etcd") and is_node_name(cluster, name.removesuffix("-etcd"))


def balancer_prefix(cluster: str) -> str:
    """What names of load balancers for Services of the cluster begin with."""
    return f"kube_service_{cluster}_"


def _ports(held: Held, around: Surroundings) -> Iterator[Leftover]:
    own_balancers = {b.vip_port for b in around.balancers}
    for port in around.ports:
        if port.id in own_balancers or port.name.startswith(_OCTAVIA):
            # The load balancer is the thing to look at; its ports go with it.
            continue
        if port.id in held.of(PORT):
            yield from _stolen(port, held, around)
        elif port.owner in _INTERFACES:
            yield from _interface(port, held)
        elif port.owner.startswith("network:"):
            continue
        elif port.network in held.of(NETWORK):
            yield from _on_network(port, held, around)
        elif set(port.groups) & held.of(GROUP):
            yield _in_group(port, held, around)


def _stolen(port: FoundPort, held: Held, around: Surroundings) -> Iterator[Leftover]:
    """A port of the stack's whose server the stack does not know."""
    if not port.owner.startswith("compute:") or port.device in held.of(SERVER):
        return
    what = "uses a port of the stack, which knows no such server: Heat lost it when an engine died, it seems"
    yield _server(port, around, what, f"the port '{port.name}'")


def _interface(port: FoundPort, held: Held) -> Iterator[Leftover]:
    attached = {tuple(interface.split(":subnet_id=")) for interface in held.of(INTERFACE)}
    if any((port.device, subnet) in attached for subnet in port.subnets):
        return
    if any(interface.endswith(f":port_id={port.id}") for interface in held.of(INTERFACE)):
        return
    subnets = ", ".join(port.subnets)
    if port.device in held.of(ROUTER):
        what = f"added to the cluster's router by hand, into the subnet {subnets}"
        yield Leftover(
            LeftoverKind.INTERFACE,
            port.id,
            port.name,
            what,
            "the cluster's router",
            certain=True,
            owner=port.device,
        )
    elif port.network in held.of(NETWORK):
        what = f"of the router {port.device}, added by hand"
        yield Leftover(
            LeftoverKind.INTERFACE,
            port.id,
            port.name,
            what,
            "the cluster's subnet",
            certain=True,
            owner=port.device,
        )


def _on_network(port: FoundPort, held: Held, around: Surroundings) -> Iterator[Leftover]:
    blocks = "the cluster's subnet and network"
    if not port.owner.startswith("compute:"):
        what = f"made for '{port.owner}'" if port.owner else "created by hand, not in use"
        yield Leftover(LeftoverKind.PORT, port.id, port.name, what, blocks, certain=True)
        return
    if port.device in held.of(SERVER):
        # Nova takes what it made with the server; what it leaves is then in use by nobody, and found so.
        return
    server = next((s for s in around.servers if s.id == port.device), None)
    if server and _is_orphan(server, held, around):
        yield _server(port, around, _UNKNOWN_NODE, blocks)
        return
    what = f"of the server '{server.name if server else port.device}', which is no node of this cluster"
    yield Leftover(
        LeftoverKind.SERVER_PORT, port.id, port.name, what, blocks, certain=True, owner=port.device
    )


def _server(port: FoundPort, around: Surroundings, what: str, blocks: str) -> Leftover:
    server = next((s for s in around.servers if s.id == port.device), None)
    return Leftover(
        LeftoverKind.SERVER, port.device, server.name if server else "", what, blocks, certain=True
    )


def _in_group(port: FoundPort, held: Held, around: Surroundings) -> Leftover:
    if any(s.id == port.device and _is_orphan(s, held, around) for s in around.servers):
        return _server(port, around, _UNKNOWN_NODE, "the security group")
    group = min(set(port.groups) & held.of(GROUP))
    what = f"on another network ({port.network}), in a security group of the cluster"
    return Leftover(
        LeftoverKind.GROUPED_PORT, port.id, port.name, what, "the security group", certain=False, owner=group
    )


def _orphans(held: Held, around: Surroundings) -> Iterator[Leftover]:
    """Nodes by their marks, on whatever network, that no stack has."""
    for server in around.servers:
        if _is_orphan(server, held, around):
            yield Leftover(LeftoverKind.SERVER, server.id, server.name, _UNKNOWN_NODE, "", certain=True)


def _is_orphan(server: FoundServer, held: Held, around: Surroundings) -> bool:
    known = server.id in held.of(SERVER) or server.id in around.claimed
    named = is_node_name(held.cluster, server.name) or server.name == bastion_name(held.cluster)
    return not known and server.cluster == held.cluster and named


def _balancers(held: Held, around: Surroundings) -> Iterator[Leftover]:
    ours = {port.id: port for port in around.ports}
    nets = {port.network for port in around.ports if port.id in held.of(PORT)}
    for balancer in around.balancers:
        if balancer.id in held.of(BALANCER):
            continue
        made = balancer.name.startswith(balancer_prefix(held.cluster))
        what = _service(held.cluster, balancer) if made else "made by hand"
        if balancer.vip_subnet in held.of(SUBNET) or _on_own(ours.get(balancer.vip_port), held):
            blocks = "the cluster's subnet and network"
            yield Leftover(LeftoverKind.BALANCER, balancer.id, balancer.name, what, blocks, certain=True)
        elif made:
            port = ours.get(balancer.vip_port)
            certain = port is not None and port.network in nets and not _has_namesake(held, around)
            yield Leftover(LeftoverKind.BALANCER, balancer.id, balancer.name, what, "", certain=certain)


def _service(cluster: str, balancer: FoundBalancer) -> str:
    service = balancer.name.removeprefix(balancer_prefix(cluster)).replace("_", "/", 1)
    return f"created by Kubernetes for the Service {service}"


def _on_own(port: FoundPort | None, held: Held) -> bool:
    return port is not None and port.network in held.of(NETWORK)


def _foreign_ports(held: Held, around: Surroundings, balancers: tuple[Leftover, ...]) -> frozenset[str]:
    """Ports that would go with the network or with a load balancer, and are not the stack's."""
    going = {finding.id for finding in balancers if finding.certain}
    vips = {b.vip_port for b in around.balancers if b.id in going}
    own_vips = {b.vip_port for b in around.balancers if b.id in held.of(BALANCER)}
    on_net = {port.id for port in around.ports if port.network in held.of(NETWORK)}
    return frozenset((on_net | vips) - held.of(PORT) - own_vips)


def _addresses(held: Held, around: Surroundings, foreign: frozenset[str]) -> Iterator[Leftover]:
    kubernetes = re.compile(
        rf"Floating IP for Kubernetes external service \S+ from cluster {re.escape(held.cluster)}"
    )
    for ip in around.floating_ips:
        if ip.id in held.every:
            continue
        made = kubernetes.fullmatch(ip.description) is not None
        if ip.port in foreign:
            what = "created by Kubernetes" if made else "given to something that is not of the stack"
            kind = LeftoverKind.FLOATING_IP if made else LeftoverKind.ATTACHED_FLOATING_IP
            blocks = "the router's interface" if held.of(ROUTER) or held.of(INTERFACE) else ""
            yield _address(kind, ip, what, blocks, certain=True)
        elif made and not ip.port:
            what = "created by Kubernetes for a Service, not in use"
            yield _address(LeftoverKind.FLOATING_IP, ip, what, "", certain=False)


def _address(kind: LeftoverKind, ip: FloatingIp, what: str, blocks: str, *, certain: bool) -> Leftover:
    return Leftover(kind, ip.id, ip.address, what, blocks, certain=certain)


def _groups(held: Held, around: Surroundings) -> Iterator[Leftover]:
    made = re.compile(rf"Security Group for \S+ Service LoadBalancer in cluster {re.escape(held.cluster)}")
    for group in around.groups:
        if group.id not in held.every and made.fullmatch(group.description):
            yield _group(group)


def _group(group: Group) -> Leftover:
    # Neutron deletes none that is in use, so no other cluster of the name can lose one.
    return Leftover(
        LeftoverKind.GROUP, group.id, group.name, "created by Kubernetes for a Service", "", certain=True
    )


def _data(held: Held, around: Surroundings) -> Iterator[Leftover]:
    alone = not _has_namesake(held, around)
    for volume in around.volumes:
        if volume.id in around.claimed:
            continue
        if volume.id in held.retained:
            yield _volume(volume, "etcd's data", certain=True)
        elif volume.id in held.every:
            continue
        elif volume.cluster == held.cluster:
            certain = alone and set(volume.servers) <= held.of(SERVER)
            yield _volume(volume, "a PersistentVolume, created by Kubernetes", certain=certain)
        elif not volume.cluster and is_etcd_volume_name(held.cluster, volume.name):
            yield _volume(volume, "etcd's data of an earlier stack", certain=not volume.servers)


def _has_namesake(held: Held, around: Surroundings) -> bool:
    """Whether another stack of the project has a cluster of the same name."""
    return any(s.cluster == held.cluster and s.id in around.claimed - held.every for s in around.servers)


def _volume(volume: FoundVolume, what: str, *, certain: bool) -> Leftover:
    return Leftover(
        LeftoverKind.VOLUME, volume.id, volume.name, f"{volume.size} GiB, {what}", "", certain=certain
    )


def _once(findings: tuple[Leftover, ...]) -> tuple[Leftover, ...]:
    """Of findings of one thing, the one that blocks."""
    best: dict[tuple[LeftoverKind, str], Leftover] = {}
    for finding in findings:
        key = finding.kind, finding.id
        if key not in best or (finding.blocks and not best[key].blocks):
            best[key] = finding
    return tuple(best.values())

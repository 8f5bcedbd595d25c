"""Asks the cloud what a stack holds, what is around its cluster, and what is still there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.leftovers.classify import is_etcd_volume_name, is_node_name
from jeroboam.deploy.leftovers.types import (
    BALANCER,
    FLOATING_IP,
    GROUP,
    NETWORK,
    PORT,
    ROUTER,
    SERVER,
    SERVER_GROUP,
    SUBNET,
    VOLUME,
    FloatingIp,
    FoundBalancer,
    FoundPort,
    FoundServer,
    FoundVolume,
    Group,
    Held,
    Surroundings,
)
from jeroboam.deploy.types import Stack, StackResource
from jeroboam.hot.contract import OfNode, parse_node_id
from jeroboam.spec.metadata import CLUSTER_METADATA

_CSI_CLUSTER = "cinder.csi.openstack.org/cluster"
_NOT_FOUND = 404


def held(cluster: str, resources: Iterable[StackResource]) -> Held:
    """What belongs to a stack, by its resources."""
    ids: dict[str, set[str]] = defaultdict(set)
    retained = set()
    for resource in resources:
        if resource.physical_id:
            ids[resource.type].add(resource.physical_id)
            if resource.type == VOLUME and _is_retained(resource.name):
                retained.add(resource.physical_id)
    return Held(cluster, {kind: frozenset(of_kind) for kind, of_kind in ids.items()}, frozenset(retained))


def _is_retained(resource: str) -> bool:
    """Whether Heat leaves the volume there, by its deletion policy (ADR 8)."""
    found = parse_node_id(resource)
    return found is not None and found[2] is OfNode.ETCD_VOLUME


def surroundings(cloud: Cloud, stack: Stack | None, held: Held) -> Surroundings:
    """What is on the cluster's networks, and what bears its name. Raises CloudError."""
    ports = _ports(cloud, held)
    servers = _servers(cloud, held, ports)
    volumes = _volumes(cloud, held)
    strangers = {
        *(s.id for s in servers if s.cluster == held.cluster),
        *(v.id for v in volumes if v.id not in held.retained and not v.cluster),
    } - held.every
    return Surroundings(
        ports=ports,
        servers=servers,
        balancers=_balancers(cloud),
        floating_ips=_floating_ips(cloud),
        volumes=volumes,
        groups=_groups(cloud),
        claimed=_claimed(cloud, stack) if strangers else frozenset(),
    )


def alive(cloud: Cloud, held: Held) -> dict[str, tuple[str, ...]]:
    """The ids, by type, of what the stack held and the services still have. Raises CloudError."""
    network, project = cloud.sdk.network, cloud.sdk.current_project_id
    with asking("ask Neutron and Nova what is left"):
        there: dict[str, Iterable[str]] = {
            SERVER: _ids(cloud.sdk.compute.servers(details=False)),
            SERVER_GROUP: _ids(cloud.sdk.compute.server_groups()),
            PORT: _ids(network.ports(project_id=project)),
            NETWORK: _ids(network.networks(project_id=project)),
            SUBNET: _ids(network.subnets(project_id=project)),
            ROUTER: _ids(network.routers(project_id=project)),
            GROUP: _ids(network.security_groups(project_id=project)),
            FLOATING_IP: _ids(network.ips(project_id=project)),
        }
    if held.of(VOLUME):
        there[VOLUME] = (volume.id for volume in _volumes(cloud, held))
    there[BALANCER] = (balancer.id for balancer in _balancers(cloud))
    left = {kind: tuple(sorted(held.of(kind) & set(ids))) for kind, ids in there.items()}
    return {kind: ids for kind, ids in left.items() if ids}


def _ids(found: Iterable[Any]) -> list[str]:
    return [one.id for one in found]


def _ports(cloud: Cloud, held: Held) -> tuple[FoundPort, ...]:
    """Those on the stack's networks, of its routers and in its security groups, and the stack's own."""
    ports: dict[str, Any] = {}
    network = cloud.sdk.network
    with asking("ask Neutron for the ports on the cluster's networks"):
        for kind, key in ((NETWORK, "network_id"), (ROUTER, "device_id")):
            for id_ in held.of(kind):
                ports.update((port.id, port) for port in network.ports(**{key: id_}))
        if held.of(GROUP) or held.of(PORT):
            wanted, groups = held.of(PORT), held.of(GROUP)
            for port in network.ports(project_id=cloud.sdk.current_project_id):
                if port.id in wanted or groups & set(port.security_group_ids or ()):
                    ports[port.id] = port
    return tuple(_port(port) for port in ports.values())


def _port(raw: Any) -> FoundPort:
    return FoundPort(
        id=raw.id,
        name=raw.name or "",
        network=raw.network_id,
        subnets=tuple(fixed["subnet_id"] for fixed in raw.fixed_ips or ()),
        owner=raw.device_owner or "",
        device=raw.device_id or "",
        groups=tuple(raw.security_group_ids or ()),
    )


def _servers(cloud: Cloud, held: Held, ports: tuple[FoundPort, ...]) -> tuple[FoundServer, ...]:
    """Those whose names are those of nodes, and whatever else the ports belong to."""
    with asking("ask Nova for the servers of the cluster"):
        # Nova takes the name as a regular expression; clouds that do not find more than is needed.
        named = list(cloud.sdk.compute.servers(details=True, name=f"^{held.cluster}-"))
    servers = {raw.id: _server(raw) for raw in named if is_node_name(held.cluster, raw.name)}
    for port in ports:
        if port.owner.startswith("compute:") and port.device not in servers:
            found = _get_server(cloud, port.device)
            if found:
                servers[port.device] = found
    return tuple(servers.values())


def _get_server(cloud: Cloud, id_: str) -> FoundServer | None:
    """A server; None for one of another project, or that is gone."""
    try:
        with asking(f"ask Nova for the server {id_}"):
            return _server(cloud.sdk.compute.get_server(id_))
    except CloudError as problem:
        if problem.status == _NOT_FOUND:
            return None
        raise


def _server(raw: Any) -> FoundServer:
    return FoundServer(raw.id, raw.name or "", (raw.metadata or {}).get(CLUSTER_METADATA, ""))


def _balancers(cloud: Cloud) -> tuple[FoundBalancer, ...]:
    if not _has(cloud, "load-balancer"):
        return ()
    with asking("ask Octavia for load balancers"):
        found = cloud.sdk.load_balancer.load_balancers(project_id=cloud.sdk.current_project_id)
        return tuple(
            FoundBalancer(b.id, b.name or "", b.vip_port_id or "", b.vip_subnet_id or "") for b in found
        )


def _floating_ips(cloud: Cloud) -> tuple[FloatingIp, ...]:
    with asking("ask Neutron for floating IPs"):
        found = cloud.sdk.network.ips(project_id=cloud.sdk.current_project_id)
        return tuple(
            FloatingIp(ip.id, ip.floating_ip_address, ip.port_id or "", ip.description or "") for ip in found
        )


def _groups(cloud: Cloud) -> tuple[Group, ...]:
    with asking("ask Neutron for security groups"):
        found = cloud.sdk.network.security_groups(project_id=cloud.sdk.current_project_id)
        return tuple(Group(group.id, group.name or "", group.description or "") for group in found)


def _volumes(cloud: Cloud, held: Held) -> tuple[FoundVolume, ...]:
    """Those of the stack, those that Kubernetes made for the cluster, and those named like etcd's."""
    if not _has(cloud, "block-storage"):
        return ()
    with asking("ask Cinder for volumes"):
        found = [_volume(volume) for volume in cloud.sdk.block_storage.volumes(details=True)]
    return tuple(
        volume
        for volume in found
        if volume.id in held.every
        or volume.id in held.retained
        or volume.cluster == held.cluster
        or is_etcd_volume_name(held.cluster, volume.name)
    )


def _volume(raw: Any) -> FoundVolume:
    servers = tuple(attached["server_id"] for attached in raw.attachments or ())
    cluster = (raw.metadata or {}).get(_CSI_CLUSTER, "")
    return FoundVolume(raw.id, raw.name or "", raw.size, cluster, servers)


def _has(cloud: Cloud, service: str) -> bool:
    with asking(f"find the service '{service}' in the cloud's catalogue"):
        return cloud.sdk.config.get_session_endpoint(service) is not None


def _claimed(cloud: Cloud, mine: Stack | None) -> frozenset[str]:
    """The ids of all servers and volumes that the project's other stacks hold."""
    claimed: set[str] = set()
    with asking("ask Heat for the project's stacks"):
        others = [s for s in cloud.heat.stacks.list() if mine is None or s.id != mine.id]
    for other in others:
        try:
            with asking(f"ask Heat for the resources of '{other.stack_name}'"):
                found = cloud.heat.resources.list(f"{other.stack_name}/{other.id}", nested_depth=stacks.DEPTH)
                claimed.update(r.physical_resource_id for r in found if r.resource_type in (SERVER, VOLUME))
        except CloudError as problem:
            # It ended between the two questions.
            if problem.status != _NOT_FOUND:
                raise
    return frozenset(claimed)

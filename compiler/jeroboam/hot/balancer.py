"""How the cluster's API is reached: an Octavia load balancer, a floating IP, or the first master."""

from __future__ import annotations

from dataclasses import dataclass

from jeroboam.diagnostics import Pointer
from jeroboam.hot.contract import MASTER, OfNode, node_id
from jeroboam.hot.network import Attachment
from jeroboam.hot.types import GetAttr, GetParam, GetResource, Resource, Value
from jeroboam.model.types import ClusterModel, Role, RoleKind
from jeroboam.spec.types import ClusterSpec, FloatingIpSpec

_FLOATING_IP = "api-floating-ip"


@dataclass(frozen=True, slots=True)
class Api:
    """The API's two addresses and the resources that give them.

    `external_network` is the network that floating IPs come from: its id where a floating IP tells it.
    """

    private_address: Value
    public_address: Value
    resources: tuple[Resource, ...]
    external_network: Value | None


def master_address(index: int) -> GetAttr:
    """The fixed IP of a master's port."""
    return GetAttr(node_id(MASTER, index, OfNode.PORT), ("fixed_ips", 0, "ip_address"))


def api(model: ClusterModel, attachment: Attachment) -> Api:
    """The API's addresses; the public one is the private one where no floating IP is wanted."""
    balanced = model.spec.api.load_balancer
    balancer = _load_balancer(model, attachment) if balanced else ()
    private: Value = balancer[0].attr("vip_address") if balanced else master_address(0)
    masters = next(role for role in model.roles if role.kind is RoleKind.MASTER)
    external = _external_network(attachment, floating_ip_of(model.spec, masters, 0))
    port: Value = (
        balancer[0].attr("vip_port_id") if balanced else GetResource(node_id(MASTER, 0, OfNode.PORT))
    )
    existing = model.spec.api.existing_floating_ip
    if existing is not None:
        origin = "/api/existing_floating_ip"
        association = associated(_FLOATING_IP, existing, port, attachment, origin)
        return Api(private, str(existing.address), (*balancer, association), external)
    if _has_the_apis(model.spec, masters, 0) and masters.node.existing_floating_ips:
        return Api(private, str(masters.node.existing_floating_ips[0].address), balancer, external)
    if not model.spec.api.floating_ip or attachment.external is None:
        return Api(private, private, balancer, external)
    floating_ip = Resource(
        id=_FLOATING_IP,
        type="OS::Neutron::FloatingIP",
        properties={"floating_network": attachment.external, "port_id": port},
        depends_on=attachment.gateway,
        origin="/api/floating_ip",
    )
    network_id = _external_network(attachment, _FLOATING_IP)
    return Api(private, floating_ip.attr("floating_ip_address"), (*balancer, floating_ip), network_id)


def associated(
    id_: str, given: FloatingIpSpec, port: Value, attachment: Attachment, origin: Pointer
) -> Resource:
    """What has a floating IP that is there already lead to a port, until it is deleted."""
    return Resource(
        id=id_,
        type="OS::Neutron::FloatingIPAssociation",
        properties={"floatingip_id": given.id, "port_id": port},
        depends_on=attachment.gateway,
        origin=origin,
    )


def floating_ip_of(spec: ClusterSpec, role: Role, index: int) -> str | None:
    """The id of the resource that is a node's floating IP, None where the stack makes none for it.

    That of the API serves where it leads to the first master: Neutron associates one floating IP with each
    fixed address (FloatingIPPortAlreadyAssociated in neutron/db/l3_db.py).
    """
    if not role.node.floating_ip:
        return None
    if not _has_the_apis(spec, role, index):
        return node_id(role.name, index, OfNode.FLOATING_IP)
    return _FLOATING_IP if spec.api.existing_floating_ip is None else None


def public_address(spec: ClusterSpec, role: Role, index: int) -> Value | None:
    """The floating IP of a node, None without one."""
    if role.node.existing_floating_ips:
        return str(role.node.existing_floating_ips[index].address)
    existing = spec.api.existing_floating_ip
    if existing is not None and role.node.floating_ip and _has_the_apis(spec, role, index):
        return str(existing.address)
    own = floating_ip_of(spec, role, index)
    return None if own is None else GetAttr(own, ("floating_ip_address",))


def _has_the_apis(spec: ClusterSpec, role: Role, index: int) -> bool:
    """Whether the API's floating IP leads to a node."""
    first_master = role.kind is RoleKind.MASTER and index == 0
    return first_master and spec.api.floating_ip and not spec.api.load_balancer


def _external_network(attachment: Attachment, floating_ip: str | None) -> Value | None:
    """The external network's id where anything of the stack tells it, else what the spec calls it."""
    if floating_ip is None or not isinstance(attachment.external_id, GetParam):
        return attachment.external_id
    return GetAttr(floating_ip, ("floating_network_id",))


def _allowed(spec: ClusterSpec, attachment: Attachment) -> list[Value]:
    """Who may reach the listener.

    An empty list would let everyone in; the nodes' own range is always needed. Octavia answers 400 to a
    range of another family than the VIP's, which is of an IPv4 subnet.
    """
    listed = (str(cidr) for cidr in spec.network.api_allowed_cidrs if cidr.version == 4)
    return [attachment.cidr, *(cidr for cidr in listed if cidr != attachment.cidr)]


def _load_balancer(model: ClusterModel, attachment: Attachment) -> tuple[Resource, ...]:
    spec, endpoint = model.spec, model.api
    # OVN's provider hashes connections, probes TCP only and refuses an allow-list; it keeps the client's
    # address, so the masters' security groups do that work (driver.py of ovn-octavia-provider 11.0).
    ovn = spec.api.load_balancer_provider == "ovn"
    provider = spec.api.load_balancer_provider
    balancer = Resource(
        id="api-load-balancer",
        type="OS::Octavia::LoadBalancer",
        properties={
            "name": f"{spec.name}-api",
            "description": f"API of cluster {spec.name}",
            "vip_subnet": attachment.subnet,
            **({"provider": provider} if provider is not None else {}),
        },
        depends_on=attachment.gateway,
        origin="/api/load_balancer",
    )
    listener = Resource(
        id="api-listener",
        type="OS::Octavia::Listener",
        properties={
            "name": f"{spec.name}-api",
            "loadbalancer": balancer.ref,
            "protocol": "TCP",
            "protocol_port": endpoint.port,
            **({} if ovn else {"allowed_cidrs": _allowed(spec, attachment)}),
        },
        origin="/network/api_allowed_cidrs",
    )
    pool = Resource(
        id="api-pool",
        type="OS::Octavia::Pool",
        properties={
            "name": f"{spec.name}-api",
            "listener": listener.ref,
            "protocol": "TCP",
            "lb_algorithm": "SOURCE_IP_PORT" if ovn else "ROUND_ROBIN",
        },
        origin="/api/load_balancer",
    )
    probe: dict[str, Value] = {"type": "TCP"}
    if endpoint.health_path is not None and not ovn:
        probe = {"type": endpoint.scheme.upper(), "url_path": endpoint.health_path, "expected_codes": "200"}
    monitor = Resource(
        id="api-health-monitor",
        type="OS::Octavia::HealthMonitor",
        properties={"pool": pool.ref, **probe, "delay": 5, "timeout": 5, "max_retries": 3},
        origin="/api/load_balancer",
    )
    members = tuple(
        Resource(
            id=node_id(MASTER, index, OfNode.API_MEMBER),
            type="OS::Octavia::PoolMember",
            properties={
                "pool": pool.ref,
                "address": master_address(index),
                "protocol_port": endpoint.port,
                "subnet": attachment.subnet,
            },
            origin="/api/load_balancer",
        )
        for role in model.roles
        if role.kind is RoleKind.MASTER
        for index in role.indexes
    )
    return (balancer, listener, pool, monitor, *members)

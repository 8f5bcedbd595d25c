"""Templates to the topology of the cluster that they make: what is drawn is what Heat is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jeroboam.hot.contract import (
    BASTION,
    FURTHER_PORTS,
    MASTER,
    OfNode,
    OfRole,
    OutputName,
    node_id,
    parse_identity,
    parse_node_id,
    role_id,
)
from jeroboam.hot.flat import Attr, Flat, Key, Param, Ref, Templates, flattened, symbols
from jeroboam.topology.types import (
    ApiDoor,
    Disk,
    ExistingNetwork,
    GroupKind,
    NodeNetwork,
    OpenPort,
    ResourceRow,
    SenderKind,
    ServerGroup,
    Topology,
)

_PORT, _SERVER, _RULE = "OS::Neutron::Port", "OS::Nova::Server", "OS::Neutron::SecurityGroupRule"
_FLOATING = ("OS::Neutron::FloatingIP", "OS::Neutron::FloatingIPAssociation")
_BALANCER, _LISTENER = "OS::Octavia::LoadBalancer", "OS::Octavia::Listener"
_GROUP_SUFFIX = "-security-group"
_ANYONE = ("", "0.0.0.0/0", "::/0")
SUBNET, CONTAINERS = "nodes' subnet", "containers"
"""Senders that are ranges of the cluster itself."""

Resources = Mapping[str, Flat]


def topology(templates: Templates) -> Topology | None:
    """The topology of a cluster; None where the template is not one of Jeroboam's.

    Values are those of `templates.parameters`, else the defaults. Raises TypeError, KeyError or
    AttributeError for a template of no known shape, which Heat does not keep.
    """
    outputs = templates.main.get("outputs") or {}
    identity = parse_identity((outputs.get(OutputName.CLUSTER) or {}).get("value"))
    flat = flattened(templates)
    found = {key.name: resource for key, resource in flat.items()}
    roles = _roles(found)
    if identity is None or MASTER not in roles:
        return None
    network = _network(found)
    router, own_router = _router(found)
    return Topology(
        cluster=identity.name,
        coe=identity.coe,
        version=_text((outputs.get(OutputName.COE_VERSION) or {}).get("value")),
        distro=identity.distro,
        description=str(templates.main.get("description") or "").rpartition("\n\n")[0],
        external=_external(found),
        router=router,
        own_router=own_router,
        network=network,
        api=_api(found, (outputs.get(OutputName.API_URL) or {}).get("value"), network.cidr),
        groups=(
            *(_group(found, role, indexes) for role, indexes in roles.items()),
            *((_bastion(found),) if BASTION in found else ()),
        ),
        ports=tuple(_ports(found, network.cidr)),
        resources=tuple(_rows(flat, roles)),
    )


def _roles(found: Resources) -> dict[str, tuple[int, ...]]:
    """The indexes of each role's nodes: a node that is taken out keeps its port."""
    roles: dict[str, tuple[int, ...]] = {}
    for name, resource in found.items():
        parsed = parse_node_id(name) if resource.type == _PORT else None
        if parsed and parsed[2] is OfNode.PORT:
            roles[parsed[0]] = (*roles.get(parsed[0], ()), parsed[1])
    return roles


def _group(found: Resources, role: str, indexes: tuple[int, ...]) -> ServerGroup:
    servers = [found[name] for i in indexes if (name := node_id(role, i)) in found]
    server = servers[0].properties if servers else {}
    placing = found.get(role_id(role, OfRole.SERVER_GROUP))
    policies = placing.properties.get("policies") if placing else None
    return ServerGroup(
        name=role,
        kind=GroupKind.MASTER if role == MASTER else GroupKind.WORKER,
        indexes=indexes,
        flavor=_text(server.get("flavor")),
        image=_image(server),
        zones=tuple(
            dict.fromkeys(filter(None, (_text(s.properties.get("availability_zone")) for s in servers)))
        ),
        policy=_text(policies[0]) if policies else "",
        disks=tuple(_disks(found, role, indexes[0], server)),
        floating_ips=sum(_led_to(found, node_id(role, i, OfNode.PORT)) for i in indexes),
        networks=tuple(_existing_networks(found, role, indexes[0])),
    )


def _bastion(found: Resources) -> ServerGroup:
    server = found[BASTION].properties
    zone = _text(server.get("availability_zone"))
    return ServerGroup(
        name=BASTION,
        kind=GroupKind.BASTION,
        indexes=(0,),
        flavor=_text(server.get("flavor")),
        image=_image(server),
        zones=(zone,) if zone else (),
        policy="",
        disks=(),
        floating_ips=int(_led_to(found, f"{BASTION}-{OfNode.PORT}")),
        networks=(),
    )


def _image(server: Mapping[str, Any]) -> str:
    disks = server.get("block_device_mapping_v2") or [{}]
    return _text(server.get("image", disks[0].get("image")))


def _disks(found: Resources, role: str, index: int, server: Mapping[str, Any]) -> Iterator[Disk]:
    for disk in server.get("block_device_mapping_v2") or ():
        yield Disk("boot", int(_text(disk["volume_size"])), _text(disk.get("volume_type")))
    for purpose, what in (("etcd", OfNode.ETCD_VOLUME), ("docker", OfNode.DOCKER_VOLUME)):
        if volume := found.get(node_id(role, index, what)):
            yield Disk(
                purpose, int(_text(volume.properties["size"])), _text(volume.properties.get("volume_type"))
            )


def _existing_networks(found: Resources, role: str, index: int) -> Iterator[ExistingNetwork]:
    for what in FURTHER_PORTS:
        if port := found.get(node_id(role, index, what)):
            fixed = port.properties.get("fixed_ips") or [{}]
            yield ExistingNetwork(_text(port.properties["network"]), _text(fixed[0].get("subnet")))


def _led_to(found: Resources, resource: str) -> bool:
    """Whether a floating IP leads to a port, or to what has one."""
    return any(
        isinstance(port := _plain(r.properties.get("port_id")), Ref | Attr) and port.key.name == resource
        for r in found.values()
        if r.type in _FLOATING
    )


def _network(found: Resources) -> NodeNetwork:
    port = found[node_id(MASTER, 0, OfNode.PORT)]
    net, subnet = (_plain(port.properties["network"]), _plain(port.properties["fixed_ips"][0]["subnet"]))
    secured = any(resource.type == "OS::Neutron::SecurityGroup" for resource in found.values())
    if not isinstance(net, Ref) or not isinstance(subnet, Ref):
        return NodeNetwork(_text(net), _text(subnet), False, "", 0, (), secured)
    of_net, of_subnet = found[net.key.name].properties, found[subnet.key.name].properties
    mtu = (of_net.get("value_specs") or {}).get("mtu") or 0
    servers = tuple(map(_text, of_subnet.get("dns_nameservers") or ()))
    name, cidr = _text(of_net.get("name")), _text(of_subnet.get("cidr"))
    return NodeNetwork(name, _text(of_subnet.get("name")), True, cidr, int(mtu), servers, secured)


def _external(found: Resources) -> str:
    for resource in found.values():
        gateway = resource.properties.get("external_gateway_info") or {}
        network = gateway.get("network", resource.properties.get("floating_network"))
        if network is not None:
            return _text(network)
    return ""


def _router(found: Resources) -> tuple[str, bool]:
    """The router's name, and whether the stack makes it."""
    for resource in found.values():
        if resource.type == "OS::Neutron::RouterInterface":
            router = _plain(resource.properties.get("router"))
            if isinstance(router, Ref):
                return _text(found[router.key.name].properties.get("name")), True
            return _text(router), False
    return "", False


def _api(found: Resources, url: Any, cidr: str) -> ApiDoor:
    scheme, *_, port = url["list_join"][1]
    balancers = [(name, r) for name, r in found.items() if r.type == _BALANCER]
    listener = next((r for r in found.values() if r.type == _LISTENER), None)
    allowed = (listener.properties.get("allowed_cidrs") or ()) if listener else ()
    provider = _text(balancers[0][1].properties.get("provider")) if balancers else None
    at = balancers[0][0] if balancers else node_id(MASTER, 0, OfNode.PORT)
    return ApiDoor(
        scheme=str(scheme).removesuffix("://"),
        port=str(port).removeprefix(":"),
        balancer=provider,
        allowed=tuple(SUBNET if text in ("", cidr) else text for text in map(_text, allowed)),
        floating_ip=_led_to(found, at),
    )


def _ports(found: Resources, cidr: str) -> Iterator[OpenPort]:
    containers = {
        _text(pair.get("ip_address"))
        for resource in found.values()
        for pair in resource.properties.get("allowed_address_pairs") or ()
    }
    for resource in found.values():
        if resource.type != _RULE:
            continue
        rule = resource.properties
        sender, kind = _sender(rule, cidr, containers)
        first, last = _text(rule.get("port_range_min")), _text(rule.get("port_range_max"))
        yield OpenPort(
            to=GroupKind(_plain(rule["security_group"]).key.name.removesuffix(_GROUP_SUFFIX)),
            sender=sender,
            sender_kind=kind,
            protocol=_text(rule.get("protocol")),
            ports=first if first == last else f"{first}-{last}",
            description=_text(rule.get("description")),
        )


def _sender(rule: Mapping[str, Any], cidr: str, containers: set[str]) -> tuple[str, SenderKind]:
    group, prefix = _plain(rule.get("remote_group")), _plain(rule.get("remote_ip_prefix"))
    if isinstance(group, Ref):
        name = group.key.name.removesuffix(_GROUP_SUFFIX)
        return name if name == BASTION else f"{name}s", SenderKind.CLUSTER
    if isinstance(prefix, Attr) or (cidr and prefix == cidr):
        return SUBNET, SenderKind.CLUSTER
    text = _text(prefix)
    if text in containers:
        return CONTAINERS, SenderKind.CLUSTER
    return ("anyone", SenderKind.ANYONE) if text in _ANYONE else (text, SenderKind.RANGE)


def _rows(flat: Mapping[Key, Flat], roles: Mapping[str, tuple[int, ...]]) -> Iterator[ResourceRow]:
    """A row for each resource, one for those that the nodes of a group have alike."""
    names = {key.name: _folded(key.name, resource, roles) for key, resource in flat.items()}
    kinds: dict[str, str] = {}
    indexes: dict[str, dict[int, None]] = {}
    needs: dict[str, dict[str, None]] = {}
    for key, resource in flat.items():
        name, index = names[key.name]
        kinds.setdefault(name, resource.type)
        indexes.setdefault(name, {}).update({} if index is None else {index: None})
        used = (s.key.name for s in symbols(resource.properties) if isinstance(s, Ref | Attr))
        for needed in (*used, *resource.depends_on):
            if (other := names.get(needed, (needed, None))[0]) != name:
                needs.setdefault(name, {})[other] = None
    for name, kind in kinds.items():
        yield ResourceRow(name, kind, tuple(indexes[name]), tuple(needs.get(name, ())))


def _folded(name: str, resource: Flat, roles: Mapping[str, tuple[int, ...]]) -> tuple[str, int | None]:
    """The row of a resource, and its node's index; a rule may end in a number too."""
    parsed = None if resource.type == _RULE else parse_node_id(name)
    if parsed is None or parsed[0] not in roles:
        return name, None
    role, index, what = parsed
    return f"{role}-#-{what}" if what else f"{role}-#", index


def _plain(value: Any) -> Any:
    while isinstance(value, Param):
        value = value.value
    return value


def _text(value: Any) -> str:
    """A value as text; empty for one that only Heat knows."""
    value = _plain(value)
    return str(value) if isinstance(value, str | int | float) else ""

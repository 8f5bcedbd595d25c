"""What a compiled template asks of each service, summed from the template itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from jeroboam.hot.contract import FURTHER_PORTS, parse_node_id

Template = Mapping[str, Any]


class Placement(NamedTuple):
    """Where servers go: a flavor, and a zone of Nova or None for any."""

    flavor: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class Demand:
    """Counts, by Heat's resource types and what these make in other services.

    `servers` is negative for a flavor that a difference uses less: a resize gives its share back.
    `volumes` and `gigabytes` are by volume type, None for the cloud's default; boot volumes are in them.
    `further_ports` are those of `ports` that are not on the cluster's network.
    `template_characters` and `request_bytes` are what heat-api measures.
    """

    servers: Mapping[Placement, int] = field(default_factory=dict)
    volumes: Mapping[str | None, int] = field(default_factory=dict)
    gigabytes: Mapping[str | None, int] = field(default_factory=dict)
    largest_volume: int = 0
    ports: int = 0
    further_ports: int = 0
    router_interfaces: int = 0
    floating_ips: int = 0
    networks: int = 0
    subnets: int = 0
    routers: int = 0
    security_groups: int = 0
    security_group_rules: int = 0
    load_balancers: int = 0
    listeners: int = 0
    pools: int = 0
    members: int = 0
    health_monitors: int = 0
    server_groups: int = 0
    largest_server_group: int = 0
    most_metadata: int = 0
    resources: int = 0
    template_characters: int = 0
    request_bytes: int = 0

    @property
    def instances(self) -> int:
        """Servers that come on top; one that moves to another zone is made before the old one goes."""
        by_zone: Counter[str | None] = Counter()
        for place, count in self.servers.items():
            by_zone[place.zone] += count
        return sum(max(count, 0) for count in by_zone.values())

    def __sub__(self, other: Demand) -> Demand:
        """What this asks for beyond `other`: no count below 0, save servers of a flavor."""
        differences: dict[str, Any] = {}
        for name in (f.name for f in fields(self)):
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, int):
                differences[name] = max(mine - theirs, 0)
                continue
            each = {key: mine.get(key, 0) - theirs.get(key, 0) for key in {**mine, **theirs}}
            if name != "servers":
                each = {key: max(count, 0) for key, count in each.items()}
            differences[name] = {key: count for key, count in each.items() if count}
        return Demand(**differences)


_COUNTED = {
    "OS::Neutron::Port": "ports",
    "OS::Neutron::RouterInterface": "router_interfaces",
    "OS::Neutron::FloatingIP": "floating_ips",
    "OS::Neutron::Net": "networks",
    "OS::Neutron::Subnet": "subnets",
    "OS::Neutron::Router": "routers",
    "OS::Neutron::SecurityGroup": "security_groups",
    "OS::Neutron::SecurityGroupRule": "security_group_rules",
    "OS::Octavia::LoadBalancer": "load_balancers",
    "OS::Octavia::Listener": "listeners",
    "OS::Octavia::Pool": "pools",
    "OS::Octavia::PoolMember": "members",
    "OS::Octavia::HealthMonitor": "health_monitors",
    "OS::Nova::ServerGroup": "server_groups",
}
_LOOKED_INTO = frozenset({"OS::Nova::Server", "OS::Cinder::Volume"})


class _Found(NamedTuple):
    name: str
    type: str
    properties: Mapping[str, Any]


def demand(
    template: Template,
    files: Mapping[str, Template] | None = None,
    parameters: Mapping[str, Any] | None = None,
    present: frozenset[str] | None = None,
) -> Demand:
    """What `template` and the nested ones in `files` (by the type that names each) ask for.

    A parameter has its value of `parameters`, else its default. With `present` only resources of these
    names count: those that a stack has so far.
    """
    children = files or {}
    found = [
        resource
        for resource in _resources(template, children, parameters or {})
        if present is None or resource.name in present
    ]
    counts = Counter(_COUNTED[resource.type] for resource in found if resource.type in _COUNTED)
    servers = [r.properties for r in found if r.type == "OS::Nova::Server"]
    disks = [*_data_disks(found), *(disk for server in servers for disk in _boot_disks(server))]
    volumes = Counter(kind for kind, _ in disks)
    gigabytes: Counter[str | None] = Counter()
    for kind, size in disks:
        gigabytes[kind] += size
    groups = Counter(str(s["scheduler_hints"]["group"]) for s in servers if s.get("scheduler_hints"))
    # A client sends the root as an object, and each file as JSON text.
    body = {"template": template, "files": {name: json.dumps(child) for name, child in children.items()}}
    return Demand(
        servers=Counter(Placement(str(s.get("flavor")), s.get("availability_zone")) for s in servers),
        volumes=volumes,
        gigabytes=gigabytes,
        largest_volume=max((size for _, size in disks), default=0),
        further_ports=sum(_is_further(resource.name) for resource in found),
        server_groups=counts.pop("server_groups", 0),
        largest_server_group=max(groups.values(), default=0),
        most_metadata=max((len(s.get("metadata") or {}) for s in servers), default=0),
        resources=len(found),
        template_characters=len(str(template)),
        request_bytes=len(json.dumps(body)),
        **counts,
    )


def _is_further(resource: str) -> bool:
    node = parse_node_id(resource)
    return node is not None and node[2] in FURTHER_PORTS


def resource_types(template: Template, files: Mapping[str, Template] | None = None) -> frozenset[str]:
    """Every type of Heat's own that the templates use."""
    children = files or {}
    documents = (template, *children.values())
    used = {resource["type"] for document in documents for resource in document["resources"].values()}
    return frozenset(used - children.keys())


def _resources(
    template: Template, files: Mapping[str, Template], parameters: Mapping[str, Any]
) -> Iterator[_Found]:
    declared = template.get("parameters") or {}
    values = {name: parameters.get(name, known.get("default")) for name, known in declared.items()}
    for name, resource in (template.get("resources") or {}).items():
        kind, properties = resource["type"], resource.get("properties") or {}
        if kind in files:
            passed = {key: _resolved(value, values) for key, value in properties.items()}
            yield _Found(name, kind, {})
            yield from _resources(files[kind], files, passed)
        elif kind in _LOOKED_INTO:
            yield _Found(name, kind, {key: _resolved(value, values) for key, value in properties.items()})
        else:
            yield _Found(name, kind, {})


def _resolved(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if value.keys() == {"get_param"} and isinstance(value["get_param"], str):
            return parameters.get(value["get_param"])
        return {key: _resolved(item, parameters) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_resolved(item, parameters) for item in value]
    return value


def _data_disks(found: list[_Found]) -> Iterator[tuple[str | None, int]]:
    for resource in found:
        if resource.type == "OS::Cinder::Volume":
            yield resource.properties.get("volume_type"), int(resource.properties["size"])


def _boot_disks(server: Mapping[str, Any]) -> Iterator[tuple[str | None, int]]:
    for disk in server.get("block_device_mapping_v2") or ():
        if disk.get("volume_size") and "volume_id" not in disk:
            yield disk.get("volume_type"), int(disk["volume_size"])

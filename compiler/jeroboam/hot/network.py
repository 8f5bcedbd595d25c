"""The nodes' network: created by the stack, or an existing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jeroboam.hot.contract import MASTER, OfNode, node_id
from jeroboam.hot.parameters import named
from jeroboam.hot.types import GetAttr, Parameter, Resource, Value
from jeroboam.spec.types import ClusterSpec


class Part(NamedTuple):
    """Parameters and resources that belong together, in the order they are written."""

    parameters: tuple[Parameter, ...] = ()
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """What the rest of the template needs of the network; `gateway` are ids that outside access waits for.

    `network`, `subnet` and `external` may be names; `subnet_id` and `external_id` are ids, but for an
    external network that no router of the stack leads to.
    """

    network: Value
    subnet: Value
    subnet_id: Value
    cidr: Value
    external: Value | None
    external_id: Value | None
    gateway: tuple[str, ...]


def network(spec: ClusterSpec) -> tuple[Part, Attachment]:
    """The network's part of the template and how nodes attach to it."""
    external = _external(spec)
    if spec.network.fixed_network is not None:
        return _brought(spec, external)
    return _made(spec, external)


def _external(spec: ClusterSpec) -> Parameter | None:
    if spec.network.external_network is None:
        return None
    description = "Network for floating IPs and the router's gateway, name or id."
    wanted = spec.network.external_network
    return named("external_network", "External network", description, wanted, "neutron.network")


def _brought(spec: ClusterSpec, external: Parameter | None) -> tuple[Part, Attachment]:
    assert spec.network.fixed_network is not None
    assert spec.network.fixed_subnet is not None
    fixed_network = named(
        "fixed_network",
        "Network",
        "Existing network of the nodes, name or id.",
        spec.network.fixed_network,
        "neutron.network",
    )
    fixed_subnet = named(
        "fixed_subnet",
        "Subnet",
        "Existing subnet of the nodes, name or id.",
        spec.network.fixed_subnet,
        "neutron.subnet",
    )
    # Only Neutron knows the id and range of a subnet that the spec merely names; any port on it can tell.
    subnet = GetAttr(node_id(MASTER, 0, OfNode.PORT), ("subnets", 0))
    cidr: Value = GetAttr(subnet.id, (*subnet.path, "cidr"))
    if spec.network.cidr is not None:
        cidr = str(spec.network.cidr)
    parameters = (fixed_network, fixed_subnet, *(() if external is None else (external,)))
    return Part(parameters), Attachment(
        network=fixed_network.ref,
        subnet=fixed_subnet.ref,
        subnet_id=GetAttr(subnet.id, (*subnet.path, "id")),
        cidr=cidr,
        external=external.ref if external else None,
        external_id=external.ref if external else None,
        gateway=(),
    )


def _made(spec: ClusterSpec, external: Parameter | None) -> tuple[Part, Attachment]:
    wanted = spec.network
    net = Resource(
        id="network",
        type="OS::Neutron::Net",
        # Net has no property of its own for the MTU; value_specs pass it to Neutron as it is.
        properties={
            "name": spec.name,
            **({"value_specs": {"mtu": wanted.mtu}} if wanted.mtu is not None else {}),
            **({} if wanted.port_security else {"port_security_enabled": False}),
        },
        origin="/network",
    )
    subnet = Resource(
        id="subnet",
        type="OS::Neutron::Subnet",
        properties={
            "name": spec.name,
            "network": net.ref,
            "cidr": str(wanted.cidr),
            "ip_version": 4,
            **({"dns_nameservers": list(wanted.dns_nameservers)} if wanted.dns_nameservers else {}),
        },
        origin="/network/cidr",
    )
    routing = _routing(spec, subnet, external)
    parameters = (*(() if external is None else (external,)), *routing.parameters)
    return Part(parameters, (net, subnet, *routing.resources)), Attachment(
        network=net.ref,
        subnet=subnet.ref,
        subnet_id=subnet.ref,
        cidr=str(wanted.cidr),
        external=external.ref if external else None,
        external_id=_external_id(routing.resources, external),
        gateway=tuple(r.id for r in routing.resources if r.type == "OS::Neutron::RouterInterface"),
    )


def _external_id(routing: tuple[Resource, ...], external: Parameter | None) -> Value | None:
    if routing and routing[0].type == "OS::Neutron::Router":
        return routing[0].attr("external_gateway_info", "network_id")
    return external.ref if external else None


def _routing(spec: ClusterSpec, subnet: Resource, external: Parameter | None) -> Part:
    """The router: an existing one, one of the stack's own, or none for a network that stays closed."""

    def interface(router: Value) -> Resource:
        return Resource(
            id="router-interface",
            type="OS::Neutron::RouterInterface",
            properties={"router": router, "subnet": subnet.ref},
            origin="/network",
        )

    if spec.network.router is not None:
        description = "Existing router of the cluster's subnet, name or id."
        existing = named("router", "Router", description, spec.network.router, "neutron.router")
        return Part((existing,), (interface(existing.ref),))
    if external is None:
        return Part()
    router = Resource(
        id="router",
        type="OS::Neutron::Router",
        properties={"name": spec.name, "external_gateway_info": {"network": external.ref}},
        origin="/network/external_network",
    )
    return Part((), (router, interface(router.ref)))

"""The nodes of one role: ports, volumes, servers, their shared user data, and the wait for their signals."""

from __future__ import annotations

from jeroboam.hot.balancer import Api, associated, floating_ip_of
from jeroboam.hot.contract import (
    FURTHER_PORTS,
    OfNode,
    OfRole,
    node_id,
    role_id,
    server_name,
)
from jeroboam.hot.facts import hot_value
from jeroboam.hot.network import Attachment, Part
from jeroboam.hot.parameters import OUT, named
from jeroboam.hot.security import group_id
from jeroboam.hot.types import (
    GetParam,
    GetResource,
    ListJoin,
    NotIn,
    Parameter,
    Resource,
    StrReplace,
    Value,
)
from jeroboam.model.types import (
    ClusterModel,
    HeatFact,
    HeatValue,
    Role,
    SecretRef,
    UserData,
    keypair_parameter,
)
from jeroboam.spec.metadata import CLUSTER_METADATA, GROUP_METADATA
from jeroboam.spec.types import FurtherPortSpec, VolumeSpec


def role_parameters(role: Role) -> tuple[Parameter, ...]:
    """Image, flavor and volume types of a role."""
    prefix = role.name.replace("-", "_")
    of = f"of {role.name}"
    boots_from = "Image that the nodes boot from, name or id."
    resizes = "Flavor of the nodes; changing it resizes them."
    return (
        named(f"{prefix}_image", f"Image {of}", boots_from, role.node.image, "glance.image"),
        named(f"{prefix}_flavor", f"Flavor {of}", resizes, role.node.flavor, "nova.flavor"),
        *(
            named(
                f"{prefix}_{purpose}_volume_type",
                f"Type of the {purpose} volumes {of}",
                "Volume type, name or id.",
                volume.type,
                "cinder.vtype",
            )
            for purpose, volume in _volumes(role)
            if volume.type is not None
        ),
        *(parameter for what, port in _further(role) for parameter in _port_parameters(role, what, port)),
    )


def _further(role: Role) -> tuple[tuple[OfNode, FurtherPortSpec], ...]:
    return tuple(zip(FURTHER_PORTS, role.node.ports, strict=False))


def _port_parameters(role: Role, what: OfNode, port: FurtherPortSpec) -> tuple[Parameter, ...]:
    network, subnet = _port_names(role, what)
    described = f"{what} of {role.name}"
    on = named(
        network, f"Network of {described}", "Existing network, name or id.", port.network, "neutron.network"
    )
    if port.subnet is None:
        return (on,)
    label, description = f"Subnet of {described}", "Existing subnet of that network, name or id."
    return (on, named(subnet, label, description, port.subnet, "neutron.subnet"))


def _port_names(role: Role, what: OfNode) -> tuple[str, str]:
    """The parameters with a further port's network and subnet."""
    prefix = f"{role.name.replace('-', '_')}_{what}"
    return f"{prefix}_network", f"{prefix}_subnet"


def compute(model: ClusterModel, role: Role, user_data: UserData, attachment: Attachment, api: Api) -> Part:
    """Everything of one role; a role without nodes is nothing at all."""
    if not role.indexes:
        return Part()
    config = Resource(
        id=role_id(role.name, OfRole.CONFIG),
        type="OS::Heat::SoftwareConfig",
        properties={"group": "ungrouped", "config": _config(model, role, user_data, attachment, api)},
        origin=role.origin,
    )
    servers = [_node(model, role, index, config, attachment) for index in role.indexes]
    return Part(
        role_parameters(role),
        (
            *_server_group(model, role),
            _handle(role, OfRole.READY_HANDLE),
            _handle(role, OfRole.PROGRESS_HANDLE),
            config,
            *(resource for node in servers for resource in node),
            _ready(model, role),
        ),
    )


def _volumes(role: Role) -> tuple[tuple[str, VolumeSpec], ...]:
    wanted = (
        ("boot", role.node.boot_volume),
        ("etcd", role.etcd_volume),
        ("docker", role.node.docker_volume),
    )
    return tuple((purpose, volume) for purpose, volume in wanted if volume is not None)


def _config(model: ClusterModel, role: Role, user_data: UserData, attachment: Attachment, api: Api) -> Value:
    # Only the tail that is meant for Heat is searched, so nothing a spec says can pose as a placeholder.
    return ListJoin(
        "",
        (
            user_data.fixed,
            StrReplace(
                user_data.heat,
                tuple(
                    (
                        placeholder,
                        _escaped(
                            value, hot_value(value, model, role, user_data.digest, attachment, api), user_data
                        ),
                    )
                    for placeholder, value in user_data.placeholders.items()
                ),
            ),
        ),
    )


def _escaped(value: HeatValue, hot: Value, user_data: UserData) -> Value:
    # A secret is base64, a digest hexadecimal: every document holds them as they are.
    if not user_data.escapes or isinstance(value, SecretRef) or value in (HeatFact.CONFIG, HeatFact.SECRETS):
        return hot
    # While Heat validates, an attribute is nothing yet; joined it is text, which a template has to be.
    return StrReplace(ListJoin("", (hot,)), user_data.escapes)


def _server_group(model: ClusterModel, role: Role) -> tuple[Resource, ...]:
    if role.node.server_group_policy is None:
        return ()
    return (
        Resource(
            id=role_id(role.name, OfRole.SERVER_GROUP),
            type="OS::Nova::ServerGroup",
            properties={
                "name": f"{model.spec.name}-{role.name}",
                "policies": [role.node.server_group_policy],
            },
            origin=f"{role.origin}/server_group_policy",
        ),
    )


def _handle(role: Role, what: OfRole) -> Resource:
    # The one transport whose credentials never expire: nodes added months later still signal.
    return Resource(
        id=role_id(role.name, what),
        type="OS::Heat::WaitConditionHandle",
        properties={"signal_transport": "HEAT_SIGNAL"},
        origin=role.origin,
    )


def _ready(model: ClusterModel, role: Role) -> Resource:
    return Resource(
        id=role_id(role.name, OfRole.READY),
        type="OS::Heat::WaitCondition",
        properties={
            "handle": GetResource(role_id(role.name, OfRole.READY_HANDLE)),
            "count": len(role.indexes),
            "timeout": model.spec.timeouts.node_bootstrap_minutes * 60,
        },
        depends_on=tuple(node_id(role.name, index) for index in role.indexes),
        # Heat replaces one that failed; deleting the old would wipe what all nodes signalled (handle_delete).
        deletion_policy="retain",
        origin=role.origin,
    )


def _node(
    model: ClusterModel, role: Role, index: int, config: Resource, attachment: Attachment
) -> tuple[Resource, ...]:
    port = _port(model, role, index, attachment)
    ports = (port, *(_further_port(model, role, index, what, spec) for what, spec in _further(role)))
    server = _server(model, role, index, config, ports)
    return (
        *ports,
        server,
        *_data_volumes(model, role, index, server),
        *_floating_ip(model, role, index, port, attachment),
    )


def _port(model: ClusterModel, role: Role, index: int, attachment: Attachment) -> Resource:
    secured: dict[str, Value] = {}
    if model.spec.network.port_security:
        secured["security_groups"] = [GetResource(group_id(role.kind)), *role.node.security_groups]
        if role.routed_cidrs:
            secured["allowed_address_pairs"] = [{"ip_address": str(cidr)} for cidr in role.routed_cidrs]
    return Resource(
        id=node_id(role.name, index, OfNode.PORT),
        type="OS::Neutron::Port",
        properties={
            "name": server_name(model.spec.name, role.name, index),
            "network": attachment.network,
            "fixed_ips": [{"subnet": attachment.subnet}],
            **secured,
        },
        depends_on=attachment.gateway,
        origin=role.origin,
    )


def _further_port(
    model: ClusterModel, role: Role, index: int, what: OfNode, spec: FurtherPortSpec
) -> Resource:
    network, subnet = _port_names(role, what)
    properties: dict[str, Value] = {
        "name": f"{server_name(model.spec.name, role.name, index)}-{what}",
        "network": GetParam(network),
    }
    if spec.subnet is not None:
        properties["fixed_ips"] = [{"subnet": GetParam(subnet)}]
    if spec.vnic_type != "normal":
        properties["binding:vnic_type"] = spec.vnic_type
    if spec.security_groups:
        properties["security_groups"] = list(spec.security_groups)
    if not spec.port_security:
        properties["port_security_enabled"] = False
    return Resource(
        id=node_id(role.name, index, what),
        type="OS::Neutron::Port",
        properties=properties,
        origin=f"{role.origin}/ports/{FURTHER_PORTS.index(what)}",
    )


def _server(
    model: ClusterModel, role: Role, index: int, config: Resource, ports: tuple[Resource, ...]
) -> Resource:
    spec, node = model.spec, role.node
    prefix = role.name.replace("-", "_")
    image = GetParam(f"{prefix}_image")
    properties: dict[str, Value] = {"name": server_name(model.spec.name, role.name, index)}
    if node.boot_volume is None:
        properties["image"] = image
    else:
        disk: dict[str, Value] = {
            "boot_index": 0,
            "device_type": "disk",
            "image": image,
            "volume_size": node.boot_volume.size,
            "delete_on_termination": True,
        }
        if node.boot_volume.type is not None:
            disk["volume_type"] = GetParam(f"{prefix}_boot_volume_type")
        properties["block_device_mapping_v2"] = [disk]
    properties["flavor"] = GetParam(f"{prefix}_flavor")
    properties["flavor_update_policy"] = "RESIZE"
    properties["key_name"] = GetParam(keypair_parameter(role.kind))
    if node.availability_zones:
        properties["availability_zone"] = _spread(node.availability_zones, index)
    if node.server_group_policy is not None:
        properties["scheduler_hints"] = {"group": GetResource(role_id(role.name, OfRole.SERVER_GROUP))}
    if node.config_drive:
        properties["config_drive"] = True
    properties |= {
        "networks": [{"port": port.ref} for port in ports],
        "metadata": {
            **node.server_metadata,
            CLUSTER_METADATA: spec.name,
            GROUP_METADATA: role.name,
        },
        "user_data_format": "RAW",
        "user_data": config.ref,
        "user_data_update_policy": "IGNORE",
    }
    return Resource(
        id=node_id(role.name, index),
        type="OS::Nova::Server",
        properties=properties,
        condition=_is_in(role, index),
        origin=role.origin,
    )


def _is_in(role: Role, index: int) -> NotIn:
    return NotIn(node_id(role.name, index), OUT.ref)


def _spread(zones: tuple[str, ...], index: int) -> str:
    return zones[index % len(zones)]


def _data_volumes(model: ClusterModel, role: Role, index: int, server: Resource) -> tuple[Resource, ...]:
    prefix = role.name.replace("-", "_")
    resources: list[Resource] = []
    for purpose, volume in _volumes(role):
        if purpose == "boot":
            continue
        properties: dict[str, Value] = {
            "name": f"{server_name(model.spec.name, role.name, index)}-{purpose}",
            "size": volume.size,
        }
        if volume.type is not None:
            properties["volume_type"] = GetParam(f"{prefix}_{purpose}_volume_type")
        if volume.availability_zones:
            properties["availability_zone"] = _spread(volume.availability_zones, index)
        name = node_id(role.name, index, OfNode(f"{purpose}-volume"))
        resources += [
            Resource(
                id=name,
                type="OS::Cinder::Volume",
                properties=properties,
                # The cluster's state is worth more than a tidy project: Heat never deletes it.
                deletion_policy="retain" if purpose == "etcd" else None,
                origin=f"{role.origin}/{purpose}_volume",
            ),
            Resource(
                id=node_id(role.name, index, OfNode(f"{purpose}-volume-attachment")),
                type="OS::Cinder::VolumeAttachment",
                properties={"instance_uuid": server.ref, "volume_id": GetResource(name)},
                condition=_is_in(role, index),
                origin=f"{role.origin}/{purpose}_volume",
            ),
        ]
    return tuple(resources)


def _floating_ip(
    model: ClusterModel, role: Role, index: int, port: Resource, attachment: Attachment
) -> tuple[Resource, ...]:
    own = node_id(role.name, index, OfNode.FLOATING_IP)
    if role.node.existing_floating_ips:
        given = role.node.existing_floating_ips[index]
        return (associated(own, given, port.ref, attachment, f"{role.origin}/existing_floating_ips"),)
    if attachment.external is None or floating_ip_of(model.spec, role, index) != own:
        return ()
    return (
        Resource(
            id=own,
            type="OS::Neutron::FloatingIP",
            properties={"floating_network": attachment.external, "port_id": port.ref},
            depends_on=attachment.gateway,
            origin=f"{role.origin}/floating_ip",
        ),
    )

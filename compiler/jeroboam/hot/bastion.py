"""The bastion's server, on the nodes' network, in a security group of its own. Nothing waits for it."""

from __future__ import annotations

from typing import NamedTuple

from jeroboam.hot.balancer import associated
from jeroboam.hot.contract import BASTION, bastion_name
from jeroboam.hot.network import Attachment, Part
from jeroboam.hot.parameters import named
from jeroboam.hot.security import group_id
from jeroboam.hot.types import GetResource, Resource, Value
from jeroboam.model.types import ClusterModel, PeerKind, UserData
from jeroboam.spec.metadata import CLUSTER_METADATA, GROUP_METADATA
from jeroboam.spec.types import BastionSpec

_AT = "/bastion"


class Bastion(NamedTuple):
    """Its share of a template, and the address that users log in at; None where there is none."""

    part: Part
    address: Value | None


def bastion(model: ClusterModel, user_data: UserData | None, attachment: Attachment) -> Bastion:
    """Its port, server and floating IP; nothing of them where the spec has no bastion."""
    spec = model.spec.bastion
    if spec is None or user_data is None:
        return Bastion(Part(), None)
    image = named("bastion_image", "Image of the bastion", "Image, name or id.", spec.image, "glance.image")
    resizes = "Flavor of the bastion; changing it resizes it."
    flavor = named("bastion_flavor", "Flavor of the bastion", resizes, spec.flavor, "nova.flavor")
    # Not a keypair of the nodes': the comment of these opens the cluster's secrets.
    described = "Keypair whose public key may log in to the bastion."
    own = model.spec.keypair
    keypair = named("bastion_keypair", "Keypair of the bastion", described, own or "", "nova.keypair")
    groups: dict[str, Value] = {"security_groups": [GetResource(group_id(PeerKind.BASTION))]}
    name = bastion_name(model.spec.name)
    port = Resource(
        id=f"{BASTION}-port",
        type="OS::Neutron::Port",
        properties={
            "name": name,
            "network": attachment.network,
            "fixed_ips": [{"subnet": attachment.subnet}],
            **(groups if model.spec.network.port_security else {}),
        },
        depends_on=attachment.gateway,
        origin=_AT,
    )
    server = Resource(
        id=BASTION,
        type="OS::Nova::Server",
        properties={
            "name": name,
            "image": image.ref,
            "flavor": flavor.ref,
            "flavor_update_policy": "RESIZE",
            **({} if own is None else {"key_name": keypair.ref}),
            **({"availability_zone": spec.availability_zone} if spec.availability_zone else {}),
            "networks": [{"port": port.ref}],
            "metadata": {CLUSTER_METADATA: model.spec.name, GROUP_METADATA: BASTION},
            "user_data_format": "RAW",
            "user_data": user_data.text,
            "user_data_update_policy": "IGNORE",
        },
        origin=_AT,
    )
    floating, address = _floating_ip(spec, port, attachment)
    return Bastion(
        Part((image, flavor, *(() if own is None else (keypair,))), (port, server, *floating)), address
    )


def _floating_ip(
    spec: BastionSpec, port: Resource, attachment: Attachment
) -> tuple[tuple[Resource, ...], Value]:
    """What gives it a floating IP, and the address that it is reached at."""
    own, existing = f"{BASTION}-floating-ip", spec.existing_floating_ip
    if existing is not None:
        origin = f"{_AT}/existing_floating_ip"
        return (associated(own, existing, port.ref, attachment, origin),), str(existing.address)
    if not spec.floating_ip or attachment.external is None:
        return (), port.attr("fixed_ips", 0, "ip_address")
    floating_ip = Resource(
        id=own,
        type="OS::Neutron::FloatingIP",
        properties={"floating_network": attachment.external, "port_id": port.ref},
        depends_on=attachment.gateway,
        origin=f"{_AT}/floating_ip",
    )
    return (floating_ip,), floating_ip.attr("floating_ip_address")

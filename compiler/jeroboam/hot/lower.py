"""ClusterModel and user data to one Template."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.hot.balancer import Api, api, public_address
from jeroboam.hot.bastion import Bastion, bastion
from jeroboam.hot.compute import compute
from jeroboam.hot.contract import BASTION, Identity, OfNode, OutputName, identity_output, node_id
from jeroboam.hot.network import Part, network
from jeroboam.hot.parameters import OUT, RESTORE, keypair, secret, secrets_digest, without_unused
from jeroboam.hot.security import security
from jeroboam.hot.types import (
    GetAttr,
    ListJoin,
    Output,
    ParameterGroup,
    Template,
    Value,
)
from jeroboam.model.types import ClusterModel, Role, RoleKind, UserData


def lower(model: ClusterModel, user_data: Mapping[str, UserData], record: str = "") -> Template:
    """The template of a cluster; `user_data` by role name, and the bastion's.

    `record` are the properties that it is made from.

    Raises ValueError for an id used twice.
    """
    network_part, attachment = network(model.spec)
    endpoint = api(model, attachment)
    entrance = bastion(model, user_data.get(BASTION), attachment)
    nodes = [(role, compute(model, role, user_data[role.name], attachment, endpoint)) for role in model.roles]
    # All of them, also where no node reads one now: Heat refuses a value for a parameter that is not there.
    upkeep = Part((OUT, RESTORE, *map(secrets_digest, RoleKind)))
    secrets = Part((*map(keypair, RoleKind), *map(secret, model.secrets)))
    parts = (
        ("Network", "Networks and subnets of the nodes.", network_part),
        ("Bastion", "Image, flavor and keypair of the bastion.", entrance.part),
        *(
            (f"Nodes: {role.name}", "Image, flavor and volume types of the nodes.", part)
            for role, part in nodes
        ),
        ("Upkeep", "What deployments tell the stack of its nodes, and nodes report.", upkeep),
        ("Secrets", "Sealed values from the secrets file, and the keypairs that open them.", secrets),
    )
    resources = (
        *network_part.resources,
        *security(model, attachment),
        *endpoint.resources,
        *entrance.part.resources,
        *(resource for _, part in nodes for resource in part.resources),
    )
    parameters = tuple(parameter for _, _, part in parts for parameter in part.parameters)
    _refuse_twice([p.name for p in parameters] + [r.id for r in resources])
    template = Template(
        version=model.spec.heat.template_version,
        description=_description(model),
        groups=tuple(
            ParameterGroup(label, description, tuple(p.name for p in part.parameters))
            for label, description, part in parts
            if part.parameters
        ),
        parameters=parameters,
        resources=resources,
        outputs=(*_outputs(model, user_data, endpoint, record), *_bastion_address(entrance)),
    )
    return without_unused(template)


def _refuse_twice(ids: list[str]) -> None:
    # Heat refuses a parameter and a resource of one name ("Duplicate names").
    twice = sorted({name for name in ids if ids.count(name) > 1}) if len(set(ids)) < len(ids) else []
    if twice:
        raise ValueError(f"ids used twice: {', '.join(twice)}")


def _description(model: ClusterModel) -> str:
    spec = model.spec
    made = f"{spec.coe} {model.coe_version} on {spec.distro}, cluster {spec.name}"
    return f"{spec.description}\n\n{made}" if spec.description else made


def _outputs(
    model: ClusterModel, user_data: Mapping[str, UserData], endpoint: Api, record: str
) -> tuple[Output, ...]:
    masters = [role for role in model.roles if role.kind is RoleKind.MASTER]
    groups = [role for role in model.roles if role.kind is RoleKind.WORKER]
    url = ListJoin("", (f"{model.api.scheme}://", endpoint.public_address, f":{model.api.port}"))
    spec = model.spec
    identity = identity_output(Identity(spec.name, spec.coe, spec.distro))
    return (
        Output(OutputName.CLUSTER, "Identity of the cluster.", identity),
        Output(OutputName.SPEC, "Properties of the spec that are not their defaults.", record),
        Output(OutputName.API_ADDRESS, "Address of the cluster's API.", endpoint.public_address),
        Output(OutputName.API_URL, "URL of the cluster's API.", url),
        Output(
            OutputName.COE_VERSION,
            f"Version of {spec.coe} that nodes made from now on get; `jeroboam status` says what each runs.",
            model.coe_version,
        ),
        Output(
            OutputName.NODE_CONFIGS,
            "Digest of the configuration that nodes made from now on get, by role.",
            {role.name: user_data[role.name].digest for role in model.roles if role.indexes},
        ),
        Output(
            OutputName.MASTER_PRIVATE_ADDRESSES,
            "Fixed IPs of the masters.",
            [_private(role, index) for role in masters for index in role.indexes],
        ),
        Output(
            OutputName.MASTER_PUBLIC_ADDRESSES,
            "Floating IPs of the masters, if they have their own.",
            [address for role in masters for address in _public(model, role)],
        ),
        Output(
            OutputName.NODE_PRIVATE_ADDRESSES,
            "Fixed IPs of the nodes, by node group.",
            {role.name: [_private(role, index) for index in role.indexes] for role in groups},
        ),
        Output(
            OutputName.NODE_PUBLIC_ADDRESSES,
            "Floating IPs of the nodes, by node group, if they have any.",
            {role.name: _public(model, role) for role in groups},
        ),
    )


def _bastion_address(entrance: Bastion) -> tuple[Output, ...]:
    if entrance.address is None:
        return ()
    description = "Address of the bastion, which logins to the nodes go through."
    return (Output(OutputName.BASTION_ADDRESS, description, entrance.address),)


def _private(role: Role, index: int) -> Value:
    return GetAttr(node_id(role.name, index, OfNode.PORT), ("fixed_ips", 0, "ip_address"))


def _public(model: ClusterModel, role: Role) -> list[Value]:
    found = (public_address(model.spec, role, index) for index in role.indexes)
    return [address for address in found if address is not None]

"""What each HeatValue of the model is in HOT."""

from __future__ import annotations

from jeroboam.hot.balancer import Api, master_address
from jeroboam.hot.contract import OfNode, OfRole, node_id, role_id
from jeroboam.hot.network import Attachment
from jeroboam.hot.parameters import RESTORE
from jeroboam.hot.types import GetAttr, GetParam, GetResource, ListJoin, StrReplace, Value
from jeroboam.model.types import (
    ClusterModel,
    HeatFact,
    HeatValue,
    Role,
    RoleKind,
    SecretRef,
    secrets_parameter,
)


def hot_value(
    value: HeatValue, model: ClusterModel, role: Role, config: str, attachment: Attachment, api: Api
) -> Value:
    """The HOT expression that yields `value` for the nodes of `role`, which are made from `config`."""
    match value:
        case SecretRef(name):
            return GetParam(name)
        case HeatFact.CONFIG:
            return config
        case HeatFact.SECRETS:
            return GetParam(secrets_parameter(role.kind))
        case HeatFact.API_ADDRESS:
            return api.private_address
        case HeatFact.API_PUBLIC_ADDRESS:
            return api.public_address
        case HeatFact.MASTER_ADDRESSES:
            masters = next(r for r in model.roles if r.kind is RoleKind.MASTER)
            return _indexed([(index, master_address(index)) for index in masters.indexes])
        case HeatFact.SUBNET_CIDR:
            return attachment.cidr
        case HeatFact.ETCD_VOLUMES:
            return _volumes(role, OfNode.ETCD_VOLUME) if role.etcd_volume else ""
        case HeatFact.DOCKER_VOLUMES:
            return _volumes(role, OfNode.DOCKER_VOLUME) if role.node.docker_volume else ""
        case HeatFact.SIGNAL:
            return GetAttr(role_id(role.name, OfRole.READY_HANDLE), ("signal",))
        case HeatFact.PROGRESS:
            return GetAttr(role_id(role.name, OfRole.PROGRESS_HANDLE), ("signal",))
        case HeatFact.SUBNET_ID:
            return attachment.subnet_id
        case HeatFact.RESTORE:
            return RESTORE.ref
        case HeatFact.EXTERNAL_NETWORK:
            return _external(api.external_network)


def _external(network: Value | None) -> Value:
    if isinstance(network, GetParam):
        # A name can be anything; it stands between single quotes on the node.
        return StrReplace(network, (("'", "'\\''"),))
    return network if network is not None else ""


def _indexed(pairs: list[tuple[int, Value]]) -> Value:
    return ListJoin(" ", tuple(ListJoin("=", (str(index), value)) for index, value in pairs))


def _volumes(role: Role, what: OfNode) -> Value:
    return _indexed([(i, GetResource(node_id(role.name, i, what))) for i in role.indexes])

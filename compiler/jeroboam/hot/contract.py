"""The contract between a template and its deployment: ids, names and outputs, and the stack's identity.

A name is made and read here alone; each `parse_…` gives back what the function before it was given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

STACK_TAG = "jeroboam"
"""Tag that identifies stacks created by Jeroboam."""
MASTER = "master"
"""The role of masters; every other one is a node group."""
BASTION = "bastion"
"""The server that logins to the nodes go through, which is no node."""


class OfRole(StrEnum):
    """Resources of which each role has one."""

    CONFIG = "config"
    SERVER_GROUP = "server-group"
    READY = "ready"
    READY_HANDLE = "ready-handle"
    PROGRESS_HANDLE = "progress-handle"


class OfNode(StrEnum):
    """Resources of which each node has one."""

    SERVER = ""
    PORT = "port"
    PORT_2, PORT_3, PORT_4, PORT_5 = "port2", "port3", "port4", "port5"
    PORT_6, PORT_7, PORT_8 = "port6", "port7", "port8"
    FLOATING_IP = "floating-ip"
    API_MEMBER = "api-member"
    ETCD_VOLUME = "etcd-volume"
    ETCD_ATTACHMENT = "etcd-volume-attachment"
    DOCKER_VOLUME = "docker-volume"
    DOCKER_ATTACHMENT = "docker-volume-attachment"


FURTHER_PORTS = (
    *(OfNode.PORT_2, OfNode.PORT_3, OfNode.PORT_4, OfNode.PORT_5),
    *(OfNode.PORT_6, OfNode.PORT_7, OfNode.PORT_8),
)
"""Those besides the one on the cluster's network, as many as the schema lets a node have."""


class OutputName(StrEnum):
    """Outputs of a stack."""

    CLUSTER = "jeroboam_cluster"
    SPEC = "jeroboam_spec"
    API_ADDRESS = "api_address"
    API_URL = "api_url"
    COE_VERSION = "coe_version"
    NODE_CONFIGS = "node_configs"
    HELD_NODES = "held_nodes"
    MASTER_PRIVATE_ADDRESSES = "master_private_addresses"
    MASTER_PUBLIC_ADDRESSES = "master_public_addresses"
    NODE_PRIVATE_ADDRESSES = "node_private_addresses"
    NODE_PUBLIC_ADDRESSES = "node_public_addresses"
    BASTION_ADDRESS = "bastion_address"


@dataclass(frozen=True, slots=True)
class Identity:
    """The cluster that a stack is; `name` is the prefix of its servers' names, usually the stack's name."""

    name: str
    coe: str
    distro: str


# In the characters that a role has, since what bears a cluster's name may be deleted by it.
_OF_NODE = re.compile(rf"(?P<role>[a-z0-9-]+)-(?P<index>\d+)(?:-(?P<what>{'|'.join(filter(None, OfNode))}))?")


def role_id(role: str, what: OfRole) -> str:
    """The id of a role's resource."""
    return f"{role}-{what}"


def parse_role_id(resource: str) -> tuple[str, OfRole] | None:
    """Role and kind of a resource, None where it is no role's."""
    what = next((kind for kind in OfRole if resource.endswith(f"-{kind}")), None)
    return (resource.removesuffix(f"-{what}"), what) if what else None


def role_of(resource: str) -> str:
    """The role whose resource it is; the name itself where it is no role's."""
    found = parse_role_id(resource)
    return found[0] if found else resource


def parse_handle(resource: str) -> tuple[str, OfRole] | None:
    """The same for the two that nodes report on, None for every other resource."""
    found = parse_role_id(resource)
    return found if found and found[1] in (OfRole.READY_HANDLE, OfRole.PROGRESS_HANDLE) else None


def node_id(role: str, index: int, what: OfNode = OfNode.SERVER) -> str:
    """The id of a node's resource."""
    return f"{role}-{index}-{what}" if what else f"{role}-{index}"


def parse_node_id(resource: str) -> tuple[str, int, OfNode] | None:
    """Role, index and kind of a resource, None where it is no node's."""
    found = _OF_NODE.fullmatch(resource)
    return (found["role"], int(found["index"]), OfNode(found["what"] or "")) if found else None


def server_name(cluster: str, role: str, index: int) -> str:
    """The server's name, the node's host name, and its id when it signals."""
    return f"{cluster}-{node_id(role, index)}"


def bastion_name(cluster: str) -> str:
    """The name of the bastion's server."""
    return f"{cluster}-{BASTION}"


def cluster_of(server: str, resource: str) -> str | None:
    """The cluster of a server by its name and the id of its resource, None where they do not fit."""
    ending = f"-{resource}"
    return server.removesuffix(ending) if resource and server.endswith(ending) else None


def identity_output(identity: Identity) -> Mapping[str, str]:
    """The value of the output `CLUSTER`."""
    return {"name": identity.name, "coe": identity.coe, "distro": identity.distro}


def parse_identity(value: Any) -> Identity | None:
    """The identity that such a value tells, None where it is none."""
    fields = [value.get(key) for key in ("name", "coe", "distro")] if isinstance(value, Mapping) else [None]
    return Identity(*map(str, fields)) if all(isinstance(field, str) for field in fields) else None

"""Which cluster a stack is, where its API is, and which nodes are out: by its outputs and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jeroboam.deploy.types import Stack
from jeroboam.hot.contract import Identity, OutputName, parse_identity, parse_node_id
from jeroboam.hot.parameters import OUT


class Endpoint(NamedTuple):
    """The API as users reach it; `masters` are the masters' addresses, public ones where there are any."""

    scheme: str
    address: str
    port: int
    masters: tuple[str, ...]


def described(template: Mapping[str, Any]) -> Identity | None:
    """The cluster of a template, None where no compiler of ours wrote it."""
    outputs = template.get("outputs")
    output = outputs.get(OutputName.CLUSTER) if isinstance(outputs, Mapping) else None
    return parse_identity(output.get("value")) if isinstance(output, Mapping) else None


def login(stack: Stack) -> str:
    """How to log in to a node, through the bastion where there is one; the user's name is the image's."""
    through = stack.outputs.get(OutputName.BASTION_ADDRESS)
    return f"ssh -J USER@{through} USER@ADDRESS" if through else "ssh USER@ADDRESS"


def out_of(stack: Stack) -> frozenset[str]:
    """The ids of the nodes that are out, by the stack's parameter."""
    told: Any = stack.parameters.get(OUT.name) or ()
    names = told.split(",") if isinstance(told, str) else told
    return frozenset(name for name in (str(it).strip(" '\"[]") for it in names) if parse_node_id(name))


def endpoint(stack: Stack) -> Endpoint | None:
    """What the outputs say; None while they cannot be told."""
    parts = urlsplit(str(stack.outputs.get(OutputName.API_URL) or ""))
    if not parts.hostname or not parts.port:
        return None
    names = (OutputName.MASTER_PUBLIC_ADDRESSES, OutputName.MASTER_PRIVATE_ADDRESSES)
    listed = (stack.outputs.get(name) for name in names)
    masters = next((tuple(map(str, addresses)) for addresses in listed if addresses), ())
    return Endpoint(parts.scheme, parts.hostname, parts.port, masters)

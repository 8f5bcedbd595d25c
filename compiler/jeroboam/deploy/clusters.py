"""Which cluster a stack is, and where its API is: by what its template and its outputs say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jeroboam.deploy.types import Stack

_DESCRIBED = re.compile(r"^(?P<coe>\S+) \S+ on \S+, cluster (?P<name>\S+)$")


class Cluster(NamedTuple):
    """What a template of ours describes; `name` is what all its servers' names begin with."""

    coe: str
    name: str


class Endpoint(NamedTuple):
    """The API as users reach it; `masters` are the masters' addresses, public ones where there are any."""

    scheme: str
    address: str
    port: int
    masters: tuple[str, ...]


def described(template: Mapping[str, Any]) -> Cluster | None:
    """The cluster of a template, None where no compiler of ours wrote it."""
    last = str(template.get("description") or "").rpartition("\n")[2]
    found = _DESCRIBED.match(last)
    return Cluster(found["coe"], found["name"]) if found else None


def endpoint(stack: Stack) -> Endpoint | None:
    """What the outputs say; None while they cannot be told."""
    parts = urlsplit(str(stack.outputs.get("api_url") or ""))
    if not parts.hostname or not parts.port:
        return None
    listed = (stack.outputs.get(f"master_{kind}_addresses") for kind in ("public", "private"))
    masters = next((tuple(map(str, addresses)) for addresses in listed if addresses), ())
    return Endpoint(parts.scheme, parts.hostname, parts.port, masters)

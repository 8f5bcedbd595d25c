"""Checks a template against the limits of Heat and Nova.

Facts: heat/common/config.py for Heat's default limits; an operator may have changed each of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.hot.contract import BASTION
from jeroboam.model.limits import USER_DATA_BASE64, heat_bytes
from jeroboam.model.types import ClusterModel, HeatFact, UserData
from jeroboam.spec.types import ClusterSpec, NodeSpec

MAX_TEMPLATE_SIZE = 524_288
"""Characters of the parsed template's text form, as heat-api measures a template sent as an object."""
MAX_JSON_BODY_SIZE = 1_048_576
"""Bytes of a whole request: template, files, environment."""
_ENVIRONMENT = 16_384
"""Bytes of a request that are kept for the environment, which is the secrets file."""
_NODE = 512
"""Bytes of a request that any node takes at least: its port and its server take some 800."""
_PORT = 128
"""And that any further port of it takes: some 160."""
MAX_RESOURCES_PER_STACK = 1_000
"""Resources of a stack and of everything nested below it."""


def check_nodes(spec: ClusterSpec) -> tuple[Diagnostic, ...]:
    """Checks the smallest request that so many nodes need, before anything is generated for each of them."""
    groups = ((spec.masters.count, spec.masters.node), *((g.count, g.node) for g in spec.node_groups))
    size = sum(count * _least(node) for count, node in groups)
    if size <= MAX_JSON_BODY_SIZE:
        return ()
    count = sum(count for count, _ in groups)
    return (diagnose("JB0608", "/node_groups", count=count, size=size, limit=MAX_JSON_BODY_SIZE),)


def _least(node: NodeSpec) -> int:
    """The fewest bytes of JSON that a node of these properties takes."""
    metadata = sum(len(key) + len(value) for key, value in node.server_metadata.items())
    return _NODE + _PORT * len(node.ports) + metadata + sum(map(len, node.security_groups))


def check_user_data(model: ClusterModel, user_data: Mapping[str, UserData]) -> tuple[Diagnostic, ...]:
    """Each role's document against Nova's limit, Heat's values counted at their longest, and its alphabet."""
    found = []
    external = model.spec.network.external_network
    carried = [
        d for d in user_data.values() if d.escapes and HeatFact.EXTERNAL_NETWORK in d.placeholders.values()
    ]
    if carried and external and not external.isascii():
        where = "/network/external_network"
        found.append(diagnose("JB0503", where, name=external, distro=model.spec.distro))
    servers = [(role.name, role.origin, heat_bytes(model, role)) for role in model.roles]
    if model.bastion is not None:
        servers.append((BASTION, f"/{BASTION}", 0))
    for name, origin, added in servers:
        size = len(user_data[name].text.encode()) + added
        base64 = -(-size // 3) * 4
        if base64 > USER_DATA_BASE64:
            found.append(diagnose("JB0601", origin, role=name, size=base64, limit=USER_DATA_BASE64))
    return tuple(found)


def check_templates(
    parent: Mapping[str, Any], children: Mapping[str, Mapping[str, Any]], layout: str
) -> tuple[Diagnostic, ...]:
    """Size of each template and of the request, and the number of resources of all together."""
    found = []
    # A client sends the parent as an object, and each child as JSON text (heatclient, template_utils.py).
    files = {name: json.dumps(child) for name, child in children.items()}
    sizes = {"the template": len(str(parent)), **{name: len(text) for name, text in files.items()}}
    for name, size in sizes.items():
        if size > MAX_TEMPLATE_SIZE:
            code = "JB0602" if layout == "single" else "JB0603"
            found.append(diagnose(code, "/node_groups", name=name, size=size, limit=MAX_TEMPLATE_SIZE))
    body = len(json.dumps({"template": parent, "files": files})) + _ENVIRONMENT
    if body > MAX_JSON_BODY_SIZE:
        found.append(diagnose("JB0604", "/node_groups", size=body, limit=MAX_JSON_BODY_SIZE))
    count = sum(len(document["resources"]) for document in (parent, *children.values()))
    if count > MAX_RESOURCES_PER_STACK:
        code = "JB0605" if layout == "single" else "JB0606"
        found.append(diagnose(code, "/node_groups", count=count, limit=MAX_RESOURCES_PER_STACK))
    return tuple(found)

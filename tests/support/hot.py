"""An independent reading of HOT: parsed as Heat parses it, walked for references, resolved for size."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from jeroboam.model.types import RoleKind, secrets_parameter
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS

DIGESTS = frozenset(map(secrets_parameter, RoleKind))
"""Parameters that name sealed secrets by their digest, which `deploy` sets wherever they are read."""
REFERENCES = ("get_param", "get_resource", "get_attr")
PSEUDO_PARAMETERS = frozenset({"OS::stack_name", "OS::stack_id", "OS::project_id", "OS::region"})

LONGEST: Mapping[str, str] = {
    "string": "QUJD" * 250,  # 1,000 base64 characters: more than any name or token has
    "number": "4294967296",
    "boolean": "False",
    "comma_delimited_list": ",".join(["192.0.2.255/32"] * 8),
    "json": json.dumps({"key": "v" * 200}),
}
"""A value for each parameter type, as long as one may reasonably be."""

SIGNAL = json.dumps(
    {
        "auth_url": "https://identity.region-one.example-cloud.example.org:5000/v3",
        "username": "s" * 64,
        "user_id": "f" * 32,
        "password": "p" * 32,
        "project_id": "f" * 32,
        "domain_id": "f" * 32,
        "region_name": "region-one-east-2",
        "alarm_url": "https://orchestration.region-one.example-cloud.example.org:8000/v1/signal/" + "a" * 300,
    }
)
"""A HEAT_SIGNAL handle's `signal` attribute, longer than clouds make them."""


class Reference(NamedTuple):
    """`{function: target}` found at `where`, a slash-separated place in the template."""

    function: str
    target: str
    where: str


@functools.lru_cache(maxsize=64)
def parse(text: str) -> dict[str, Any]:
    """The template as Heat's own loader sees it, dates left as text; shared: whoever changes it copies it."""
    tree = yaml.load(text, Loader=_HeatLoader)
    assert isinstance(tree, dict)
    return tree


class _HeatLoader(yaml.CSafeLoader):
    """The loader of heat.common.template_format: safe, and what looks like a date is text."""

    def _text(self, node: yaml.ScalarNode) -> str:
        return str(self.construct_scalar(node))


_HeatLoader.add_constructor("tag:yaml.org,2002:timestamp", _HeatLoader._text)


def references(node: Any, where: str = "") -> Iterator[Reference]:
    """Every reference below `node`, in document order."""
    if isinstance(node, Mapping):
        if len(node) == 1:
            ((key, value),) = node.items()
            if key in REFERENCES:
                target = value[0] if isinstance(value, list) else value
                if isinstance(target, str):
                    yield Reference(key, target, where)
        for key, value in node.items():
            yield from references(value, f"{where}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from references(value, f"{where}/{index}")


def faults(tree: Mapping[str, Any]) -> list[str]:
    """Names that clash or dangle, parameters that nobody reads; empty for a sound template.

    Those that the secrets file gives are all there, whether a node reads one now or not.
    """
    declared = tree.get("parameters") or {}
    parameters = set(declared)
    resources = set(tree.get("resources") or {})
    found = [f"'{name}' is a parameter and a resource" for name in sorted(parameters & resources)]
    used: set[str] = set()
    for section in ("resources", "outputs", "conditions"):
        for reference in references(tree.get(section) or {}, section):
            if reference.function == "get_param":
                used.add(reference.target)
                known = reference.target in parameters | PSEUDO_PARAMETERS
            else:
                known = reference.target in resources
            if not known:
                found.append(f"{reference.where}: {reference.function} of unknown '{reference.target}'")
    for name, resource in (tree.get("resources") or {}).items():
        needs = resource.get("depends_on") or []
        others = [needs] if isinstance(needs, str) else needs
        found += [f"resources/{name}/depends_on: '{o}'" for o in others if o not in resources or o == name]
    found += [
        f"parameter '{name}' is never read"
        for name in sorted(parameters - used)
        if not declared[name].get("hidden") and name not in (*KEYPAIR_PARAMETERS, *DIGESTS)
    ]
    groups = [name for group in tree.get("parameter_groups") or [] for name in group["parameters"]]
    found += [f"parameter group names unknown '{name}'" for name in sorted(set(groups) - parameters)]
    found += [
        f"parameter '{name}' is in two groups" for name in sorted({n for n in groups if groups.count(n) > 1})
    ]
    return found


_COMPARED = (
    "direction", "ethertype", "port_range_max", "port_range_min", "protocol", "remote_group",
    "remote_ip_prefix", "security_group",
)  # fmt: skip
"""What Neutron tells security group rules by: `_rule_to_key` of neutron/db/securitygroups_db.py."""


def conflicts(tree: Mapping[str, Any]) -> list[str]:
    """What Neutron would answer 409 to, and Octavia 400: rules that are one, ports with two floating IPs."""
    found: list[str] = []
    seen: dict[str, str] = {}
    for name, resource in (tree.get("resources") or {}).items():
        properties = resource.get("properties") or {}
        if resource["type"] == "OS::Neutron::SecurityGroupRule":
            key = str([properties.get(one) for one in _COMPARED])
        elif resource["type"] == "OS::Neutron::FloatingIP":
            key = str(properties["port_id"])
        else:
            if any(isinstance(cidr, str) and ":" in cidr for cidr in properties.get("allowed_cidrs", ())):
                found.append(f"'{name}' allows a range of another family than its VIP's")
            continue
        if seen.setdefault(key, name) != name:
            found.append(f"'{name}' is one with '{seen[key]}'")
    return found


def resolved(node: Any, tree: Mapping[str, Any]) -> Any:
    """`node` with Heat's functions applied, each value that only Heat knows at its longest."""
    if isinstance(node, list):
        return [resolved(item, tree) for item in node]
    if not isinstance(node, Mapping):
        return node
    if len(node) == 1:
        ((key, value),) = node.items()
        if key == "get_param":
            return _parameter(value, tree)
        if key == "get_resource":
            return "ffffffff-ffff-ffff-ffff-ffffffffffff"
        if key == "get_attr":
            return _attribute([str(part) for part in value])
        if key == "list_join":
            separator, *lists = resolved(value, tree)
            return separator.join(_text(item) for items in lists for item in items)
        if key in {"str_replace", "str_replace_strict", "str_replace_vstrict"}:
            return _replaced(resolved(value["template"], tree), resolved(value["params"], tree), key)
        assert key != "get_file", "a bundle is complete: nothing is left for the client to fetch"
        assert not key.startswith(("str_", "list_", "map_")), f"this reader does not know {key}"
    return {key: resolved(value, tree) for key, value in node.items()}


def _parameter(path: Any, tree: Mapping[str, Any]) -> Any:
    name, *rest = path if isinstance(path, list) else [path]
    if name in PSEUDO_PARAMETERS:
        return "f" * 36
    schema = tree["parameters"][name]
    value = schema.get("default", longest(schema))
    for step in rest:
        value = value[step]
    return value


def longest(schema: Mapping[str, Any]) -> str:
    """A value for a parameter without a default, as long as it may be."""
    limits: list[int] = [
        c["length"]["max"] for c in schema.get("constraints", ()) if "max" in c.get("length", {})
    ]
    if schema["type"] == "string" and limits:
        return ("QUJD" * (min(limits) // 4 + 1))[: min(limits)]
    return LONGEST[schema["type"]]


def _attribute(path: list[str]) -> str:
    if path[1] == "signal":
        return SIGNAL
    if path[1] in {"curl_cli", "token", "endpoint"}:
        return "t" * 400
    if path[-1] in {"ip_address", "vip_address", "floating_ip_address", "first_address"}:
        return "255.255.255.255"
    return "f" * 36


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _replaced(template: str, parameters: Mapping[str, Any], function: str) -> str:
    """As Heat does: longest name first, and never inside what was put in."""
    names = sorted(sorted(parameters), key=len, reverse=True)
    if function != "str_replace":
        assert not [name for name in names if name not in template], function

    def filled(text: str, left: list[str]) -> str:
        if not left:
            return text
        return _text(parameters[left[0]]).join(filled(part, left[1:]) for part in text.split(left[0]))

    return filled(template, names)

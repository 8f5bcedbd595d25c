"""What Heat takes and Nova or Neutron then refuses, of values that are constant.

Facts: neutron/db/securitygroups_db.py (`_validate_port_range`, `_validate_ip_prefix`, `_rule_to_key`);
nova/api/openstack/compute/schemas/servers.py and nova/api/validation/parameter_types.py (user data, names,
metadata); heat/engine/resources/openstack/neutron/security_group.py (a group's rules are one request).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.lint.calls import function_in
from jeroboam.lint.folding import FoldingScope, Uncertain, folded, folded_key, least_bytes
from jeroboam.lint.parts import alternatives, literal_parts
from jeroboam.lint.template import HotTemplate, mapping
from jeroboam.model.limits import USER_DATA_BASE64
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import shown

_WITH_PORTS = frozenset({"6", "17", "33", "132", "136"})
_ICMP = frozenset({"1", "58"})
_NUMBERS = {
    "icmp": "1", "tcp": "6", "udp": "17", "dccp": "33", "icmpv6": "58", "ipv6-icmp": "58", "sctp": "132",
    "udplite": "136",
}  # fmt: skip
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_LAST_ICMP = 255
_METADATA_KEY = re.compile(r"[A-Za-z0-9_:. -]{1,255}")
_LONGEST_TEXT = 255
_LAST_CHARACTER = 0xFFFF
_CONFIGS = ("OS::Heat::SoftwareConfig",)
"""Types whose reference stands for their text in user data."""


class _Rule(NamedTuple):
    """A rule as folded values, absent ones None, and what it is counted as."""

    pointer: Pointer
    values: Mapping[str, Any]
    key: str


def check_services(template: HotTemplate, scope: FoldingScope) -> Iterator[Diagnostic]:
    """The servers and rules of a template."""
    rules: dict[str, _Rule] = {}
    for name, resource in template.resources.items():
        properties = mapping(resource.get("properties"))
        at = child(child("/resources", name), "properties")
        kind = resource.get("type")
        if kind == "OS::Nova::Server":
            yield from _server(template, at, properties, scope)
        elif kind == "OS::Neutron::SecurityGroup":
            own: dict[str, _Rule] = {}
            for part in literal_parts(properties.get("rules"), child(at, "rules"), scope):
                rule = part.value
                if isinstance(rule, dict) and not function_in(rule, scope.version):
                    read = _of_group(part.pointer, rule, part.scope)
                    yield from _rule(read, own, sometimes=not part.certain)
        elif kind == "OS::Neutron::SecurityGroupRule" and not function_in(properties, scope.version):
            read = _read(at, properties, scope, "remote_group")
            yield from _rule(read, rules, sometimes="condition" in resource)


def _server(
    template: HotTemplate, at: Pointer, properties: Mapping[str, Any], scope: FoldingScope
) -> Iterator[Diagnostic]:
    given = alternatives(properties.get("user_data"), "", scope)
    size = -(-max((_user_data(template, value, scope) for value, _ in given), default=0) // 3) * 4
    if size > USER_DATA_BASE64:
        yield diagnose("JB0880", child(at, "user_data"), at_key=True, size=size, limit=USER_DATA_BASE64)
    for name, where in alternatives(properties.get("name"), child(at, "name"), scope):
        text = folded(name, scope)
        if isinstance(text, str) and text:
            yield from _nova_text("the server's name", text, where, stripped=True)
    for metadata, where in alternatives(properties.get("metadata"), child(at, "metadata"), scope):
        if not function_in(metadata, scope.version):
            yield from _metadata(mapping(metadata), where, scope)


def _metadata(metadata: Mapping[str, Any], at: Pointer, scope: FoldingScope) -> Iterator[Diagnostic]:
    for key, value in metadata.items():
        if not _METADATA_KEY.fullmatch(key):
            what = f"the metadata key '{shown(key)}'"
            advice = "a key is of letters, digits, blanks and the characters - _ : . alone"
            yield diagnose("JB0883", child(at, key), at_key=True, what=what, advice=advice)
        for one, where in alternatives(value, child(at, key), scope):
            text = folded(one, scope)
            if isinstance(text, str):
                yield from _nova_text(f"the value of the metadata '{shown(key)}'", text, where)


def _user_data(template: HotTemplate, value: Any, scope: FoldingScope) -> int:
    """The bytes of user data, at least."""
    call = function_in(value, scope.version)
    if call is not None and call[1] == "GetResource" and isinstance(value[call[0]], str):
        config = mapping(template.section("resources").get(value[call[0]]))
        if config.get("type") in _CONFIGS:
            return least_bytes(mapping(config.get("properties")).get("config"), scope)
    return least_bytes(value, scope)


def _nova_text(what: str, text: str, where: Pointer, *, stripped: bool = False) -> Iterator[Diagnostic]:
    wide = next((character for character in text if ord(character) > _LAST_CHARACTER), None)
    if wide is not None:
        advice = f"leave out U+{ord(wide):04X}: its database may not store characters above U+FFFF"
    elif len(text) > _LONGEST_TEXT:
        advice = f"{_LONGEST_TEXT} characters are the most"
    elif stripped and text != text.strip():
        advice = "remove the blanks before and after it"
    else:
        return
    yield diagnose("JB0883", where, what=f"{what}: '{shown(text)}'", advice=advice)


def _of_group(at: Pointer, rule: Mapping[str, Any], scope: FoldingScope) -> _Rule:
    """A rule in a group's own list: the mode decides which of two remote ends counts."""
    mode = folded(rule.get("remote_mode", "remote_ip_prefix"), scope)
    left_out = {"remote_ip_prefix": "remote_group_id", "remote_group_id": "remote_ip_prefix"}
    if mode in left_out:
        rule = {key: value for key, value in rule.items() if key != left_out[mode]}
    return _read(at, rule, scope, "remote_group_id")


def _read(at: Pointer, rule: Mapping[str, Any], scope: FoldingScope, group: str) -> _Rule:
    rule = {folded_key(key, scope): value for key, value in rule.items() if value is not None}
    values = {key: folded(value, scope) for key, value in rule.items()}
    values = {"direction": "ingress", "ethertype": "IPv4", **values}
    # What is not constant is the same where it is written alike.
    raw = {key: rule[key] if isinstance(value, Uncertain) else str(value) for key, value in values.items()}
    raw["protocol"] = _protocol(values) or raw.get("protocol")
    if values.get("remote_ip_prefix") in _EVERYWHERE:
        del raw["remote_ip_prefix"]
    compared = (
        "direction", "ethertype", "port_range_max", "port_range_min", "protocol", group, "remote_ip_prefix",
        "remote_mode", "security_group",
    )  # fmt: skip
    key = json.dumps([raw.get(name) for name in compared], sort_keys=True)
    return _Rule(at, {**values, "remote_group": values.get(group)}, key)


def _protocol(values: Mapping[str, Any]) -> str | None:
    """The protocol's number as text, None where it is absent or not constant."""
    protocol = values.get("protocol")
    if protocol is None or isinstance(protocol, Uncertain):
        return None
    number = _NUMBERS.get(str(protocol), str(protocol))
    return "58" if number == "1" and values["ethertype"] == "IPv6" else number


def _rule(rule: _Rule, others: dict[str, _Rule], *, sometimes: bool) -> Iterator[Diagnostic]:
    problem = _ports(rule.values) or _ends(rule.values)
    if problem is not None:
        key, what, advice = problem
        yield diagnose("JB0881", child(rule.pointer, key), problem=what, advice=advice)
    if sometimes:
        return
    first = others.setdefault(rule.key, rule)
    if first is not rule:
        related = (Related(first.pointer, "the other one"),)
        yield diagnose("JB0882", rule.pointer, at_key=True, related=related)


def _ports(values: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """What is wrong with the ports of a rule: the key, the problem, and what to do."""
    low, high = values.get("port_range_min"), values.get("port_range_max")
    present = next((key for key in ("port_range_min", "port_range_max") if values.get(key) is not None), None)
    if present is None or isinstance(values.get("protocol"), Uncertain):
        return None
    number = _protocol(values)
    if number is None:
        return present, "it has ports and no protocol", "add the protocol, such as tcp"
    bounds = [_integer(bound) for bound in (low, high)]
    if number in _ICMP:
        if low is None:
            return present, "it has a code and no type of ICMP", "add port_range_min, the type"
        if any(bound is not None and bound > _LAST_ICMP for bound in bounds):
            return present, "types and codes of ICMP end at 255", "write smaller ones"
        return None
    if number not in _WITH_PORTS:
        return present, f"the protocol '{values['protocol']}' has no ports", "remove them"
    if 0 in bounds:
        return present, "no port is 0", "leave both ports out for all of them"
    if low is None or high is None:
        return present, "it has one end of a range of ports", "write both: they may be equal"
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        return present, "the range of ports ends before it begins", "exchange the two"
    return None


def _ends(values: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """What is wrong with the remote end and the family."""
    prefix, family = values.get("remote_ip_prefix"), values["ethertype"]
    if prefix is not None and values.get("remote_group") is not None:
        return "remote_ip_prefix", "it has a range and a group as remote end", "leave one of them"
    if isinstance(prefix, str) and isinstance(family, str):
        try:
            version = ip_network(prefix, strict=False).version
        except ValueError:
            return None
        if family != f"IPv{version}":
            what = f"the range is of IPv{version}, and ethertype is {family}"
            return "remote_ip_prefix", what, f"set ethertype: IPv{version}"
    return None


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None

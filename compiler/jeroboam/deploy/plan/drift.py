"""What in reality is not as the stack has it: Heat's findings, and what is cheap to see beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jeroboam import escape
from jeroboam.deploy.plan.differ import Resources
from jeroboam.deploy.plan.effects import SERVER
from jeroboam.deploy.plan.values import plain
from jeroboam.deploy.types import FAILED, StackResource
from jeroboam.hot.flat import Key

GROUP, RULE = "OS::Neutron::SecurityGroup", "OS::Neutron::SecurityGroupRule"


class ServerFlavor(NamedTuple):
    """A server as Nova has it; `flavor` is the flavor's name."""

    status: str
    flavor: str


class Rule(NamedTuple):
    """A security group's rule as Neutron has it; `text` says what it lets through."""

    id: str
    group: str
    text: str
    standard: bool
    """Whether it is one of the two that let everything out, which Neutron makes with each group."""


class Drift(NamedTuple):
    """Something that is otherwise than the stack says; `by` is who looked: `heat`, or `nova`, `neutron`."""

    stack: str
    resource: str
    type: str
    by: str
    what: str


def drift(
    expected: Resources,
    live: Mapping[Key, StackResource],
    servers: Mapping[str, ServerFlavor],
    rules: tuple[Rule, ...],
) -> tuple[Drift, ...]:
    """Heat's findings from its last check, then ours; `servers` by id, `rules` of all groups of the stack."""
    return (*_checked(live), *_servers(expected, live, servers), *_rules(live, rules))


def render(name: str, found: tuple[Drift, ...]) -> str:
    """What was found, escaped, a line each; ends in a newline."""
    if not found:
        return escape.lines([f"{name}: no drift: everything that was checked is as the stack says"])
    lines = [f"{name}: {len(found)} differences from what the stack says"]
    for one in found:
        resource = "/".join(filter(None, (one.stack, one.resource)))
        lines += [f"  ? {resource}  {one.type}", f"      {one.by}: {' '.join(one.what.split())}"]
    if any(one.by == "heat" for one in found):
        lines += [
            "  note: the next update replaces what Heat found broken; to keep it, fix it and check again.",
            "  Heat does not check what depends on something broken",
        ]
    return escape.lines(lines)


def _checked(live: Mapping[Key, StackResource]) -> Iterator[Drift]:
    for key, resource in sorted(live.items()):
        # A nested stack's holder only repeats what is said of something in it.
        if (resource.action, resource.status) == ("CHECK", FAILED) and "::" in resource.type:
            yield Drift(*key, resource.type, "heat", resource.reason)


def _servers(
    expected: Resources, live: Mapping[Key, StackResource], servers: Mapping[str, ServerFlavor]
) -> Iterator[Drift]:
    for key, resource in sorted(live.items()):
        if resource.type != SERVER or not resource.physical_id:
            continue
        found = servers.get(resource.physical_id)
        # Heat looks at these itself, and has said it in its own words.
        told = (resource.action, resource.status) == ("CHECK", FAILED)
        if found is None:
            if not told:
                yield Drift(*key, SERVER, "nova", "the server no longer exists")
            continue
        if found.status != "ACTIVE" and not told:
            yield Drift(*key, SERVER, "nova", f"its status is {found.status}")
        wanted = plain(expected[key].properties.get("flavor")) if key in expected else None
        if isinstance(wanted, str) and wanted != found.flavor:
            yield Drift(*key, SERVER, "nova", f"its flavor is {found.flavor}, not {wanted}")


def _rules(live: Mapping[Key, StackResource], rules: tuple[Rule, ...]) -> Iterator[Drift]:
    known = {rule.id for rule in rules}
    ours = {r.physical_id for r in live.values() if r.type == RULE and r.physical_id}
    groups = {r.physical_id: key for key, r in live.items() if r.type == GROUP}
    for key, resource in sorted(live.items()):
        if resource.type == RULE and resource.physical_id and resource.physical_id not in known:
            yield Drift(*key, RULE, "neutron", "the rule is gone: the traffic that it allowed is blocked")
    for rule in rules:
        if rule.id not in ours and rule.group in groups and not rule.standard:
            what = f"a rule {rule.id} that is not the stack's: {rule.text}"
            yield Drift(*groups[rule.group], GROUP, "neutron", what)

"""Servers that run and whose nodes never came up: Heat would leave them, the next update makes them anew.

A node boots once from what it is given. What the spec says since, or a mirror that is back, reaches one that
gave up by a new server alone; and what it said would fail the update before anybody could start it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from jeroboam.deploy.plan.differ import Said
from jeroboam.deploy.plan.effects import SERVER
from jeroboam.deploy.plan.types import ChangeKind
from jeroboam.deploy.types import COMPLETE, FAILED, NodeReport, Stack, StackResource
from jeroboam.hot.contract import OutputName, parse_node_id, server_name
from jeroboam.hot.flat import Key, Templates

FAILED_NOTE = "replaced: its node failed and was never ready; no data is lost"
CHANGED_NOTE = "replaced: its node was never ready, and booted with another configuration; no data is lost"


def given_up(
    stack: Stack,
    live: Mapping[Key, StackResource],
    reports: Iterable[NodeReport],
    since: datetime | None,
    old: Templates,
    new: Templates,
) -> dict[Key, Said]:
    """The servers of a stack that failed whose nodes failed, or would boot otherwise now and are not ready.

    `reports` are the nodes' last words, with those set aside. Only servers that were made `since` the stack
    was last complete can have been of no use: what an older one said last may not be all that it ever was.
    """
    if stack.status != FAILED or since is None:
        return {}
    said = {report.node: report.status for report in reports if report.final and report.void_of is None}
    changed = _changed(old, new)
    found = {}
    for key, resource in live.items():
        node = parse_node_id(key.name)
        if resource.type != SERVER or node is None or not _stands(resource, since):
            continue
        role, index, _ = node
        status = said.get(server_name(stack.name, role, index))
        if status not in (None, "SUCCESS"):
            found[key] = Said(ChangeKind.REPLACE, FAILED_NOTE)
        elif status is None and role in changed:
            found[key] = Said(ChangeKind.REPLACE, CHANGED_NOTE)
    return found


def _stands(resource: StackResource, since: datetime) -> bool:
    """Whether it was made since then and Heat would leave it: what it failed to make, it replaces itself.

    One that a run which was cut off has marked already is still of no use to anybody.
    """
    if resource.created is None or resource.created <= since:
        return False
    whole = resource.status == COMPLETE or (resource.action, resource.status) == ("CHECK", FAILED)
    return bool(resource.physical_id) and whole and resource.action != "DELETE"


def _changed(old: Templates, new: Templates) -> frozenset[str]:
    """The roles whose new nodes would boot with another configuration, as far as both templates tell it."""
    before, after = _configs(old), _configs(new)
    return frozenset(role for role in before.keys() & after.keys() if before[role] != after[role])


def _configs(templates: Templates) -> Mapping[str, Any]:
    output = (templates.main.get("outputs") or {}).get(OutputName.NODE_CONFIGS)
    value = output.get("value") if isinstance(output, Mapping) else None
    return value if isinstance(value, Mapping) else {}

"""Changes to a plan, and bundles and files to the templates that plans compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from jeroboam.deploy.plan.differ import Resources, added, changes
from jeroboam.deploy.plan.effects import SERVER
from jeroboam.deploy.plan.spec_changes import spec_changes
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.hot.contract import parse_node_id
from jeroboam.hot.flat import Templates, flattened
from jeroboam.model.secrets import Secret
from jeroboam.serialize import load_yaml_all

_SECTIONS = ("heat_template_version", "description", "outputs")


def templates_of(
    bundle: Bundle, parameters: Mapping[str, str] | None = None, *, fresh: frozenset[str] = frozenset()
) -> Templates:
    """What a bundle holds, with the parameters of an environment; values of hidden ones are left out."""
    main: Mapping[str, Any] = load_yaml_all(bundle.hot)[0]
    declared = main.get("parameters") or {}
    return Templates(
        main=main,
        files={a.path: load_yaml_all(a.content)[0] for a in bundle.artifacts if a.path.startswith("nested/")},
        parameters={
            name: value
            for name, value in (parameters or {}).items()
            if not declared.get(name, {}).get("hidden")
        },
        fresh=fresh,
    )


def lasting(values: Mapping[str, str], secrets: Iterable[Secret], stack: Stack | None) -> Mapping[str, str]:
    """`values`, by parameter, without those that end by themselves, where `stack` was given some already.

    A fresh one is no difference: what servers have joined with they need no more, and new ones are given it
    with the update that makes them.
    """
    given = stack.parameters if stack else {}
    passing = {secret.name for secret in secrets if secret.short_lived and secret.name in given}
    return {name: value for name, value in values.items() if name not in passing}


def created(name: str, new: Templates) -> Plan:
    """What a create does: everything is added."""
    return Plan(name, True, added(flattened(new)), 0)


def compared(name: str, old: Templates, new: Templates) -> Plan:
    """What an update from one to the other would do, by the table alone: no cloud is asked."""
    after = flattened(new)
    return plan(name, changes(flattened(old), after), after, old=old, new=new)


def plan(
    name: str,
    found: tuple[Change, ...],
    after: Resources,
    *,
    old: Templates,
    new: Templates,
    notes: tuple[str, ...] = (),
) -> Plan:
    """`found` with what a reader should know beside."""
    touched = {change.key for change in found}
    sections = tuple(section for section in _SECTIONS if old.main.get(section) != new.main.get(section))
    by_property = spec_changes(old, new)
    notes = (*notes, *_at_once(found), *by_property.notes)
    return Plan(name, False, found, len(after.keys() - touched), notes, sections, by_property.changes)


def _at_once(found: tuple[Change, ...]) -> tuple[str, ...]:
    """Heat does the same to all servers at the same time, also to all masters: no availability is left."""
    done: Counter[tuple[str, str]] = Counter()
    for change in found:
        if change.type != SERVER:
            continue
        parsed = parse_node_id(change.node)
        role = parsed[0] if parsed else ""
        if change.erased:
            done[role, "rebuilds"] += 1
        elif change.kind is ChangeKind.REPLACE:
            done[role, "replaces"] += 1
        elif any(cause.path == "flavor" for cause in change.causes):
            done[role, "resizes"] += 1
    return tuple(
        f"Heat {verb} all {count} servers of '{role}' at the same time"
        for (role, verb), count in done.items()
        if count > 1
    )

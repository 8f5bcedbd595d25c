"""Plans to what is read: text for people, plain data for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from jeroboam import escape
from jeroboam.deploy.plan.refusals import losses
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan, PropertyChange
from jeroboam.deploy.plan.values import LONGEST
from jeroboam.spec.change.types import ChangeEffect, SpecChange

MARKS = {ChangeKind.REMOVE: "-", ChangeKind.REPLACE: "!", ChangeKind.CHANGE: "~", ChangeKind.ADD: "+"}
HARMLESS = "="
_EFFECTS = {
    ChangeEffect.NEVER: "cannot change in a living cluster",
    ChangeEffect.ROLL: "{nodes} have it once jeroboam roll has made them anew, one after another",
    ChangeEffect.API: "to be applied through the API of the COE",
    ChangeEffect.NEW: "{nodes} have it if made from now on; the others go on as they are",
    ChangeEffect.LIVE: "Heat changes it under running nodes",
}
_WHOSE = {"all": "all nodes", "masters": "masters", "workers": "the nodes of all groups"}
NAMES = 6
"""How many resources are named in one line; the rest are counted."""


def render(plan: Plan) -> str:
    """The plan as escaped text, ending in a newline; what happens alike to several resources is said once."""
    lines = [*_by_property(plan), f"{plan.name}: {summary(plan)}"]
    if plan.create:
        counted = Counter(change.type for change in plan.changes)
        lines += [f"  {MARKS[ChangeKind.ADD]} {count:3} {name}" for name, count in sorted(counted.items())]
    else:
        lines += _listed(plan.changes)
    if plan.sections and not plan.changes:
        lines.append(f"  beside resources, the template differs in: {', '.join(plan.sections)}")
    lines += [f"  note: {note}" for note in plan.notes]
    return escape.lines(lines)


def _by_property(plan: Plan) -> Iterator[str]:
    """What each changed property of the spec does."""
    if not plan.properties:
        return
    count = len(plan.properties)
    yield f"{plan.name}: {count} {'property differs' if count == 1 else 'properties differ'}"
    for change in plan.properties:
        yield f"  {change.effect:<6} {change.path}: {_json(change.old)} -> {_json(change.new)}"
        yield f"         {effect_text(change)}"


def effect_text(change: SpecChange) -> str:
    """What a change does, to which nodes, why, and what else there is to do."""
    said = _EFFECTS[change.effect].format(nodes=_WHOSE.get(change.nodes, f"the nodes of '{change.nodes}'"))
    return "; ".join(filter(None, (said, change.why, change.instead)))


def summary(plan: Plan) -> str:
    """The plan in a line."""
    if not plan.different:
        return f"no difference in {plan.unchanged} resources"
    counted = Counter(change.kind for change in plan.changes if not change.harmless)
    words = [f"{counted[kind]} to {kind}" for kind in reversed(ChangeKind) if counted[kind]]
    same = plan.unchanged + sum(change.harmless for change in plan.changes)
    return ", ".join(words or ["no resource changes"]) + ("" if plan.create else f"; {same} stay as they are")


def data(plan: Plan) -> dict[str, Any]:
    """The plan as JSON data."""
    return {
        "name": plan.name,
        "create": plan.create,
        "different": plan.different,
        "unchanged": plan.unchanged,
        "changes": [_change(change) for change in plan.changes],
        "properties": [_property(change) for change in plan.properties],
        "sections": list(plan.sections),
        "notes": list(plan.notes),
        "refused": [refusal._asdict() for refusal in losses(plan.changes)],
    }


def _property(change: SpecChange) -> dict[str, Any]:
    return {
        "path": change.path,
        "old": change.old,
        "new": change.new,
        "effect": str(change.effect),
        "nodes": change.nodes,
        "refused": change.refused,
        "why": change.why,
        "instead": change.instead,
    }


def _json(value: Any) -> str:
    if value is None:
        return "(none)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": str(change.kind),
        "stack": change.stack,
        "resource": change.resource,
        "type": change.type,
        "node": change.node,
        "server": change.server,
        "harmless": change.harmless,
        "erased": change.erased,
        "unmade": change.unmade,
        "causes": [cause._asdict() for cause in change.causes],
    }


class Alike(NamedTuple):
    """What happens to several resources of a type for the same reasons; `word` is what it is called."""

    mark: str
    word: str
    type: str
    causes: tuple[str, ...]
    names: list[str]


def alike(changes: Iterable[Change]) -> list[Alike]:
    """Changes in their order, what happens alike told once, and what is harmless last."""
    found: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for change in changes:
        mark, word = (HARMLESS, "keep") if change.harmless else (MARKS[change.kind], str(change.kind))
        causes = tuple(dict.fromkeys(filter(None, map(_cause, change.causes))))
        name = "/".join(filter(None, (change.stack, change.resource)))
        found.setdefault((mark, word, change.type, causes), []).append(name)
    return sorted((Alike(*key, names) for key, names in found.items()), key=lambda one: one.mark == HARMLESS)


def _listed(changes: Iterable[Change]) -> Iterator[str]:
    for one in alike(changes):
        yield f"  {one.mark} {one.word:7} {_names(one.names)}  {one.type}"
        yield from (f"      {cause}" for cause in one.causes)


def _names(names: list[str]) -> str:
    if len(names) <= NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: NAMES - 1])} and {len(names) - NAMES + 1} more"


def _cause(cause: PropertyChange) -> str:
    if cause.old is None and cause.new is None:
        return cause.note if cause.harmless or not cause.path else f"{cause.path}: {cause.note}"
    what = f"{cause.path}: {_value(cause.old)} -> {_value(cause.new)}"
    return f"{what} ({cause.note})" if cause.note else what


def _value(value: str | None) -> str:
    return "(none)" if value is None else value

"""Plans to what is read: text for people, plain data for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from jeroboam import escape
from jeroboam.deploy.plan.refusals import losses
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan, PropertyChange

MARKS = {ChangeKind.REMOVE: "-", ChangeKind.REPLACE: "!", ChangeKind.CHANGE: "~", ChangeKind.ADD: "+"}
HARMLESS = "="
NAMES = 6
"""How many resources are named in one line; the rest are counted."""


def render(plan: Plan) -> str:
    """The plan as escaped text, ending in a newline; what happens alike to several resources is said once."""
    lines = [f"{plan.name}: {summary(plan)}"]
    if plan.create:
        counted = Counter(change.type for change in plan.changes)
        lines += [f"  {MARKS[ChangeKind.ADD]} {count:3} {name}" for name, count in sorted(counted.items())]
    else:
        lines += _listed(plan.changes)
    if plan.sections and not plan.changes:
        lines.append(f"  beside resources, the template differs in: {', '.join(plan.sections)}")
    lines += [f"  note: {note}" for note in plan.notes]
    return escape.lines(lines)


def summary(plan: Plan) -> str:
    """The plan in a line."""
    if not plan.different:
        return f"no difference in {plan.unchanged} resources"
    counted = Counter(change.kind for change in plan.changes if not change.harmless)
    words = [f"{counted[kind]} to {kind}" for kind in reversed(ChangeKind) if counted[kind]]
    same = plan.unchanged + sum(change.harmless for change in plan.changes)
    return ", ".join(words or ["nothing to do"]) + ("" if plan.create else f"; {same} stay as they are")


def data(plan: Plan) -> dict[str, Any]:
    """The plan as JSON data."""
    return {
        "name": plan.name,
        "create": plan.create,
        "different": plan.different,
        "unchanged": plan.unchanged,
        "changes": [_change(change) for change in plan.changes],
        "sections": list(plan.sections),
        "notes": list(plan.notes),
        "refused": [refusal._asdict() for refusal in losses(plan.changes)],
    }


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


def _listed(changes: Iterable[Change]) -> Iterator[str]:
    alike: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for change in changes:
        mark, word = (HARMLESS, "keep") if change.harmless else (MARKS[change.kind], str(change.kind))
        causes = tuple(dict.fromkeys(filter(None, map(_cause, change.causes))))
        name = "/".join(filter(None, (change.stack, change.resource)))
        alike.setdefault((mark, word, change.type, causes), []).append(name)
    for (mark, word, type_name, causes), names in sorted(
        alike.items(), key=lambda entry: entry[0][0] == HARMLESS
    ):
        yield f"  {mark} {word:7} {_names(names)}  {type_name}"
        yield from (f"      {cause}" for cause in causes)


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

"""What an apply does, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jeroboam import escape
from jeroboam.deploy.plan.text import NAMES
from jeroboam.model.applied import ApplyEffect, ObjectChange

MARKS = {
    ApplyEffect.ADD: "+",
    ApplyEffect.CHANGE: "~",
    ApplyEffect.REPLACE: "!",
    ApplyEffect.REMOVE: "-",
    ApplyEffect.KEEP: "=",
    ApplyEffect.BEGIN: "*",
}
DIFFERING = frozenset(MARKS) - {ApplyEffect.KEEP, ApplyEffect.BEGIN}
"""What changes objects of the spec's."""
_FIELDS = 12
"""How many fields of one object are told; the rest are counted."""


def render(name: str, changes: Sequence[ObjectChange]) -> str:
    """Escaped text, ending in a newline; what happens alike to several nodes is said once."""
    count = sum(change.effect in DIFFERING for change in changes)
    lines = [f"{name}: {count} {'object differs' if count == 1 else 'objects differ'} at the cluster's API"]
    for names, change in _alike(changes):
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        again = " (deleted and made again)" if change.effect is ApplyEffect.REPLACE else ""
        lines.append(f"  {MARKS[change.effect]} {', '.join(names[:NAMES])}{more}{again}")
        lines += [f"      {field}" for field in change.fields[:_FIELDS]]
        if len(change.fields) > _FIELDS:
            lines.append(f"      and {len(change.fields) - _FIELDS} more fields")
        lines += [f"      {why}" for why in change.why]
    return escape.lines(lines)


def _alike(changes: Sequence[ObjectChange]) -> Iterator[tuple[list[str], ObjectChange]]:
    """Changes with the names of all that they are alike for."""
    found: dict[object, tuple[list[str], ObjectChange]] = {}
    for change in changes:
        of_node = change.name.startswith("Node ")
        key = (change.effect, change.fields, change.why) if of_node else change.name
        found.setdefault(key, ([], change))[0].append(change.name)
    yield from found.values()

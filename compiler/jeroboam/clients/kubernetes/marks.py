"""Labels and taints of a running node, brought from what they were to what they are to be.

Only what differs between the two is touched: what somebody else has set since, or taken off, stays so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jeroboam.model.applied import NodeMarks, Taint


@dataclass(frozen=True, slots=True)
class MarksChange:
    """A merge patch of a Node, what it changes, and what it leaves alone and why."""

    patch: Mapping[str, Any]
    fields: tuple[str, ...]
    why: tuple[str, ...]


def changed(node: Mapping[str, Any], old: NodeMarks | None, new: NodeMarks) -> MarksChange | None:
    """What brings a Node object there; None where there is nothing to do or to say.

    `old` is what its role had when something was applied last, None where that is not known: then nothing
    is taken away.
    """
    labels = list(_labels(node["metadata"].get("labels") or {}, old.labels if old else None, new.labels))
    patched = {key: value for key, value, _ in labels}
    told = [field for _, _, field in labels]
    why = list(_left_alone(node["metadata"].get("labels") or {}, old, new))
    before = node.get("spec", {}).get("taints") or []
    after = _taints(before, old.taints if old else (), new.taints)
    told += _taints_told(before, after)
    patch: dict[str, Any] = {"metadata": {"resourceVersion": node["metadata"]["resourceVersion"]}}
    if patched:
        patch["metadata"]["labels"] = patched
    if after != before:
        patch["spec"] = {"taints": after or None}
    return MarksChange(patch, tuple(told), tuple(why)) if told or why else None


def _labels(
    now: Mapping[str, str], old: Mapping[str, str] | None, new: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str]]:
    """Key, value (None to take it off), and how the change is told."""
    for key in sorted((old or {}).keys() - new.keys()):
        if key in now and now[key] == (old or {})[key]:
            yield key, None, f".metadata.labels.{key} (gone)"
    for key, value in sorted(new.items()):
        if now.get(key) != value and not _somebody_elses(key, now, old, new):
            yield key, value, f".metadata.labels.{key}: {now.get(key, '(none)')} -> {value}"


def _somebody_elses(
    key: str, now: Mapping[str, str], old: Mapping[str, str] | None, new: Mapping[str, str]
) -> bool:
    """Whether a label was set or taken off by others since: it is not as we left it, nor as it shall be."""
    return old is not None and key in old and now.get(key) not in (old[key], new.get(key))


def _left_alone(now: Mapping[str, str], old: NodeMarks | None, new: NodeMarks) -> Iterator[str]:
    before = old.labels if old else None
    for key in sorted(new.labels):
        if _somebody_elses(key, now, before, new.labels):
            yield f"label {key} was changed by somebody else, and stays so"


def _taints(before: list[Any], old: tuple[Taint, ...], new: tuple[Taint, ...]) -> list[Any]:
    """The list of a node's taints; the API has it as one value, whose other items are kept as they are."""
    going = set(old) - set(new)
    coming = {(taint.key, taint.effect): taint for taint in new if taint not in old}
    kept = [
        taint
        for taint in before
        if _taint(taint) not in going and (taint.get("key"), taint.get("effect")) not in coming
    ]
    present = {(taint.get("key"), taint.get("effect")): taint for taint in before}
    made = [
        present[at] if at in present and _taint(present[at]) == taint else _written(taint)
        for at, taint in coming.items()
    ]
    same = sorted(map(repr, [*kept, *made])) == sorted(map(repr, before))
    return before if same else [*kept, *made]


def _taint(taint: Mapping[str, Any]) -> Taint:
    return Taint(str(taint.get("key")), str(taint.get("value") or ""), str(taint.get("effect")))


def _written(taint: Taint) -> dict[str, str]:
    return {"key": taint.key, **({"value": taint.value} if taint.value else {}), "effect": taint.effect}


def _taints_told(before: list[Any], after: list[Any]) -> list[str]:
    old, new = [_taint(taint) for taint in before], [_taint(taint) for taint in after]
    gone = [f".spec.taints {_shown(taint)} (gone)" for taint in old if taint not in new]
    return gone + [f".spec.taints {_shown(taint)} (new)" for taint in new if taint not in old]


def _shown(taint: Taint) -> str:
    value = f"={taint.value}" if taint.value else ""
    return f"{taint.key}{value}:{taint.effect}"

"""Two records to the changes between them, each with what it does to a cluster that lives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jeroboam.source import Data
from jeroboam.spec.change.effects import OF_NODES, effects
from jeroboam.spec.change.record import GROUPS, Record, property_of
from jeroboam.spec.change.rules import GENERAL
from jeroboam.spec.change.types import ChangeEffect, Rules, SpecChange

_ORDER = tuple(ChangeEffect)
SECOND_CLUSTER = "make a second cluster with it, and move what runs there"
_UNKNOWN = "this release does not know what it does"
_ADDONS = "kubernetes.addons"
WITHOUT_EFFECT = (
    *(f"{GROUPS}.min_count", f"{GROUPS}.max_count"),
    *(f"{_ADDONS}.{name}" for name in ("autoscaler", "dashboard", "ingress", "keystone_auth")),
)
"""Properties that specs had before they did anything: stacks of that time have them on record."""


def changes(old: Record, new: Record, rules: Rules) -> tuple[SpecChange, ...]:
    """What differs, the gravest first; `rules` are the COE's own, by the names that the schema has.

    A node group that only one of them has is one change, of the property `node_groups`.
    """
    found = [*_groups(old, new), *_properties(old, new)]
    judged = (_judged(change, old, new, rules) for change in found)
    return tuple(sorted(judged, key=lambda change: (_ORDER.index(change.effect), change.path)))


def _groups(old: Record, new: Record) -> Iterator[SpecChange]:
    before, after = _counts(old), _counts(new)
    for name in sorted(before.keys() ^ after.keys()):
        yield SpecChange(
            f"{GROUPS}.{name}", GROUPS, before.get(name), after.get(name), ChangeEffect.LIVE, name
        )


def _counts(record: Record) -> dict[str, Data]:
    """The number of nodes of each group."""
    found: dict[str, Data] = {}
    for path, value in record.items():
        name, group = property_of(path)
        if group and name == f"{GROUPS}.count":
            found[group] = value
    return found


def _properties(old: Record, new: Record) -> Iterator[SpecChange]:
    in_both = _counts(old).keys() & _counts(new).keys()
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        name, group = property_of(path)
        if before == after or (group and group not in in_both):
            continue
        said = effects(name)
        if said is None and name.startswith(WITHOUT_EFFECT):
            continue
        if said is None:
            # Of an older or newer release: nothing may be promised of it.
            yield SpecChange(path, name, before, after, ChangeEffect.NEVER, why=_UNKNOWN)
            continue
        nodes = group if said.nodes == "workers" and group else said.nodes
        yield SpecChange(path, name, before, after, said.effect, nodes, said.why)


def _judged(change: SpecChange, old: Record, new: Record, rules: Rules) -> SpecChange:
    said = effects(change.name)
    name = GROUPS if change.name == GROUPS else said.rule if said else ""
    rule = rules.get(name) or GENERAL.get(name)
    if rule is not None:
        ruling = rule(change, old, new)
        nodes = change.nodes if ruling.effect in OF_NODES else ""
        why = ruling.why or change.why
        change = replace(change, effect=ruling.effect, nodes=nodes, why=why, instead=ruling.instead)
    if change.refused and not change.instead:
        return replace(change, instead=SECOND_CLUSTER)
    return change

"""What the schema says that a change of each property does (`x-change` and what begins with it)."""

from __future__ import annotations

from functools import cache

from jeroboam.spec.change.record import GROUPS
from jeroboam.spec.change.types import ChangeEffect, Effects
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import Schema

OF_NODES = (ChangeEffect.NEW, ChangeEffect.ROLL)
"""Effects on nodes; the others are nobody's unless the schema says whose."""


def effects(path: str) -> Effects | None:
    """The effect of a property by its dotted path, or of the one that it is a part of.

    None where the schema says none: of what no schema knows, and of a mapping of such properties.
    """
    known = paths()
    while path:
        schema = known.get(path)
        if schema is not None and "x-change" in schema:
            return _said(path, schema)
        path = path.rpartition(".")[0]
    return None


@cache
def rules_named() -> frozenset[str]:
    """The rules that the schema names."""
    return frozenset(schema["x-change-rule"] for schema in paths().values() if "x-change-rule" in schema)


def _said(path: str, schema: Schema) -> Effects:
    effect = ChangeEffect(schema["x-change"])
    nodes = schema.get("x-change-nodes") or _whose(path, effect)
    return Effects(effect, nodes, schema.get("x-change-why", ""), schema.get("x-change-rule", ""))


def _whose(path: str, effect: ChangeEffect) -> str:
    if effect not in OF_NODES:
        return ""
    first = path.partition(".")[0]
    return {"masters": "masters", GROUPS: "workers"}.get(first, "all")

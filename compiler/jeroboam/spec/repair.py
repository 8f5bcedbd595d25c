"""Data with mistakes -> data that fits the schema, so that one run can also check the rest.

What stands in for a mistake comes from the schema's defaults and examples; its pointer is doubtful, and
nothing is said about doubtful values later on.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from jeroboam.diagnostics import Pointer
from jeroboam.source import Data
from jeroboam.source.pointers import parent, tokens
from jeroboam.spec.schema import Schema, flat, member, members

_BY_TYPE: dict[str, Data] = {"object": {}, "array": [], "integer": 1, "boolean": False}


def without(
    data: dict[str, Data], pointers: Iterable[Pointer], schema: Schema
) -> tuple[dict[str, Data], set[Pointer]]:
    """A copy of `data` less the values at `pointers`, and the lists in which indexes moved by that.

    A mapping in a list becomes a stand-in instead, so that the others keep their pointers.
    """
    result = deepcopy(data)
    removed = (_remove(result, pointer, schema) for pointer in sorted(pointers, key=_order, reverse=True))
    return result, {pointer for pointer in removed if pointer is not None}


def with_required(value: Data, schema: Schema) -> Data:
    """A copy of `value` with a stand-in for each required member that it lacks."""
    if isinstance(value, list):
        return [with_required(item, member(schema, 0)) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: with_required(inner, member(schema, key)) for key, inner in value.items()}
    for name in (*schema.get("required", ()), *schema.get("x-required", ())):
        if name not in result:
            result[name] = stand_in(flat(members(schema)[name]))
    return result


def stand_in(schema: Schema) -> Data:
    """A value that fits."""
    examples = [value for value in schema.get("examples", ()) if value is not None]
    if examples:
        value: Data = deepcopy(examples[0])
        return value
    if "default" in schema or "enum" in schema:
        fallback: Data = deepcopy(schema.get("default", schema.get("enum", [None])[0]))
        return fallback
    kind: Any = schema.get("type", "string")
    return deepcopy(_BY_TYPE.get(kind if isinstance(kind, str) else kind[0], "x"))


def _remove(data: dict[str, Data], pointer: Pointer, schema: Schema) -> Pointer | None:
    """Remove one value; the list's pointer when a list has become shorter."""
    holder: Data = data
    if not pointer:
        return None
    for token in tokens(parent(pointer)):
        if isinstance(holder, list):
            holder, schema = holder[int(token)], member(schema, 0)
        elif isinstance(holder, dict) and token in holder:
            holder, schema = holder[token], member(schema, token)
        else:
            return None
    token = tokens(pointer)[-1]
    if isinstance(holder, dict):
        holder.pop(token, None)
    elif isinstance(holder, list) and int(token) < len(holder):
        items = member(schema, 0)
        if items.get("type") == "object":
            holder[int(token)] = stand_in(items)
        else:
            del holder[int(token)]
            return parent(pointer)
    return None


def _order(pointer: Pointer) -> tuple[tuple[int, str], ...]:
    return tuple((int(t), "") if t.isdigit() else (-1, t) for t in tokens(pointer))

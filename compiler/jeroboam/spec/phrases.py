"""Phrases for messages: the kind of a value, what was expected, the nearest known name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

from jeroboam.escape import escaped
from jeroboam.spec.schema import Schema, composed, flat, members

_KINDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_LONGEST = 60


def found(value: object) -> str:
    """The kind of a value, as a user would call it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names: dict[type, str] = {str: "a string", int: "an integer", float: "a number", list: "a list"}
    return names.get(type(value), "a mapping")


def expected(kinds: str | list[str]) -> str:
    """What a schema's `type` asks for."""
    return listed([_KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)], " or ")


def shown(value: object) -> str:
    """A value on one short line, as it would be written in YAML's flow style."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = escaped(text[: _LONGEST + 1])
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def listed(items: Iterable[str], last: str = ", ") -> str:
    """Items joined by commas, the last one by `last`."""
    *some, end = [*items] or [""]
    return ", ".join(some) + last + end if some else end


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` is most likely a misspelling of."""
    from difflib import get_close_matches

    close = get_close_matches(word.lower().replace("-", "_"), list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def homes(name: str) -> list[str]:
    """The dotted paths of all places where the schema has a property called `name`."""
    return _homes().get(name, [])


@cache
def _homes() -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for path in paths():
        result.setdefault(path.rpartition(".")[2], []).append(path)
    return result


def paths() -> dict[str, Schema]:
    """Every property's dotted path and its schema, in the schema's order, list items left out of paths."""
    result: dict[str, Schema] = {}

    def walk(schema: Schema, prefix: str) -> None:
        for name, declared in members(schema).items():
            below = flat(declared)
            path = f"{prefix}.{name}" if prefix else name
            result[path] = below
            walk(flat(below["items"]) if "items" in below else below, path)

    walk(composed(), "")
    return result

"""Values of properties: where two differ, and how one is shown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jeroboam.hot.flat import Attr, Hidden, Param, Ref, symbols

LONGEST = 64
"""How many characters of a value are shown; longer ones are described."""


class Difference(NamedTuple):
    """A place, as `fixed_ips/0/subnet`, and the two values there; a value that is not there is None."""

    path: str
    old: Any
    new: Any


def differences(old: Any, new: Any, path: str) -> Iterator[Difference]:
    """Where two values differ, as deep as both have the same shape."""
    left, right = plain(old), plain(new)
    if isinstance(left, Mapping) and isinstance(right, Mapping) and not (_function(left) or _function(right)):
        for key in dict.fromkeys((*left, *right)):
            yield from differences(left.get(key), right.get(key), f"{path}/{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (a, b) in enumerate(zip(left, right, strict=True)):
            yield from differences(a, b, f"{path}/{index}")
    elif not same(left, right):
        yield Difference(path, old, new)


def same(old: Any, new: Any) -> bool:
    """Whether Heat would take two values for one: numbers and texts alike compare as text."""
    left, right = plain(old), plain(new)
    if isinstance(left, Ref | Attr | Hidden) or isinstance(right, Ref | Attr | Hidden):
        return bool(left == right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return _scalar(left) == _scalar(right)


def plain(value: Any) -> Any:
    """What a parameter stands for; other values as they are."""
    while isinstance(value, Param) and value.value is not None:
        value = value.value
    return value


def shown(value: Any) -> str | None:
    """A value in a few words; None where there is none. What is hidden, or holds it, is only named."""
    value = plain(value)
    match value:
        case None:
            return None
        case Ref():
            return f"id of {value.key.name}"
        case Attr():
            return f"{'/'.join(value.path)} of {value.key.name}"
        case Hidden():
            return f"hidden {value.name}"
        case Param():
            return f"parameter {value.name}"
        case Mapping() | list():
            return _collection(value)
        case _:
            text = _scalar(value)
            return text if len(text) <= LONGEST and text.isprintable() else _measured(text)


def texts_changed(old: Any, new: Any) -> str:
    """How much of a long text, in whatever functions it is wrapped, changed."""
    before, after = Counter(_lines(old)), Counter(_lines(new))
    removed, added = (before - after).total(), (after - before).total()
    fresh = sorted({symbol.name for symbol in symbols(new) if isinstance(symbol, Hidden) and symbol.fresh})
    said = [f"{removed} fewer and {added} more lines"] if removed or added else []
    said += [f"hidden value changes: {', '.join(fresh)}"] if fresh else []
    return "; ".join(said) or "what it is made of changes"


def _lines(value: Any) -> Iterator[str]:
    match plain(value):
        case str() as text:
            yield from text.splitlines()
        case Ref() | Attr() | Param() as symbol:
            yield str(symbol)
        case Mapping() as mapping:
            for item in mapping.values():
                yield from _lines(item)
        case list() as items:
            for item in items:
                yield from _lines(item)


def _collection(value: Mapping[str, Any] | list[Any]) -> str:
    if isinstance(value, Mapping) and _function(value):
        return "text assembled by Heat"
    text = json.dumps(_readable(value), ensure_ascii=False)
    if len(text) <= LONGEST:
        return text
    return f"{len(value)} {'entries' if isinstance(value, Mapping) else 'items'}"


def _readable(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, Ref | Attr | Hidden | Param):
        return shown(value)
    if isinstance(value, Mapping):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value


def _function(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in ("list_join", "str_replace", "get_param", "get_file")


def _scalar(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) or value is None else str(value)


def _measured(text: str) -> str:
    lines = text.count("\n") + 1
    return f"text of {len(text)} characters" if lines == 1 else f"text of {lines} lines"

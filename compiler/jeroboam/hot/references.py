"""Finds and rewrites the parameters and resources that a value refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from jeroboam.hot.types import GetAttr, GetParam, GetResource, ListJoin, StrReplace, Value

Reference: TypeAlias = "GetParam | GetResource | GetAttr"


def references(value: Value) -> Iterator[Reference]:
    """Every reference inside `value`, in order, repeats included."""
    match value:
        case GetParam() | GetResource() | GetAttr():
            yield value
        case ListJoin(_, items):
            for item in items:
                yield from references(item)
        case StrReplace(template, params):
            for item in (template, *(item for _, item in params)):
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)
        case Mapping():
            for item in value.values():
                yield from references(item)


def rewritten(value: Value, change: Callable[[Reference], Value]) -> Value:
    """`value` with every reference replaced by what `change` gives for it."""
    match value:
        case GetParam() | GetResource() | GetAttr():
            return change(value)
        case ListJoin(delimiter, items):
            return ListJoin(delimiter, tuple(rewritten(item, change) for item in items))
        case StrReplace(template, params):
            return StrReplace(
                rewritten(template, change), tuple((key, rewritten(item, change)) for key, item in params)
            )
        case list():
            return [rewritten(item, change) for item in value]
        case Mapping():
            return {key: rewritten(item, change) for key, item in value.items()}
        case _:
            return value

"""Lists, mappings and texts over their limit, cut to it before anything goes over them item by item."""

from __future__ import annotations

from itertools import islice

from jeroboam.source import Data
from jeroboam.spec.schema import Schema, member
from jeroboam.spec.validate import Violation


def bounded(data: Data, schema: Schema) -> tuple[Data, list[Violation]]:
    """`data` with each list, mapping and text cut to the length that the schema allows, and those it cut."""
    over: list[Violation] = []

    def cut(value: Data, schema: Schema, path: tuple[str | int, ...]) -> Data:
        keyword = "maxItems" if isinstance(value, list) else "maxProperties"
        if isinstance(value, str):
            keyword = "maxLength"
        elif not isinstance(value, list | dict):
            return value
        limit = schema.get(keyword, len(value))
        if len(value) > limit:
            over.append(Violation(keyword, limit, value, schema, path, in_key=False))
        if isinstance(value, list):
            below = member(schema, 0)
            return [cut(item, below, (*path, index)) for index, item in enumerate(value[:limit])]
        if isinstance(value, dict):
            kept = islice(value.items(), limit)
            return {key: cut(item, member(schema, key), (*path, key)) for key, item in kept}
        return value[:limit]

    return cut(data, schema, ()), over

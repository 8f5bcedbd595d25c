"""Validates data against the schema, and lists every violation.

`jsonschema_rs` answers the first question in a fraction of the time that importing `jsonschema` takes;
only a spec with mistakes pays for `jsonschema`, which explains them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, Protocol

from jeroboam.source import Data
from jeroboam.spec.schema import Schema, composed, member

MAX_EXPLAINED = 1_000
"""Mistakes of form that are explained, each after a search for what was meant; with more it is no spec."""


class _Gate(Protocol):
    def is_valid(self, instance: Any) -> bool: ...


class Violation(NamedTuple):
    """A rule of the schema that a value breaks: its keyword, its argument, and its schema.

    `in_key` tells that `value` is a key of the mapping at `path`.
    """

    keyword: str
    wanted: Any
    value: Any
    schema: Schema
    path: tuple[str | int, ...]
    in_key: bool


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


def fits(data: Data) -> bool:
    """Whether `data` fits the schema."""
    return _gate().is_valid(data)


def violations(data: Data) -> list[Violation]:
    """The violations in `data`, at most one more than MAX_EXPLAINED."""
    return [
        Violation(
            keyword=str(error.validator),
            wanted=error.validator_value,
            value=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            path=tuple(error.absolute_path),
            in_key="propertyNames" in list(error.absolute_schema_path)[-2:],
        )
        for error in islice(explainer().iter_errors(data), MAX_EXPLAINED + 1)
    ]


def repeated(items: Sequence[Data]) -> list[int]:
    """The indexes of items that stand earlier in the list too, as JSON Schema compares them."""
    seen: set[Hashable] = set()
    result = []
    for index, item in enumerate(items):
        key = _comparable(item)
        if key in seen:
            result.append(index)
        seen.add(key)
    return result


def _comparable(item: Data) -> Hashable:
    """Equal for equal values only: true is not 1, but 1.0 is."""
    if isinstance(item, dict):
        return frozenset((key, _comparable(value)) for key, value in item.items())
    if isinstance(item, list):
        return tuple(_comparable(value) for value in item)
    return (bool, item) if isinstance(item, bool) else item


@cache
def explainer() -> Any:
    """The validator that explains. `$` in its patterns ends the text, as JSON Schema has it."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: Any, wanted: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        import re

        if isinstance(instance, str) and not re.search(_ending(wanted), instance):
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    def unique(_: Any, wanted: bool, instance: Any, __: Any) -> Iterator[ValidationError]:
        # The library's own compares each item with each other where they cannot be sorted.
        if wanted and isinstance(instance, list) and repeated(instance):
            yield ValidationError("items are not unique")

    keywords = {"pattern": pattern, "uniqueItems": unique}
    extended: Any = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
    return extended(composed())


@cache
def _gate() -> _Gate:
    try:
        from jsonschema_rs import Draft202012Validator
    except ImportError:
        gate: _Gate = explainer()
        return gate
    return Draft202012Validator(dict(composed()))


def _ending(pattern: str) -> str:
    """In Python `$` also matches before a final line break; JSON Schema's does not."""
    return pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern

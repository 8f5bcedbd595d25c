"""Whether data fits the schema, and every way in which it does not.

`jsonschema_rs` answers the first question in a fraction of the time that importing `jsonschema` takes;
only a spec with mistakes pays for `jsonschema`, which explains them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, Protocol

from jeroboam.source import Data
from jeroboam.spec.schema import Schema, composed


class _Gate(Protocol):
    def is_valid(self, instance: Any) -> bool: ...


class Violation(NamedTuple):
    """A rule of the schema that a value breaks: its keyword, what it wants, and who says so.

    `in_key` tells that `value` is a key of the mapping at `path`.
    """

    keyword: str
    wanted: Any
    value: Any
    schema: Schema
    path: tuple[str | int, ...]
    in_key: bool


def fits(data: Data) -> bool:
    """Whether `data` fits the schema."""
    return _gate().is_valid(data)


def violations(data: Data) -> list[Violation]:
    """All that the schema has against `data`."""
    return [
        Violation(
            keyword=str(error.validator),
            wanted=error.validator_value,
            value=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            path=tuple(error.absolute_path),
            in_key="propertyNames" in list(error.absolute_schema_path)[-2:],
        )
        for error in explainer().iter_errors(data)
    ]


@cache
def explainer() -> Any:
    """The validator that explains. `$` in its patterns ends the text, as JSON Schema has it."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: Any, wanted: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        import re

        if isinstance(instance, str) and not re.search(_ending(wanted), instance):
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    extended: Any = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
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

"""Whether data fits the schema, and every way in which it does not.

`jsonschema_rs` answers the first question in a fraction of the time that importing `jsonschema` takes;
only a spec with mistakes pays for `jsonschema`, which explains them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from jeroboam.source import Data
from jeroboam.spec.schema import composed

if TYPE_CHECKING:
    from jsonschema import ValidationError


class _Gate(Protocol):
    def is_valid(self, instance: Any) -> bool: ...


def fits(data: Data) -> bool:
    """Whether `data` fits the schema."""
    return _gate().is_valid(data)


def errors(data: Data) -> list[ValidationError]:
    """All that the schema has against `data`, in the order of the data."""
    found = explainer().iter_errors(data)
    return sorted(found, key=lambda error: [str(token) for token in error.absolute_path])


@cache
def explainer() -> Any:
    """The validator that explains. `$` in its patterns ends the text, as JSON Schema has it."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
        import re

        if isinstance(instance, str) and not re.search(_ending(wanted), instance):
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    return validators.extend(Draft202012Validator, {"pattern": pattern})(composed())


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

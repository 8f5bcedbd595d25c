"""What must not leave the machine: secrets found by their names and by their shapes, and taken out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

from jeroboam.secret_places import KIND, shapes

T = TypeVar("T")

REMOVED = "[removed]"

_NAMES = re.compile(rf"(?i){KIND}|credential|user_?data")
"""Names of things whose values are secret."""
_HARMLESS = re.compile(r"(?i)[-_](?:handle|id|ref|cert)$|^(?:steps?|name|reason|status)$")


@cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    return tuple(shapes(REMOVED))


def redacted(text: str) -> str:
    """`text` without what looks like a secret."""
    for shape in _shapes():
        text = shape.sub(rf"\g<kept>{REMOVED}", text)
    return text


def without_secrets(data: Any) -> Any:
    """Plain data (mappings, sequences, text) without secrets, by names and by shapes."""
    if isinstance(data, str):
        return redacted(data)
    if isinstance(data, Mapping):
        return {
            key: REMOVED if value and _secret(str(key)) else without_secrets(value)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [without_secrets(value) for value in data]
    return data


def cleaned(fact: T) -> T:
    """A fact, a frozen dataclass, with all its texts redacted."""
    return _clean(fact)  # type: ignore[no-any-return]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value) if type(value) is str else value
    if isinstance(value, tuple):
        if value and all(isinstance(part, str) for part in value):
            # Lines: a key goes over several of them.
            return tuple(redacted("\n".join(value)).split("\n"))
        return tuple(_clean(part) for part in value)
    if isinstance(value, Mapping):
        return without_secrets(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _clean(getattr(value, f.name)) for f in fields(value)})
    return value


def _secret(name: str) -> bool:
    return bool(_NAMES.search(name)) and not _HARMLESS.search(name)

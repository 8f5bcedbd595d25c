"""Finds secrets written into a spec: by the name of a key, or by the form of a value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jeroboam import secret_shapes
from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.source import Data
from jeroboam.source.pointers import child
from jeroboam.spec.schema import Schema, member, members

_NAME = re.compile(rf"(?:.*[-_.])?{secret_shapes.NAME}")
_PRIVATE_KEY = re.compile(f"{secret_shapes.PEM_KEY}|{secret_shapes.DER_KEY}")
_LOGIN = re.compile(secret_shapes.LOGIN)
_ADVICE = "remove it; 'jeroboam secrets' generates what the cluster needs, and Heat parameters pass it on"


def leaks(value: Data, schema: Schema, at: Pointer = "") -> Iterator[Diagnostic]:
    """Every secret in the data; values are never shown."""
    if isinstance(value, dict):
        named = members(schema)
        for key, inner in value.items():
            where = child(at, key)
            if key not in named and _NAME.fullmatch(key) and _is_value(inner):
                yield diagnose("JB0213", where, at_key=True, what=f"'{key}' names a secret", advice=_ADVICE)
            else:
                yield from leaks(inner, member(schema, key), where)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaks(item, member(schema, index), child(at, index))
    elif isinstance(value, str):
        if has_private_key(value):
            yield diagnose("JB0213", at, what="a private key is written here", advice=_ADVICE)
        elif kind := secret_shapes.token_in(value):
            yield diagnose("JB0213", at, what=f"{kind} is written here", advice=_ADVICE)
        elif _LOGIN.search(value):
            advice = "use a service that needs no password from these networks"
            yield diagnose("JB0213", at, what="a password is written into this URL", advice=advice)


def has_private_key(text: str) -> bool:
    """Whether a private key stands in the text, in PEM or DER."""
    return _PRIVATE_KEY.search(text) is not None


def _is_value(value: Data) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""

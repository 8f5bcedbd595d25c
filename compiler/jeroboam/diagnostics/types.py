"""Diagnostic and what it is made of; stages speak pointers, `source.locate` turns them into spans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from jeroboam.diagnostics.codes import CODES, Severity
from jeroboam.escape import escaped

T = TypeVar("T")

Pointer = str
"""An RFC 6901 JSON Pointer into the merged spec; the empty string is the whole document."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: line and column, both 1-based, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a source, end exclusive; `source` is the name a user knows the file by."""

    source: str
    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a diagnostic speaks of, with what it contributes."""

    pointer: Pointer
    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `at_key` asks for the key's span instead of the value's (unknown keys)."""

    code: str
    severity: Severity
    message: str
    pointer: Pointer = ""
    hint: str | None = None
    span: Span | None = None
    related: tuple[Related, ...] = ()
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a stage gives: a value unless an error prevented one, and all it found."""

    value: T | None
    diagnostics: tuple[Diagnostic, ...] = ()


def diagnose(
    code: str,
    pointer: Pointer = "",
    *,
    hint: str | None = None,
    span: Span | None = None,
    related: tuple[Related, ...] = (),
    at_key: bool = False,
    **values: object,
) -> Diagnostic:
    """The diagnostic of `code`, its message filled with `values`, on one line and escaped.

    Raises KeyError for a code that the table lacks or a value that its message needs.
    """
    entry = CODES[code]
    return Diagnostic(
        code=code,
        severity=entry.severity,
        message=escaped(entry.message.format(**values)),
        pointer=pointer,
        hint=escaped(hint if hint is not None else entry.hint.format(**values)),
        span=span,
        related=related,
        at_key=at_key,
    )


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them stops the pipeline."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file, line, column and code, duplicates dropped: never discovery order."""
    first = Position(0, 0)

    def key(d: Diagnostic) -> tuple[str, Position, str, str]:
        span = d.span or Span("", first, first)
        return (span.source, span.start, d.code, d.message)

    return tuple(sorted(dict.fromkeys(diagnostics), key=key))

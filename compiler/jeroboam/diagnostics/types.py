"""Diagnostic and what it is made of; stages speak pointers, `source.locate` turns them into spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jeroboam.diagnostics.codes import CODES, Severity
from jeroboam.escape import escaped

T = TypeVar("T")

Pointer = str
"""An RFC 6901 JSON Pointer into the merged spec; the empty string is the whole document."""
MAX_SHOWN = 100
"""Findings shown of one spec, as many as somebody reads; whoever prints findings prints these."""


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
    """A second place that a diagnostic refers to, with a message."""

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
    """The result of a stage: a value, unless an error prevented it, and all findings."""

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


def limited(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings in their order; of too many the errors before the rest, and last how many are left out."""
    if len(diagnostics) <= MAX_SHOWN:
        return tuple(diagnostics)
    ranks = list(Severity)
    by_weight = sorted(range(len(diagnostics)), key=lambda index: ranks.index(diagnostics[index].severity))
    kept, left_out = sorted(by_weight[:MAX_SHOWN]), by_weight[MAX_SHOWN:]
    # Code-scanning services refuse a result without a place.
    at = diagnostics[left_out[0]].span
    start = Span(at.source, Position(1, 1), Position(1, 1)) if at else None
    return (*(diagnostics[index] for index in kept), diagnose("JB0129", span=start, count=len(left_out)))

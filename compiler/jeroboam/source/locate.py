"""Pointers -> spans: where in the user's files a finding belongs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jeroboam.diagnostics import Diagnostic, Pointer, Span, ordered
from jeroboam.source.pointers import parent
from jeroboam.source.types import SourceMap


def located(diagnostics: Iterable[Diagnostic], places: SourceMap) -> tuple[Diagnostic, ...]:
    """The findings with spans, in order of place; spans that are already there stay."""
    return ordered(_placed(d, places) for d in diagnostics)


def span_of(pointer: Pointer, places: SourceMap, *, at_key: bool = False) -> Span | None:
    """The value's span, or with `at_key` the key's; for a missing member the nearest parent's key."""
    while pointer not in places:
        if not pointer:
            return None
        pointer, at_key = parent(pointer), True
    place = places[pointer]
    key = place.key_span
    return key if at_key and key is not None else place.value_span


def _placed(found: Diagnostic, places: SourceMap) -> Diagnostic:
    # A related value that nobody wrote, a default, has no place to point at.
    related = tuple(
        replace(r, span=span_of(r.pointer, places)) if r.span is None and r.pointer in places else r
        for r in found.related
    )
    span = found.span or span_of(found.pointer, places, at_key=found.at_key)
    return replace(found, span=span, related=related)

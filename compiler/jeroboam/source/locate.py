"""Pointers -> spans: where in the user's files a finding belongs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jeroboam.diagnostics import Diagnostic, Pointer, Span, ordered
from jeroboam.source.pointers import parent, within
from jeroboam.source.types import SourceMap

_OWN = ("/name", "/kind")
"""What stands for a document, the first that it has."""


def located(diagnostics: Iterable[Diagnostic], places: SourceMap) -> tuple[Diagnostic, ...]:
    """The findings with spans, in order of place; spans that are already there stay."""
    return ordered(_placed(d, places) for d in diagnostics)


def span_of(pointer: Pointer, places: SourceMap, *, at_key: bool = False) -> Span | None:
    """The value's span, or with `at_key` the key's; for a missing member the nearest parent's key.

    Of a document that lacks a property, that is its name or, without one, its kind.
    """
    missing = pointer not in places
    while pointer not in places:
        if not pointer:
            return None
        pointer, at_key = parent(pointer), True
    if missing and not pointer:
        return next((_span(own, places, at_key=True) for own in _OWN if own in places), _span("", places))
    return _span(pointer, places, at_key=at_key)


def _span(pointer: Pointer, places: SourceMap, *, at_key: bool = False) -> Span:
    place = places[pointer]
    key = place.key_span
    return key if at_key and key is not None else place.value_span


def _placed(found: Diagnostic, places: SourceMap) -> Diagnostic:
    # A related value that nobody wrote, a default, has no place to point at.
    related = tuple(
        replace(r, span=span_of(r.pointer, places)) if r.span is None and r.pointer in places else r
        for r in found.related
    )
    span = found.span or span_of(_anchor(found, places), places, at_key=found.at_key)
    return replace(found, span=span, related=related)


def _anchor(found: Diagnostic, places: SourceMap) -> Pointer:
    """What the finding stands at: of what nobody wrote, the first thing written that it is about."""
    if not found.pointer or within(found.pointer, places):
        return found.pointer
    return next((r.pointer for r in found.related if within(r.pointer, places)), found.pointer)

"""At most as many findings as somebody reads; whoever prints findings prints these."""

from __future__ import annotations

from collections.abc import Sequence

from jeroboam.diagnostics.codes import Severity
from jeroboam.diagnostics.types import Diagnostic, Position, Span, diagnose

MAX_SHOWN = 100
"""Findings shown of one spec."""


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

"""Diagnostics of a spec: code, place, message and hint, as immutable data."""

from jeroboam.diagnostics.codes import CODES, Code, Severity
from jeroboam.diagnostics.types import (
    Diagnostic,
    Outcome,
    Pointer,
    Position,
    Related,
    Span,
    diagnose,
    has_errors,
    ordered,
)

__all__ = [
    "CODES",
    "Code",
    "Diagnostic",
    "Outcome",
    "Pointer",
    "Position",
    "Related",
    "Severity",
    "Span",
    "diagnose",
    "has_errors",
    "ordered",
]

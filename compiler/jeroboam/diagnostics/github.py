"""Diagnostics as workflow commands, which GitHub shows beside the line in a pull request.

An annotation stands at one line, the first of its span: GitHub shows one of several lines below the last of
them, far from what it says, and takes columns only where both ends are on one line.
"""

from __future__ import annotations

from collections.abc import Iterable

from jeroboam.diagnostics.codes import Severity
from jeroboam.diagnostics.types import Diagnostic
from jeroboam.escape import escaped

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """One command a line."""
    return "".join(_command(d) for d in diagnostics)


def _command(d: Diagnostic) -> str:
    properties = {"title": d.code}
    if d.span:
        line, one = str(d.span.start.line), d.span.start.line == d.span.end.line
        end = {"endColumn": str(d.span.end.column)} if one else {}
        at = {"file": d.span.source, "line": line, "col": str(d.span.start.column), "endLine": line, **end}
        properties = at | properties
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[d.severity]} {listed}::{_data(d.message + (f'; {d.hint}' if d.hint else ''))}\n"


def _data(text: str) -> str:
    # Nothing is left that the runner's own escapes, %0D and %0A, are for.
    return escaped(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

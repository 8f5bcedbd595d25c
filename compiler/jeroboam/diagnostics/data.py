"""Diagnostics as plain data, for `--format json`."""

from __future__ import annotations

from collections.abc import Iterable

from jeroboam.diagnostics.types import Diagnostic, Span


def data(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """A mapping each; absent parts are null, columns count characters from 1, ends are exclusive."""
    return [
        {
            "code": d.code,
            "severity": str(d.severity),
            "message": d.message,
            "pointer": d.pointer,
            "hint": d.hint or None,
            "span": _span(d.span),
            "related": [
                {"pointer": r.pointer, "message": r.message, "span": _span(r.span)}
                for r in d.related
                if r.span
            ],
        }
        for d in diagnostics
    ]


def _span(span: Span | None) -> dict[str, object] | None:
    if span is None:
        return None
    return {
        "source": span.source,
        "start": {"line": span.start.line, "column": span.start.column},
        "end": {"line": span.end.line, "column": span.end.column},
    }

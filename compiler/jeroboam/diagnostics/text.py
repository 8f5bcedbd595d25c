"""Diagnostics for people: place, code, message, the line itself with a mark, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from jeroboam import escape
from jeroboam.diagnostics.codes import Severity
from jeroboam.diagnostics.excerpt import excerpt, split
from jeroboam.diagnostics.quoting import LEAKS, holds_secret, secret_lines
from jeroboam.diagnostics.types import Diagnostic, Span

# A secret must not get into the log of a pipeline.
_NEVER_QUOTED = frozenset({"JB0129"}) | LEAKS


def text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> str:
    """One paragraph each, a blank line between, escaped; `sources` are the texts to quote, by name."""
    found = tuple(diagnostics)
    lines = {name: split(source) for name, source in sources.items()} if found else {}
    hidden = {(name, n) for name, of in lines.items() for n in secret_lines(name, of, found)}
    return "\n".join(_paragraph(d, lines if _quoted(d, lines, hidden) else {}) for d in found)


def _quoted(d: Diagnostic, sources: Mapping[str, Sequence[str]], hidden: Collection[tuple[str, int]]) -> bool:
    if d.span is None or d.code in _NEVER_QUOTED or (d.span.source, d.span.start.line) in hidden:
        return False
    line = sources.get(d.span.source, ())[d.span.start.line - 1 : d.span.start.line]
    return not any(map(holds_secret, line))


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many of each severity, such as `2 errors, 1 note`; empty for none."""
    found = [d.severity for d in diagnostics]
    counts = [(severity, found.count(severity)) for severity in Severity]
    return ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts if count)


def place(span: Span) -> str:
    """`file:line:column`."""
    return f"{span.source}:{span.start.line}:{span.start.column}"


def _paragraph(d: Diagnostic, sources: Mapping[str, Sequence[str]]) -> str:
    at = f"{place(d.span)}: " if d.span else ""
    lines = [f"{at}{d.severity}[{d.code}]: {d.message}"]
    quoted = excerpt(d.span, sources[d.span.source]) if d.span and d.span.source in sources else None
    margin = " " * (len(str(d.span.start.line)) if d.span else 1)
    if d.span and quoted:
        where = f" at {d.pointer}" if d.pointer else ""
        lines += [
            f"{margin} |",
            f"{d.span.start.line} | {quoted.line}".rstrip(),
            f"{margin} | {quoted.mark}{where}",
        ]
    elif d.pointer:
        lines.append(f"{margin} = at: {d.pointer}")
    lines += [f"{margin} = note: {place(r.span)}: {r.message}" for r in d.related if r.span]
    if d.hint:
        lines.append(f"{margin} = help: {d.hint}")
    return escape.lines(lines)

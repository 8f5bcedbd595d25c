"""The line that a span is on, cut and marked for a terminal: columns, tabs, wide and control characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import combining, east_asian_width

from jeroboam.diagnostics.types import Span
from jeroboam.escape import escaped

# Columns of source shown; longer lines are cut around the mark.
_WIDTH = 100
_BEFORE = 30
_TAB = 4
_LINE = re.compile(r"\r\n|[\n\r]")


class Excerpt(NamedTuple):
    """A line of source and the line under it that marks the span."""

    line: str
    mark: str


def split(text: str) -> list[str]:
    """The lines of a text, for any number of excerpts."""
    return _LINE.split(text)


def excerpt(span: Span, lines: Sequence[str]) -> Excerpt | None:
    """The span's first line with its mark, as far as that line goes; None outside the text."""
    if not 1 <= span.start.line <= len(lines):
        return None
    line = lines[span.start.line - 1]
    start = min(span.start.column - 1, len(line))
    end = span.end.column - 1 if span.end.line == span.start.line else len(line.rstrip())
    end = min(max(end, start + 1), max(len(line), start + 1))
    left = max(0, start - _BEFORE) if len(line) > _WIDTH else 0
    right = left + _WIDTH
    before = ("…" if left else "") + _shown(line[left:start])
    marked = _shown(line[start : min(end, right)])
    after = _shown(line[min(end, right) : right]) + ("…" if len(line) > right else "")
    return Excerpt(before + marked + after, " " * _columns(before) + "^" * max(_columns(marked), 1))


def _shown(text: str) -> str:
    """The text with tabs as spaces and what a terminal might obey escaped."""
    return escaped(text.replace("\t", " " * _TAB))


def _columns(text: str) -> int:
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)

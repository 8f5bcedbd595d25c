"""Lines of a spec that are never quoted, because they hold a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from jeroboam.diagnostics.types import Diagnostic
from jeroboam.secret_places import shapes
from jeroboam.secret_shapes import LOGIN, NAME, PEM_KEY, TOKENS

LEAKS = frozenset({"JB0213", "JB0860", "JB0861"})
"""The codes for secrets in a spec and in a template."""
# Bounded, so that long lines cost no more than their length.
_NAME = rf"{NAME}[\"']?\s{{0,9}}:"
_SECRET = re.compile("|".join((rf"{_NAME}\s{{0,9}}[^\s#]", LOGIN, *TOKENS.values())))
# A name at a line's start, whose value may go on below, further in.
_OPENS = re.compile(rf" *(?:- +)*[\"']?[\w.-]{{0,64}}{_NAME}")
_BEGIN = re.compile(PEM_KEY)
_END = "-----END "


def secret_lines(name: str, lines: Sequence[str], found: Iterable[Diagnostic]) -> frozenset[int]:
    """The numbers, from 1, of lines of the source `name` with a secret by their look or by what was found."""
    spans = (d.span for d in found if d.code in LEAKS and d.span and d.span.source == name)
    said = (number for span in spans for number in range(span.start.line, span.end.line + 1))
    return frozenset((*said, *_looking(lines)))


@cache
def holds_secret(line: str) -> bool:
    """Whether a secret stands anywhere in one line: in a command, a header, a setting or an address.

    What `secret_lines` finds by names is not found again. It takes longer: for lines about to be quoted.
    """
    return any(shape.search(line) for shape in _shapes())


@cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    return tuple(shapes("[removed]"))


def _looking(lines: Sequence[str]) -> Iterator[int]:
    in_key, left_of = False, None
    for number, line in enumerate(lines, start=1):
        start = len(line) - len(line.lstrip(" "))
        if left_of is not None and line.strip() and start <= left_of:
            left_of = None
        in_key = in_key or _BEGIN.search(line) is not None
        if in_key or left_of is not None or _SECRET.search(line):
            yield number
        in_key = in_key and _END not in line
        if left_of is None and _OPENS.match(line):
            left_of = start

"""Pointers become spans: the value, the key, or the nearest parent's key."""

from __future__ import annotations

from jeroboam.diagnostics import Position, Related, diagnose
from jeroboam.source import located
from jeroboam.source.locate import span_of
from jeroboam.source.nodes import flattened
from jeroboam.source.parse import parsed

TEXT = "a:\n  b: 1\n  'c/d': [x]\n"
NODE = parsed(TEXT, "a.yaml").node
assert NODE is not None
PLACES = flattened(NODE)[1]


def start(pointer: str, *, at_key: bool = False) -> tuple[int, int] | None:
    span = span_of(pointer, PLACES, at_key=at_key)
    return None if span is None else (span.start.line, span.start.column)


def test_spans() -> None:
    assert start("/a/b") == (2, 6)
    assert start("/a/b", at_key=True) == (2, 3)
    assert start("/a/c~1d/0") == (3, 11)
    assert start("/a/c~1d/0", at_key=True) == (3, 11)
    assert start("/a/missing/deep") == (1, 1)
    assert start("/missing") == (1, 1)
    assert span_of("/a", {}) is None


def test_related_values_that_nobody_wrote_have_no_place() -> None:
    related = (Related("/a/b", "here"), Related("/a/none", "a default"))
    found = diagnose("JB0330", "/a/b", related=related, count=2, fewer=1, more=3)
    (placed,) = located([found], PLACES)
    assert placed.related[0].span is not None
    assert placed.related[0].span.start == Position(2, 6)
    assert placed.related[1].span is None

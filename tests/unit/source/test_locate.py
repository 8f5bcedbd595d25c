"""Pointers become spans: the value, the key, or the nearest parent's key."""

from __future__ import annotations

import pytest

from jeroboam.diagnostics import Position, Related, diagnose
from jeroboam.source import located
from jeroboam.source.locate import span_of
from jeroboam.source.nodes import flattened
from jeroboam.source.parse import parsed
from jeroboam.spec.phrases import paths

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


SPEC = """\
spec_version: 1
kind: cluster
name: a
network:
  router: edge
"""


def caret(spec: str, *pointers: str) -> str:
    """The text that a finding about the first pointer, and then the others, stands at."""
    node = parsed(spec, "a.yaml").node
    assert node is not None
    related = tuple(Related(pointer, "of") for pointer in pointers[1:])
    found = diagnose("JB0322", pointers[0], related=related)
    (placed,) = located([found], flattened(node)[1])
    assert placed.span is not None
    start, end = placed.span.start, placed.span.end
    assert start.line == end.line
    return spec.splitlines()[start.line - 1][start.column - 1 : end.column - 1]


@pytest.mark.parametrize("path", [path for path in paths() if path != "spec_version"])
def test_what_is_absent_is_never_shown_at_the_version(path: str) -> None:
    pointer = "/" + path.replace(".", "/")
    written = {"network/router": "edge", "name": "a", "kind": "cluster", "network": "router: edge"}
    # The mapping `network` ends on the next line, so it is asked for in flow style.
    spec = SPEC.replace("network:\n  router: edge", "network: {router: edge}")
    nearest = written.get(pointer[1:], "network" if pointer.startswith("/network/") else "name")
    assert caret(spec, pointer) == ("{router: edge}" if path == "network" else nearest)


def test_what_it_is_about_comes_before_the_document() -> None:
    assert caret(SPEC, "/api/floating_ip", "/masters", "/network/external_network") == "network"
    assert caret(SPEC, "/network/mtu", "/network/router") == "network"
    assert caret(SPEC, "/api/floating_ip", "/masters/count") == "name"


def test_a_document_without_a_name() -> None:
    assert caret(SPEC.replace("name: a\n", ""), "/distro") == "kind"

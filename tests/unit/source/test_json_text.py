"""JSON read with places: what the standard reader makes of it, and what is wrong where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeroboam.source.json_text import parsed_json
from jeroboam.source.nodes import flattened
from jeroboam.source.parse import MAX_DEPTH, MAX_VALUES

SCALARS = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_it_is_what_the_standard_reader_makes_of_it(
    value: object, indent: int | str | None, ascii_: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    read = parsed_json(text, "a.json")
    assert read.diagnostics == ()
    assert read.node is not None
    assert flattened(read.node)[0] == value


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_at_a_place(text: str) -> None:
    read = parsed_json(text, "a.json")
    if read.node is None:
        (finding,) = read.diagnostics[-1:]
        assert finding.span is not None
        assert finding.span.start.line <= text.count("\n") + text.count("\r") + 1
    else:
        assert json.loads(text) == flattened(read.node)[0]


def test_each_value_has_its_place() -> None:
    read = parsed_json('{\n  "a": [1, "zwei"],\r\n  "b": {"c/d": null}\n}', "a.json")
    assert read.node is not None
    _, places = flattened(read.node)
    starts = {at: place.value_span.start for at, place in places.items()}
    assert {at: (start.line, start.column) for at, start in starts.items()} == {
        "": (1, 1), "/a": (2, 8), "/a/0": (2, 9), "/a/1": (2, 12), "/b": (3, 8), "/b/c~1d": (3, 16),
    }  # fmt: skip
    key = places["/b/c~1d"].key_span
    assert key is not None
    assert (key.start.column, key.end.column) == (9, 14)


@pytest.mark.parametrize(
    ("text", "code", "place", "problem"),
    [
        ("", "JB0701", (1, 1), "it ends where a value is expected"),
        ("{'a': 1}", "JB0701", (1, 2), "a name in double quotes"),
        ("'a'", "JB0701", (1, 1), "a text stands in double quotes"),
        ('{"a" 1}', "JB0701", (1, 6), "expected ':'"),
        ('{"a": 1 "b"}', "JB0701", (1, 9), "expected ',' or '}'"),
        ("[1,\n]", "JB0701", (2, 1), "a comma before the closing bracket"),
        ("{} {}", "JB0701", (1, 4), "there is more after the end"),
        ('{"a": None}', "JB0701", (1, 7), "expected a value"),
        ('{"a": True}', "JB0701", (1, 7), "'True' is written 'true'"),
        ('{"a": NaN}', "JB0701", (1, 7), "expected a value"),
        ('{"a": "b', "JB0701", (1, 7), "a text has no closing quote"),
        ('{"a": "b\nc"}', "JB0701", (1, 9), "a character that a text cannot have"),
        (r'{"a": "\x"}', "JB0701", (1, 8), "a character that a text cannot have"),
        (r'{"a": "\ud800"}', "JB0118", (1, 7), "surrogate"),
        ('{"a": 1e999}', "JB0113", (1, 7), "finite"),
        ('{"a": 99999999999999999999}', "JB0113", (1, 7), "64 bits"),
        ("[" * (MAX_DEPTH + 1), "JB0114", (1, MAX_DEPTH + 1), "nested"),
        ("[" + "1," * MAX_VALUES, "JB0125", (1, 2 * MAX_VALUES), "values"),
        ('{"' + "a" * 2_000 + '": 1}', "JB0126", (1, 2_006), "characters"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_where_it_is(
    text: str, code: str, place: tuple[int, int], problem: str
) -> None:
    read = parsed_json(text, "a.json")
    assert read.node is None
    (finding,) = read.diagnostics
    assert finding.span is not None
    assert (finding.code, (finding.span.start.line, finding.span.start.column)) == (code, place)
    assert problem in finding.message


def test_a_key_that_is_given_twice_is_told_with_both_places() -> None:
    read = parsed_json('{"a": 1,\n "a": 2}', "a.json")
    (finding,) = read.diagnostics
    assert finding.code == "JB0107"
    assert finding.span is not None
    assert finding.span.start.line == 2
    assert [related.span.start.line for related in finding.related if related.span] == [1]

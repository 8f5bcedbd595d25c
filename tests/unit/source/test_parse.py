"""One YAML text: what it means, where everything stands, what is refused."""

from __future__ import annotations

import pytest

from jeroboam.source.nodes import flattened
from jeroboam.source.parse import MAX_DEPTH, MAX_POINTER, MAX_VALUES, parsed
from jeroboam.source.scalars import is_bad, plain


def data(text: str) -> object:
    result = parsed(text, "a.yaml")
    assert result.node is not None, result.diagnostics
    return flattened(result.node)[0]


def codes(text: str) -> list[str]:
    return [d.code for d in parsed(text, "a.yaml").diagnostics]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2018-08-31", "2018-08-31"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("True", True),
        ("~", None),
        ("", None),
        ("+", "+"),
        ("-", "-"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_are_yaml_1_2(text: str, value: object) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "9" * 30, "9" * 5000, "0x" + "f" * 30])
def test_numbers_that_no_tool_agrees_on(text: str) -> None:
    assert is_bad(plain(text))


def test_quoted_and_tagged_scalars_are_strings() -> None:
    assert data("a: '1'\nb: \"true\"\nc: !!str 1.30\nd: ! 5\n") == {
        "a": "1",
        "b": "true",
        "c": "1.30",
        "d": "5",
    }


def test_merge_key_is_an_ordinary_key() -> None:
    assert data("<<: {a: 1}\n") == {"<<": {"a": 1}}


def test_places() -> None:
    result = parsed("a:\n  b: [1, {c: x}]\n  # end\nd: |\n  text\n", "a.yaml")
    assert result.node is not None
    places = flattened(result.node)[1]
    assert places["/a"].key == (0, 0, 0, 1)
    assert places["/a"].value == (1, 2, 1, 16)
    assert places["/a/b"].value == (1, 5, 1, 16)
    assert places["/a/b/1/c"] == ("a.yaml", (1, 13, 1, 14), (1, 10, 1, 11))
    assert places["/d"].key == (3, 0, 3, 1)


def test_columns_count_characters() -> None:
    result = parsed("k: [集群, x]\n", "a.yaml")
    assert result.node is not None
    assert flattened(result.node)[1]["/k/1"].value == (0, 8, 0, 9)


def test_all_duplicates_are_reported_with_both_places() -> None:
    result = parsed("a: 1\nb: 2\na: 3\nb: 4\n", "a.yaml")
    assert result.node is not None
    assert [d.code for d in result.diagnostics] == ["JB0107", "JB0107"]
    first = result.diagnostics[0]
    assert first.span
    assert first.related[0].span
    assert (first.span.start.line, first.related[0].span.start.line) == (3, 1)


def test_billion_laughs_cost_nothing() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]
    assert set(codes("\n".join(lines))) == {"JB0108"}


@pytest.mark.parametrize("bracket", ["[", "{a: "])
def test_depth_is_bounded_without_recursion(bracket: str) -> None:
    assert codes("a: " + bracket * 5000) == ["JB0114"]
    assert codes("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a:\n\tb: 1\n", "JB0104"),
        ("a: 'x\n", "JB0103"),
        ("a: b: c\n", "JB0103"),
        ("%YAML 3.0\n---\na: 1\n", "JB0103"),
        ("a: \x07\n", "JB0106"),
        ("a: !foo x\n", "JB0109"),
        ("a: !!int '3'\n", "JB0109"),
        ("1: a\n", "JB0110"),
        ("~: a\n", "JB0110"),
        ("{a: 1}: b\n", "JB0110"),
        ("a: 1\n---\nb: 2\n", "JB0111"),
        ("", "JB0112"),
        ("just text", "JB0112"),
        ("a: .nan", "JB0113"),
    ],
)
def test_refused(text: str, code: str) -> None:
    result = parsed(text, "a.yaml")
    assert result.node is None
    assert [d.code for d in result.diagnostics] == [code]
    assert all(d.span for d in result.diagnostics)


@pytest.mark.slow
def test_values_are_counted_and_keys_are_not() -> None:
    assert codes("a: [" + "1," * (MAX_VALUES - 2) + "]") == []
    assert codes("a: [" + "1," * (MAX_VALUES - 1) + "]") == ["JB0125"]
    assert codes("a: [" + "1," * MAX_VALUES * 3 + "]") == ["JB0125"]


def test_the_keys_of_a_pointer_are_bounded_together() -> None:
    half = "k" * (MAX_POINTER // 2 - 1)
    assert codes(f"{half}:\n  {half}: 1\n") == []
    assert codes(f"{half}:\n  {half}kkk: 1\n") == ["JB0126"]


@pytest.mark.parametrize(
    "text",
    [
        "a: !{} 1\n", "a: !<{}> 1\n", "a: !{}! 1\n", "a: | # {}\n  b\n", "a: >{}\n  b\n",
        "%YAML 1.{}\n---\na: 1\n", "%A {}\n---\na: 1\n",
    ],
)  # fmt: skip
def test_what_is_slow_to_read_is_short(text: str) -> None:
    digits = "1" if ">" not in text or "<" in text else " "
    assert codes(text.format(digits * 5000)) == ["JB0103"]

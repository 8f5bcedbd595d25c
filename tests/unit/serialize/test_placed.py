"""YAML with places: what stands where, and what Heat's own loader makes of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from jeroboam.serialize import YamlError
from jeroboam.serialize.placed import PlacedValue, load_placed
from tests.support import hot

TEXTS = (
    "a: 1\nb: [yes, 'no', 010, 1_000, 1.5, ~, 2013-05-23]\n",
    "base: &base {a: 1, b: 2}\nc:\n  <<: *base\n  b: 3\nd: [*base, *base]\n",
    "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], z: 3}\n",
    "a: 1\na: 2\nb: {2: one, true: two}\n",
    "a: |\n  text\n  more\nb: >-\n  folded\n  text\n",
    '{"a": [1, {"b": null}]}',
    "",
)


def plain(node: PlacedValue) -> Any:
    """The value without places."""
    if isinstance(node.value, dict):
        return {name: plain(entry.value) for name, entry in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def keys_as_text(value: Any) -> Any:
    """As JSON has them, which is how a client sends a template."""
    if isinstance(value, dict):
        return {str(k).lower() if isinstance(k, bool) else str(k): keys_as_text(v) for k, v in value.items()}
    return [keys_as_text(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", TEXTS)
def test_it_is_what_heat_reads(text: str) -> None:
    assert plain(load_placed(text).root) == keys_as_text(yaml.load(text, Loader=hot._HeatLoader))


def test_places_of_values_and_keys() -> None:
    root = load_placed("a:\n  b: [1,\n    two]\nc: |\n  x\n").root
    a, c = root.value["a"], root.value["c"]
    assert (a.key, a.value.mark) == ((0, 0, 0, 1), (1, 2, 2, 8))
    b = a.value.value["b"]
    assert (b.key, b.value.mark) == ((1, 2, 1, 3), (1, 5, 2, 8))
    assert [item.mark for item in b.value.value] == [(1, 6, 1, 7), (2, 4, 2, 7)]
    assert c.value.mark[:2] == (3, 3)


def test_an_alias_is_where_its_anchor_is() -> None:
    root = load_placed("a: &x {b: 1}\nc: *x\n").root
    assert root.value["c"].value is root.value["a"].value


def test_keys_that_are_given_twice() -> None:
    assert load_placed("a: 1\nb: 2\na: 3\n").twice == (("a", (0, 0, 0, 1), (2, 0, 2, 1)),)


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        ("a: 1\n---\nb: 2\n", "there is a second document", (2, 1)),
        ("a: {<<: 1}\n", "'<<' merges something that is no mapping", (1, 9)),
        ("a: !x 1\n", "a tag does not match its value", (1, 4)),
        ("a: *b\n", "an alias has no anchor before it", (1, 4)),
        ("a: &b [*b]\n", "an alias refers to a value that contains it", (1, 8)),
    ],
)
def test_what_is_refused(text: str, problem: str, place: tuple[int, int]) -> None:
    with pytest.raises(YamlError) as error:
        load_placed(text)
    assert (error.value.problem, (error.value.line, error.value.column)) == (problem, place)


def test_aliases_of_aliases_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(YamlError, match="it holds more than"):
        load_placed("\n".join(lines))

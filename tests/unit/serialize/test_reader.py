"""YAML of others: PyYAML's data where there is any, and a place where there is none."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from jeroboam.resources import fragment
from jeroboam.serialize import YamlError, load_yaml_all, not_text
from jeroboam.serialize.reader import MAX_DEPTH, MAX_DIRECTIVES, MAX_VALUES
from tests.support.cases import CASES, compiled
from tests.support.odd_yaml import READ, REFUSED, Odd

pytestmark = pytest.mark.slow

MANIFESTS = ("calico", "cinder-csi", "cloud-controller-manager", "flannel", "metrics-server")


def refused(text: str) -> YamlError:
    with pytest.raises(YamlError) as caught:
        load_yaml_all(text)
    return caught.value


@pytest.mark.parametrize("odd", REFUSED.values(), ids=list(REFUSED))
def test_a_refusal_says_where(odd: Odd) -> None:
    error = refused(f"a: b\nc:\n{odd.text}\n")
    assert (error.line, error.column) == (odd.line + 2, odd.column), error.problem
    assert f"line {odd.line + 2}, column {odd.column}" in str(error)


@pytest.mark.parametrize(("text", "data"), READ.values(), ids=list(READ))
def test_what_is_read(text: str, data: object) -> None:
    assert repr(load_yaml_all(f"a: {text}\n")) == repr([{"a": data}])


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("%TAG !a! b\n" * (MAX_DIRECTIVES + 1) + "--- a\n", MAX_DIRECTIVES + 1, "begin with '%'"),
        ("- a\n" * (MAX_VALUES + 1), MAX_VALUES, "values"),
        ("---\n" * (MAX_VALUES + 1), MAX_VALUES + 2, "values"),
        ("- " * (MAX_DEPTH + 1), 1, "are nested more than"),
    ],
)
def test_what_is_large(text: str, line: int, problem: str) -> None:
    error = refused(text)
    assert problem in error.problem
    assert error.line == line


def test_as_much_as_there_may_be() -> None:
    assert load_yaml_all("- a\n" * (MAX_VALUES - 1)) == [["a"] * (MAX_VALUES - 1)]
    deep: Any = load_yaml_all("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    for _ in range(MAX_DEPTH):
        (deep,) = deep
    assert deep == []


@pytest.mark.parametrize("text", ["", "\n", "# a\n", "---\n", "--- ~\n...\n---\n", "\ufeff"])
def test_nothing(text: str) -> None:
    assert load_yaml_all(text) == []


def test_anchors_end_with_their_document() -> None:
    assert refused("--- &a b\n--- *a\n").line == 2


@pytest.mark.parametrize(
    "text",
    ["canary: 1\ncanary: 2\n", "a: *canary\n", "a: !canary b\n", "a: !canary!b c\n", "a: !!int canary\n"],
)
def test_nothing_of_the_text_is_repeated(text: str) -> None:
    error = refused(text)
    assert "canary" not in f"{error} {error.hint}"


def test_a_file_that_is_no_text() -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        "ä: b\nä: \xe9".encode("latin-1").replace(b"\xe4", "ä".encode()).decode()
    assert (not_text(caught.value).line, not_text(caught.value).column) == (2, 4)


def texts() -> dict[str, str]:
    """All YAML of the golden cases and of what they compile to, and the add-ons' manifests."""
    found = {str(case): case.spec.read_text(encoding="utf-8") for case in CASES}
    made = ((case, path, text) for case in CASES for path, text in compiled(case.spec).files.items())
    found |= {f"{case}/{path}": text for case, path, text in made if path.endswith(".yaml")}
    found |= {name: fragment(f"kubernetes/manifests/{name}.yaml.j2") for name in MANIFESTS}
    return found


def test_the_data_is_pyyamls() -> None:
    for name, text in texts().items():
        ours = load_yaml_all(text)
        theirs = [document for document in yaml.safe_load_all(text) if document is not None]
        assert ours == theirs, name
        assert ours

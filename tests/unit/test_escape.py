"""What is escaped, and what stays as it is."""

from __future__ import annotations

import json

import pytest
import yaml

from jeroboam.escape import escaped, line, lines
from jeroboam.serialize import json_line, json_text, yaml_text
from tests.support.obeyed import HOSTILE, obeyed


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_is_obeyed(text: str) -> None:
    assert not obeyed(line(text))
    assert not obeyed(lines([text, text]))
    assert line(line(text)) == line(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_data_is_the_same_after_escapes_that_mean_the_same(text: str) -> None:
    for data in ({text: text}, [text], text):
        for written in (json_text(data), json_line(data)):
            assert json.loads(written) == data
            assert not obeyed(written)
        assert yaml.safe_load(yaml_text(data)) == data
        assert not obeyed(yaml_text(data))


@pytest.mark.parametrize(
    "text",
    [
        "käse 集群 😀 e\u0301",
        "a: b # c [d]",
        "50%",
        r"C:\new",
        "10.0.0.0/24",
        "a::b",
        "#[x]",
        "the prefix ::/0",
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert line(text) == escaped(text) == text


def test_an_escape_says_which_character_it_was() -> None:
    assert escaped("\n\r\t\0\x1b\x7f\x9b\u2028\u202e\udcff") == r"\n\r\t\x00\x1b\x7f\x9b\u2028\u202e\udcff"


def test_tabs_of_a_line_stay() -> None:
    assert line("+\tx\x0b") == "+\tx\\x0b"


def test_no_command_begins_a_line() -> None:
    assert line("::error::x") == r"\x3a:error::x"
    assert line("\u3000 ::error::x") == "\u3000 \\x3a:error::x"
    assert escaped("a ##[group]b") == r"a \x23#[group]b"

"""Code that pages show is what the files say: a block that names a file is made of lines of it.

After the language of a block stands the file's path. Its lines are there in that order; `…` leaves some out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.cases import ROOT
from tests.support.pages import PAGES, name

_BLOCK = re.compile(r"^```\w+ (\S+/\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`((?:compiler|docs|fragments|golden|schemas|tests)/[\w./-]+)`")


class Excerpt(NamedTuple):
    page: Path
    path: str
    text: str


EXCERPTS = [
    Excerpt(page, *block) for page in PAGES for block in _BLOCK.findall(page.read_text(encoding="utf-8"))
]


def missing(excerpt: str, text: str) -> str | None:
    """The first line of an excerpt that is not there; what is between two `…` is there in one piece."""
    rest = text
    for piece in re.split(r"^\s*…\n", excerpt, flags=re.MULTILINE):
        before, found, rest = f"\n{rest}".partition(f"\n{piece}")
        if not found:
            lines = piece.splitlines()
            return next((line for line in lines if f"\n{line}\n" not in before), lines[0])
    return None


@pytest.mark.parametrize("excerpt", EXCERPTS, ids=lambda e: f"{e.page.stem}-{e.path}")
def test_an_excerpt_is_what_the_file_says(excerpt: Excerpt) -> None:
    text = (ROOT / excerpt.path).read_text(encoding="utf-8")
    assert missing(excerpt.text, text) is None, f"{excerpt.page.name}: no such lines in {excerpt.path}"


def test_what_is_not_there_is_found() -> None:
    text = "one\ntwo\nthree\n"
    assert missing("one\ntwo\n", text) is None
    assert missing("one\n…\nthree\n", text) is None
    assert missing("one\nthree\n", text) == "one"
    assert missing("two\n…\none\n", text) == "one"
    assert missing("one\nfour\n", text) == "four"


def _named(page: Path) -> Iterator[str]:
    return (name for name in _NAMED.findall(page.read_text(encoding="utf-8")) if "<" not in name)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    assert [name for name in _named(page) if not (ROOT / name).exists()] == []

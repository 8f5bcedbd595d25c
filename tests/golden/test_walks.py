"""The walks of docs/walks/ that need no cloud are what happens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support import walks

OFFLINE = ("author", "pipeline")
ON_A_CLOUD = ("operator", "tutorial")
"""Walked by tests/cloud/test_walk.py."""
GIT = {"GIT_CONFIG_GLOBAL": os.devnull} | {
    f"GIT_{who}_{what}": "ops@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def test_each_page_is_walked() -> None:
    assert {page.stem for page in walks.FOLDER.glob("*.md")} == {*OFFLINE, *ON_A_CLOUD}


@pytest.mark.slow
@pytest.mark.parametrize("name", OFFLINE)
def test_a_walk_prints_what_it_shows(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    page = walks.FOLDER / f"{name}.md"
    text = page.read_text(encoding="utf-8")
    turned_out = walks.walked(text, tmp_path, GIT)
    if turned_out != text and request.config.getoption("--update-golden"):
        page.write_text(turned_out, encoding="utf-8")
    assert turned_out == text

"""The walks of docs/walks/ are what happens: each command is run in its order, and prints what is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import ROOT

WALKS = sorted((ROOT / "docs" / "walks").glob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w./-]+)\n")
VARIES = "…"


def test_there_are_walks() -> None:
    assert [page.stem for page in WALKS] == ["author", "pipeline"]


@pytest.mark.slow
@pytest.mark.parametrize("page", WALKS, ids=lambda page: page.stem)
def test_a_walk_prints_what_it_shows(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = page.read_text(encoding="utf-8")
    walked = FENCE.sub(lambda found: _walked(found, tmp_path), text)
    if walked != text and request.config.getoption("--update-golden"):
        page.write_text(walked, encoding="utf-8")
    assert walked == text


def _walked(found: re.Match[str], folder: Path) -> str:
    """A block as it turns out: a file that is written, or commands with what they print."""
    language, body = found.groups()
    if language == "console":
        return f"```console\n{''.join(_printed(command, folder) for command in _commands(body))}```"
    named = FILE.match(body)
    assert named, f"which file is this?\n{body}"
    path = folder / named[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")
    return found[0]


def _commands(body: str) -> list[tuple[str, str]]:
    """Each command with what the page says that it prints."""
    parts = re.split(r"^\$ (.*)\n", body, flags=re.MULTILINE)
    assert parts[0] == ""
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _printed(command: tuple[str, str], folder: Path) -> str:
    line, shown = command
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{line}"],
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{
                f"GIT_{who}_{what}": "ops@example.org"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        },
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    ended = f"[exit status {done.returncode}]\n" if done.returncode else ""
    said = done.stdout + ended
    same = re.fullmatch(re.escape(shown).replace(re.escape(VARIES), ".*"), said)
    return f"$ {line}\n{shown if same else said}"

"""Walks of docs/walks/: pages whose commands are run in their order, each printing what the page shows.

A block is either `console`, commands with what they print, or a file whose first line names it in a comment;
one of `sh` that names no file is typed before the walk begins, and is judged elsewhere.
`…` in what is shown stands for what differs from run to run; alone on a line for any lines, or for none.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.cases import ROOT
from tests.support.day import DAY

FOLDER = ROOT / "docs" / "walks"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:#!.*\n)?# ([\w./-]+)\n")
VARIES = "…"


def walked(
    text: str, folder: Path, environment: Mapping[str, str], before: Callable[[], None] = lambda: None
) -> str:
    """The page as it turns out in `folder`; `before` is called before each command."""

    def block(found: re.Match[str]) -> str:
        language, body = found.groups()
        if language != "console":
            if language != "sh" or FILE.match(body):
                _write(folder, body)
            return found[0]
        printed = []
        for line, shown in _commands(body):
            before()
            printed.append(f"$ {line}\n{as_shown(said(line, folder, environment), shown)}")
        return f"```console\n{''.join(printed)}```"

    return FENCE.sub(block, text)


def _write(folder: Path, body: str) -> None:
    named = FILE.match(body)
    assert named, f"which file is this?\n{body}"
    path = folder / named[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")


def _commands(body: str) -> list[tuple[str, str]]:
    """Each command with what the page says that it prints."""
    parts = re.split(r"^\$ (.*)\n", body, flags=re.MULTILINE)
    assert parts[0] == ""
    return list(zip(parts[1::2], parts[2::2], strict=True))


def said(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What a shell prints in `folder`, both streams, and the status behind it where it is not 0."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{line}"],
        cwd=folder,
        env={"PATH": path, "HOME": str(home), **DAY, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stdout + (f"[exit status {done.returncode}]\n" if done.returncode else "")


def as_shown(said: str, shown: str) -> str:
    """What the page shows, where that is what was said but for what differs from run to run."""
    lines = (
        "(?:.*\n)*?" if line == f"{VARIES}\n" else re.escape(line).replace(re.escape(VARIES), ".*")
        for line in shown.splitlines(keepends=True)
    )
    return shown if re.fullmatch("".join(lines), said) else said

"""`diagnose` as a terminal shows it, as far as no cloud is needed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import IO

import pytest

from jeroboam.cli.diagnose import _coloured, _width
from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.text import WIDTH, text
from tests.unit.deploy.diagnosis.facts import at, failed_cluster

SGR = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[IO[str]]:
    """A terminal that wants colours; its size is what the system says of it."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor
        yield stream
    os.close(ours)


@pytest.mark.parametrize(("columns", "width"), [(80, 80), (300, WIDTH), (0, WIDTH), (5, 40)])
def test_lines_are_as_wide_as_the_terminal_at_most(
    terminal: IO[str], monkeypatch: pytest.MonkeyPatch, columns: int, width: int
) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((columns, 24)))
    assert _width(terminal) == width


def test_in_a_pipe_they_are_of_one_width() -> None:
    with open(os.devnull, "w", encoding="utf-8") as stream:  # noqa: PTH123 - any stream
        assert _width(stream) == _width(None) == WIDTH


def test_colours_change_nothing_but_colours_and_a_title_is_bold_to_its_end(terminal: IO[str]) -> None:
    plain = text(diagnosis(failed_cluster(), at(700)), 80)
    painted = _coloured(plain, terminal)
    assert SGR.sub("", painted) == plain
    bold = [line for line in painted.splitlines() if line.startswith("\x1b[1m")]
    assert bold[0] == "\x1b[1m1. a server answered a download with an error:\x1b[0m"
    assert bold[2].startswith("\x1b[1m   [download-refused]")
    assert "\x1b[1;31mfailed\x1b[0m" in painted.splitlines()[0]

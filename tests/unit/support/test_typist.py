"""Lines that are typed on a terminal: what one leaves to the next, questions, and what runs beside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.typist import Typist


@pytest.fixture
def types(tmp_path: Path) -> Typist:
    (tmp_path / "state").mkdir()
    return Typist(tmp_path, tmp_path / "state", {"PATH": os.environ["PATH"]})


def test_what_is_exported_and_the_last_status_stay(types: Typist, tmp_path: Path) -> None:
    assert types("export KIND=cluster").status == 0
    assert types("exit 4").status == 4
    assert types("echo $? $KIND") == (0, "4 cluster\n")
    types.says(KIND="a 'template'")
    assert types('echo "$KIND" > kind && false | cat').status == 1
    assert (tmp_path / "kind").read_text(encoding="utf-8") == "a 'template'\n"


def test_it_says_yes_on_a_terminal(types: Typist) -> None:
    done = types("test -t 0 && test -t 2 && printf 'Go on? [y/N]: ' && read answer && echo \"said $answer\"")
    assert done.status == 0
    assert "said y" in done.text


def test_what_lasts_runs_beside_until_it_is_halted(types: Typist, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "said")
    types("echo begun > said; sleep 600    # until Ctrl-C")
    assert types("cat said").text == "begun\n"
    types.halts()
    types("sleep 600 # until Ctrl-C")
    types.kills()


def test_what_ends_by_itself_or_badly_is_told(types: Typist, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "said")
    types("echo no such host; : > said; exit 3    # until Ctrl-C")
    types("cat said")
    with pytest.raises(AssertionError, match=r"with 3: echo(.|\n)*\nno such host\n"):
        types.halts()


def test_a_line_that_lasts_is_told(types: Typist) -> None:
    with pytest.raises(AssertionError, match="still runs after 0"):
        types("sleep 600", seconds=0.1)

"""The pages of man(1): each command has one, programs that show them find nothing wrong, nothing is lost."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main

from docs.generators.man import pages
from jeroboam.cli.app import app
from jeroboam.cli.commands import COMMANDS

PAGES = dict(pages())
CHECKS = {
    "mandoc": ["mandoc", "-T", "lint", "-W", "warning"],
    "groff": ["groff", "-man", "-ww", "-z", "-T", "utf8"],
}
# The pages have no date, see the generator.
EXPECTED = re.compile(r'.*:2:\d+: WARNING: missing date, using "": TH\n')


def test_every_command_has_a_page() -> None:
    assert set(PAGES) == {"jeroboam.1", *(f"jeroboam-{name}.1" for name in COMMANDS)}


@pytest.mark.parametrize("program", CHECKS)
def test_programs_that_show_them_find_nothing_wrong(program: str, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    for name, text in PAGES.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    done = subprocess.run(
        [*CHECKS[program], *PAGES], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert EXPECTED.sub("", done.stdout + done.stderr) == ""


def test_a_page_says_what_help_says(tmp_path: Path) -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("needs mandoc")
    group = typer.main.get_command(app)
    for name in ("compile", "credentials", "roll"):
        command = group.commands[name]  # type: ignore[attr-defined]
        page = tmp_path / name
        page.write_text(PAGES[f"jeroboam-{name}.1"], encoding="ascii")
        shown = subprocess.run(
            ["mandoc", "-T", "utf8", "-O", "width=1000", page], capture_output=True, text=True, check=True
        ).stdout
        shown = re.sub(".\x08", "", shown)
        help_text = command.get_help(command.context_class(command, **command.context_settings))
        words = re.findall(r"[^\W\d_]{3,}", help_text.partition("\n\n")[2])
        assert [word for word in words if word.lower() not in shown.lower()] == []
        examples = re.findall(r"^  (jeroboam .*)$", help_text.partition("Examples:")[2], re.MULTILINE)
        assert [line for line in examples if line not in shown] == []

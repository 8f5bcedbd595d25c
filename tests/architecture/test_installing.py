"""How it is said to be installed is how it can be: no index has it, and every page and hint knows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from docs.sbom import CONSTRAINTS, closure, pinned
from jeroboam.__about__ import WITH_CLIENTS, __version__
from jeroboam.cli.clouds import connected
from jeroboam.cli.terminal import CommandError
from tests.support.cases import ROOT
from tests.support.command import jeroboam

INSTALL = re.compile(r"pip install [^\n`]*jeroboam[^\n`]*|pip install [^\n`]*\[deploy[^\n`]*")
PAGES = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md"))


def test_pages_and_hint_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [
        re.split(r" +#", line)[0].strip()
        for page in PAGES
        for line in INSTALL.findall(page.read_text(encoding="utf-8"))
    ]
    assert set(shown) == set(WITH_CLIENTS.values())
    monkeypatch.setattr("jeroboam.cli.clouds.find_spec", lambda _: None)
    with pytest.raises(CommandError) as refused:
        connected(None, None)
    assert all(command in str(refused.value.hint) for command in WITH_CLIENTS.values())
    sources = (ROOT / "compiler" / "jeroboam").rglob("*.py")
    others = [p.name for p in sources if INSTALL.search(p.read_text("utf-8")) and p.name != "__about__.py"]
    assert others == []


@pytest.mark.xdist_group("wheel")
def test_checkout_and_wheel_can_be_installed_so(tmp_path: Path) -> None:
    """With the extra that the commands name; a dry run downloads nothing where dependencies are left out."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    for where, folder in (("from a checkout", ROOT), ("from a wheel", tmp_path)):
        words = shlex.split(WITH_CLIENTS[where])
        assert words[:2] == ["pip", "install"]
        dry = ["--dry-run", "--ignore-installed", "--no-deps", "--no-index", "--no-build-isolation"]
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words[1:], *dry, "--disable-pip-version-check"],
            cwd=folder, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert f"Would install jeroboam-{__version__}" in done.stdout, done.stderr
        assert "does not provide the extra" not in done.stderr


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    code = "import runpy; runpy.run_module('jeroboam', run_name='__main__', alter_sys=True)"
    done = jeroboam(["--version"], code=code, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"jeroboam {__version__}\n", "")
    wrong = subprocess.run(
        [sys.executable, "-m", "jeroboam", "no-such-command"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT / "compiler")}, capture_output=True, text=True,
    )  # fmt: skip
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("Usage: jeroboam ")


def test_all_that_is_installed_with_it_is_pinned() -> None:
    """So that a bill of materials is of what was tested, and a container has it."""
    everything = closure([Requirement("jeroboam[deploy,test]")])
    assert set(everything) - set(pinned(CONSTRAINTS.read_text(encoding="utf-8"))) == {"jeroboam"}

"""The table from paths to suites: complete, without idle rows, and true to the Makefile and to git."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.suites import SUITES, TOUCHES, changed, main, patterns, touched

PARTS = {"test-changed", "test-cloud-short", "test-plain"}
"""Targets that are no suite of their own."""


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """Every file of the repository by its path."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the repository, not a release of it")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split("\0")[:-1]


def test_every_file_is_in_the_table(tracked: list[str]) -> None:
    assert [path for path in tracked if not patterns(path)] == []


def test_every_row_holds_a_file(tracked: list[str]) -> None:
    assert set(TOUCHES) - {row for path in tracked for row in patterns(path)} == set()


def test_the_suites_are_the_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"^(test(?:-[a-z]+)*):", makefile, re.MULTILINE)) - PARTS == set(SUITES)


def test_a_change_touches_what_its_rows_say() -> None:
    assert touched([]) == {}
    assert touched(["README.md"]) == {"test": ["README.md"], "test-release": ["README.md"]}
    assert touched([".editorconfig"]) == {"test": [".editorconfig"]}
    assert list(touched(["compiler/jeroboam/deploy/plan.py"])) == ["test", "test-cloud"]
    # Of all its rows.
    assert list(touched(["golden/kubernetes/ubuntu/ha/cluster.yaml"])) == [
        "test", "test-consumers", "test-properties", "test-kubeadm",
    ]  # fmt: skip
    daemons = touched(["docs/support.md", "tests/daemons/etcd.py", "fragments/swarm/keep.sh"])
    assert daemons["test-daemons"] == ["tests/daemons/etcd.py", "fragments/swarm/keep.sh"]


def test_what_nobody_has_thought_of_touches_all() -> None:
    assert tuple(touched(["new/folder"])) == SUITES


def test_a_change_is_what_the_branch_has_and_what_is_not_committed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def git(*words: str) -> None:
        names = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *names, *words], cwd=tmp_path, check=True, capture_output=True)

    def commit(name: str) -> None:
        (tmp_path / name).write_text(f"{name}\n", encoding="utf-8")
        git("add", name)
        git("commit", "-m", name)

    git("init", "-b", "main")
    for name in ("old", "edited", "moved"):
        commit(name)
    git("switch", "-c", "branch")
    commit("new ä")
    git("switch", "main")
    commit("of main alone")
    git("switch", "branch")
    git("mv", "moved", "elsewhere")
    (tmp_path / "edited").write_text("otherwise\n", encoding="utf-8")
    (tmp_path / "untracked").touch()
    assert changed("main", tmp_path) == ["edited", "elsewhere", "moved", "new ä", "untracked"]
    assert main("no-such-branch") == 2
    assert "no-such-branch" in capfd.readouterr().err

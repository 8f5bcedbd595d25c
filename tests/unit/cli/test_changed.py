"""`--changed`: what it says where Git does not answer, and what it takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.running import BAD, SPEC, Run


@pytest.mark.parametrize("command", ["validate", "compile"])
def test_no_repository(run: Run, spec: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    done = run(command, "--changed", spec)
    assert done.status == 1
    assert "error: --changed asks Git for the repository's files: fatal: not a git repository" in done.err
    assert "run it in a Git repository" in done.err
    monkeypatch.setenv("PATH", str(Path.cwd()))
    assert "there is no program 'git'" in run(command, "--changed", spec).err


@pytest.mark.parametrize("words", ["validate", "compile", "compile -o - --changed a.yaml"])
def test_wrong_usage(run: Run, words: str) -> None:
    assert run(*words.split()).status == 2


def test_below_the_top_of_the_repository(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "demo.yaml").write_text(SPEC.replace("name: demo", "name: demo\ntemplate: deep/b.yaml"))
    (tmp_path / "deep/b.yaml").write_text("spec_version: 1\nkind: cluster_template\nname: b\n")
    (tmp_path / "deep/bad.yaml").write_text(BAD)
    # Not known to Git, so nobody's business yet.
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "add", "."], check=True)
    (tmp_path / "deep/draft.yaml").write_text(BAD.replace("name: demo", "name: draft\ntemplate: b.yaml"))
    monkeypatch.chdir(tmp_path / "deep")
    done = run("validate", "--changed", "b.yaml")
    assert (done.status, done.err) == (0, "../demo.yaml: valid\nb.yaml: valid\n")
    assert run("validate", "--changed", "bad.yaml").status == 3
    done = run("validate", "--changed")
    assert (done.status, done.err) == (0, "no spec is among these files or made from one of them\n")

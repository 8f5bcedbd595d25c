"""`compile` in a folder that a commit may have put anything into: what is said, how it ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jeroboam.storage import locks
from jeroboam.storage.folder import opened
from tests.unit.cli.running import Run

BUILD = Path("build/demo")
SECRET = "a line of a file outside\n"


@pytest.mark.parametrize("path", ["user-data", "flannel", "nested", "."])
@pytest.mark.parametrize("option", [[], ["--check"]])
def test_a_link_that_leads_out_is_refused(path: str, option: list[str], run: Run, spec: Path) -> None:
    run("compile", "--layout", "nested", spec)
    outside = Path("outside")
    outside.mkdir()
    for name in ("master.yaml", "default.yaml", "net-conf.json", "manifest.sha256", "other"):
        (outside / name).write_text(SECRET, encoding="utf-8")
    (BUILD / path).rename("was")
    (BUILD / path).symlink_to(outside.absolute())
    done = run("compile", *option, spec)
    assert (done.status, done.out) == (1, "")
    shown = BUILD if path == "." else BUILD / path
    assert f"error: '{shown}' is a symbolic link, and a folder belongs there" in done.err
    assert "  = help: " in done.err
    assert SECRET.strip() not in done.err
    assert {entry.read_text(encoding="utf-8") for entry in outside.iterdir()} == {SECRET}
    assert len(list(outside.iterdir())) == 5


@pytest.mark.parametrize("option", [[], ["--check"]])
def test_a_fifo_does_not_hang(option: list[str], run: Run, spec: Path) -> None:
    run("compile", spec)
    (BUILD / "user-data/master.yaml").unlink()
    os.mkfifo(BUILD / "user-data/master.yaml")
    done = run("compile", *option, spec)
    assert (done.status, done.out) == (1, "")
    assert "error: 'build/demo/user-data/master.yaml' is a FIFO, and a regular file belongs there" in done.err


def test_what_goes_and_what_stays_is_said(run: Run, spec: Path) -> None:
    run("compile", "--layout", "nested", spec)
    (BUILD / "user-data/NOTES.md").write_text("mine\n", encoding="utf-8")
    done = run("compile", spec)
    assert done.status == 0
    assert "build/demo: removed nested/default.yaml: the spec no longer produces it\n" in done.err
    assert "NOTES" not in done.err
    assert (BUILD / "user-data/NOTES.md").read_text(encoding="utf-8") == "mine\n"
    assert not (BUILD / "nested").exists()
    assert run("compile", "--check", spec).status == 0


def test_what_was_edited_stays(run: Run, spec: Path) -> None:
    run("compile", "--layout", "nested", spec)
    (BUILD / "nested/default.yaml").write_text("edited\n", encoding="utf-8")
    done = run("compile", spec)
    assert "build/demo: kept nested/default.yaml: the spec no longer produces it" in done.err
    assert (BUILD / "nested/default.yaml").read_text(encoding="utf-8") == "edited\n"


def test_a_folder_from_before_there_was_a_list(run: Run, spec: Path) -> None:
    run("compile", "--layout", "nested", spec)
    (BUILD / "manifest.sha256").unlink()
    assert run("compile", "--check", "--layout", "nested", spec).status == 4
    done = run("compile", spec)
    assert "build/demo: kept nested/default.yaml: it looks like a file of an earlier compile" in done.err
    assert (BUILD / "nested/default.yaml").exists()
    assert "kept" not in run("compile", spec).err


def test_of_many_files_some_are_named_and_the_rest_counted(run: Run, spec: Path) -> None:
    run("compile", spec)
    (BUILD / "manifest.sha256").unlink()
    for number in range(30):
        (BUILD / f"user-data/{number:02}").touch()
    said = run("compile", spec).err
    assert said.count("build/demo: kept ") == 21
    assert "build/demo: kept user-data/19: " in said
    assert "build/demo: kept 10 more: " in said


def test_another_run_is_waited_for_and_not_for_ever(
    run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
    run("compile", spec)
    with opened(Path("build")) as folder, locks.locked(folder.descriptor, lambda: None):
        done = run("compile", spec)
    assert (done.status, done.out) == (1, "")
    assert "build: another run of jeroboam is writing there; waiting for it\n" in done.err
    assert "error: cannot write 'build': another run of jeroboam has been writing there" in done.err

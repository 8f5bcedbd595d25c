"""One file, written whole: as new or in another's place, with nothing left of runs that were killed."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from jeroboam.storage import locks
from jeroboam.storage.atomic_write import place, streamed
from jeroboam.storage.folder import Folder
from tests.support.cases import ROOT

KILLS = """
import os, signal, sys
from pathlib import Path
from jeroboam.storage.atomic_write import place, streamed

os.fsync = lambda _: None  # slow, and of no use to those that are killed
path, how, moment = Path(sys.argv[1]), sys.argv[2], 0
while True:
    moment += 1
    path.unlink(missing_ok=True)
    if how == "replace":
        path.write_text("old")
    child = os.fork()
    if not child:
        seen = 0
        def hook(event, _):
            global seen
            seen += event.startswith("os.") or event == "open"
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        with place(str(path), lambda: None) as file:
            getattr(file, how)(b"new", 0o600)
        os._exit(0)
    ended = os.waitpid(child, 0)[1]
    print(path.read_text() if path.exists() else "none", len(os.listdir(path.parent)) - path.exists())
    with place(str(path), lambda: None):
        pass
    assert os.listdir(path.parent) in ([], [path.name])
    if not ended:
        break
"""


@pytest.mark.parametrize(("how", "before"), [("create", "none"), ("replace", "old")])
def test_a_run_that_is_killed_leaves_the_old_or_the_new_and_the_next_one_clears_up(
    how: str, before: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLS, tmp_path / "x.secrets.yaml", how],
        env={"PYTHONPATH": str(ROOT / "compiler")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    seen = done.stdout.splitlines()
    assert set(seen) == {f"{before} 0", f"{before} 1", "new 0"} | ({"new 1"} if how == "create" else set())


def test_of_a_copy_beside_it_too(tmp_path: Path) -> None:
    """A rotation keeps the old file under another name, and may be killed while it does so."""
    kills = KILLS.replace("getattr(file, how)", 'file.beside("copy").create').replace(
        "path.unlink(missing_ok=True)", 'path.with_name("copy").unlink(missing_ok=True)'
    )
    kills = kills.replace("in ([], [path.name])", 'in ([], ["copy"])')
    done = subprocess.run(
        [sys.executable, "-c", kills, tmp_path / "x.secrets.yaml", "create"],
        env={"PYTHONPATH": str(ROOT / "compiler")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_is_there_is_not_created_again(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with place(str(path), lambda: None) as file:
        file.create(b"first", 0o600)
        with pytest.raises(FileExistsError):
            file.create(b"second", 0o600)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"first", 0o600)
    assert len(list(tmp_path.iterdir())) == 1


def test_without_hard_links_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refused)
    test_what_is_there_is_not_created_again(tmp_path)


def test_only_leftovers_of_this_file_are_removed(tmp_path: Path) -> None:
    others = [".x.note.tmp", ".tmp-0123456789abcdef-xy", "tmp-0123456789abcdef-x", ".tmp-0123456789abcdef-x~"]
    for name in (*others, ".tmp-0123456789abcdef-x", ".x.4711.tmp"):
        (tmp_path / name).touch()
    with place(str(tmp_path / "x"), lambda: None):
        assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(others)


def test_a_temporary_is_ignored_by_git_as_its_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    rename = Folder.rename

    def watched(self: Folder, name: str, new: str) -> None:
        seen.append(name)
        rename(self, name, new)

    monkeypatch.setattr(Folder, "rename", watched)
    with place(str(tmp_path / "demo.secrets.yaml"), lambda: None) as file:
        file.replace(b"secret", 0o600)
    assert [fnmatch(name, "*.secrets.yaml") for name in seen] == [True]


def test_those_of_a_run_that_lives_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
    told: list[str] = []
    with place(str(tmp_path / "x"), lambda: None):
        (tmp_path / ".tmp-0123456789abcdef-x").touch()
        with pytest.raises(TimeoutError), place(str(tmp_path / "x"), lambda: told.append("waiting")):
            pass
    assert told == ["waiting"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_stream_is_there_once_it_ended_well_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "a.snapshot"
    with streamed(str(path), 0o600) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError), streamed(str(path), 0o600) as file:
        file.write(b"two")
    with pytest.raises(ZeroDivisionError), streamed(str(tmp_path / "b"), 0o600) as file:
        file.write(b"half" * (1 // 0))
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"one"

"""A bundle's folder: whole, confined to itself, with a user's own files left alone."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jeroboam.emit import manifest
from jeroboam.emit import write as module
from jeroboam.emit.write import differences, write
from jeroboam.storage import locks
from jeroboam.storage.folder import MAX_DEPTH, Folder, UnsafePathError, opened
from tests.support.cases import ROOT
from tests.unit.emit.folders import NEW, OLD, OWN, bundle, names, put, texts, tree

FOLDERS = ["exchange", "rename", "copy", "layer"]
"""What file systems can do: all, no exchange, no hard links either, no renames of folders."""


@pytest.fixture(params=[*FOLDERS, "mount"])
def out(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder, on file systems that can do all that is asked for, and less and less of it."""
    if request.param in ("rename", "copy"):
        monkeypatch.setattr(module, "exchanged", lambda *_: False)
    if request.param == "layer":

        def below_the_top_layer(*_: object) -> bool:
            raise OSError(errno.EXDEV, "Invalid cross-device link")

        monkeypatch.setattr(module, "exchanged", below_the_top_layer)
    if request.param in ("copy", "mount"):
        number = errno.EPERM if request.param == "copy" else errno.EXDEV

        def refused(*_: object, **__: object) -> None:
            raise OSError(number, "no hard links here")

        monkeypatch.setattr(os, "link", refused)
    return tmp_path / "out"


class TestWrite:
    def test_new_then_the_same_then_another(self, out: Path, request: pytest.FixtureRequest) -> None:
        first = write(OLD, out)
        assert first.changed == tuple(sorted(texts(OLD)))
        assert tree(out / "demo") == texts(OLD)
        again = write(OLD, out)
        assert (again.changed, again.removable) == ((), ())
        other = write(NEW, out)
        assert other.removable == ("user-data/retired.yaml",)
        assert tree(out / "demo") == texts(NEW)
        assert names(out) == ["demo"]
        assert differences(NEW, out) == ""
        assert (first.whole, other.whole) == (True, request.node.callspec.id not in ("layer", "mount"))

    def test_what_is_right_keeps_its_time_stamp(self, out: Path) -> None:
        write(OLD, out)
        os.utime(out / "demo/flannel/net-conf.json", ns=(1, 1))
        write(NEW, out)
        assert (out / "demo/flannel/net-conf.json").stat().st_mtime_ns == 1
        assert (out / "demo/demo.hot.yaml").stat().st_mtime_ns > 1

    def test_a_users_own_files_stay(self, out: Path, tmp_path: Path) -> None:
        write(OLD, out)
        put(out / "demo", OWN)
        (out / "demo/own/link").symlink_to("../NOTES.md")
        (out / "demo/user-data/away").symlink_to(tmp_path)
        (out / "demo/own/empty").mkdir()
        (out / "demo/own/deep").chmod(0o555)
        (out / "demo/NOTES.md").chmod(0o640)
        (out / "demo").chmod(0o750)
        write(NEW, out)
        links = {"own/link": "-> ../NOTES.md", "user-data/away": f"-> {tmp_path}"}
        assert tree(out / "demo") == {**texts(NEW), **OWN, **links}
        assert (out / "demo/own/empty").is_dir()
        modes = [(out / "demo" / path).stat().st_mode & 0o777 for path in (".", "own/deep", "NOTES.md")]
        assert modes == [0o750, 0o555, 0o640]
        (out / "demo/own/deep").chmod(0o755)

    def test_of_earlier_files_those_that_were_changed_stay(self, out: Path) -> None:
        write(OLD, out)
        put(out / "demo", {"user-data/retired.yaml": "edited\n"})
        found = write(NEW, out)
        assert (found.removable, found.edited) == ((), ("user-data/retired.yaml",))
        assert tree(out / "demo") == {**texts(NEW), "user-data/retired.yaml": "edited\n"}
        assert differences(NEW, out) == ""

    @pytest.mark.parametrize("content", [None, "", "<<<<<<< HEAD\n", f"{'0' * 64}  ../keep\n"])
    def test_without_a_list_that_can_be_trusted_nothing_is_removed(
        self, out: Path, content: str | None
    ) -> None:
        write(OLD, out)
        put(out, {"keep": "kept\n", **{f"demo/{path}": text for path, text in OWN.items()}})
        (out / "demo" / manifest.NAME).unlink()
        if content is not None:
            put(out / "demo", {manifest.NAME: content})
        found = write(NEW, out)
        assert found.removable == ()
        assert found.unlisted == (() if content == "" else ("user-data/NOTES.md", "user-data/retired.yaml"))
        retired = {"user-data/retired.yaml": "old: retired\n"}
        assert tree(out) == {
            "keep": "kept\n",
            **{f"demo/{path}": text for path, text in {**texts(NEW), **OWN, **retired}.items()},
        }
        assert write(NEW, out).unlisted == ()

    def test_a_list_names_what_may_go_only_by_what_it_holds(self, out: Path) -> None:
        write(OLD, out)
        put(out / "demo", OWN)
        listed = f"{manifest.digest(b'else')}  NOTES.md\n{manifest.digest(b'x')}  none\n"
        put(out / "demo", {manifest.NAME: listed})
        found = write(NEW, out)
        assert (found.removable, found.edited) == ((), ("NOTES.md",))
        assert (out / "demo/NOTES.md").read_text() == OWN["NOTES.md"]

    @pytest.mark.parametrize("out", FOLDERS, indirect=True)
    def test_what_is_saved_while_the_folder_is_made_is_not_lost(
        self, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(OLD, out)
        put(out / "demo", OWN)
        put_in_place = module._put_in_place

        def late(*arguments: object) -> None:
            late_files = {"late.md": "1\n", "nested/mine/late": "2\n", "NOTES.md": "3\n"}
            put(out / "other", late_files)
            for path in late_files:
                (out / "demo" / path).parent.mkdir(parents=True, exist_ok=True)
                (out / "other" / path).rename(out / "demo" / path)
            put_in_place(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(module, "_put_in_place", late)
        write(NEW, out)
        expected = {**texts(NEW), **OWN, "late.md": "1\n", "nested/mine/late": "2\n", "NOTES.md": "3\n"}
        assert tree(out / "demo") == expected

    @pytest.mark.parametrize("out", FOLDERS, indirect=True)
    def test_an_error_leaves_all_as_it_was(self, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(OLD, out)

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(module, "_put_in_place", full)
        with pytest.raises(OSError, match="No space"):
            write(NEW, out)
        assert tree(out) == {f"demo/{path}": text for path, text in texts(OLD).items()}
        assert names(out) == ["demo"]

    @pytest.mark.parametrize("out", ["exchange", "rename"], indirect=True)
    def test_what_cannot_be_removed_afterwards_is_named_and_stops_nothing(
        self, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(OLD, out)
        remove = Folder.remove

        def refused(folder: Folder, name: str) -> None:
            raise PermissionError(errno.EACCES, "Permission denied", name)

        monkeypatch.setattr(Folder, "remove", refused)
        (left,) = write(NEW, out).left
        assert tree(out / "demo") == texts(NEW)
        assert write(OLD, out).left[0] in {left, *names(out)}
        assert tree(out / "demo") == texts(OLD)
        monkeypatch.setattr(Folder, "remove", remove)
        assert write(OLD, out).left == ()
        assert names(out) == ["demo"]

    @pytest.mark.parametrize("out", ["exchange"], indirect=True)
    @pytest.mark.parametrize("there", ["file", "link"])
    def test_an_output_folder_that_is_none(self, there: str, out: Path) -> None:
        out.write_text("", encoding="utf-8") if there == "file" else out.symlink_to("nowhere")
        with pytest.raises(NotADirectoryError, match="Not a directory"):
            write(OLD, out)

    def test_the_output_folder_itself_may_be_a_link(self, out: Path, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        out.symlink_to("elsewhere")
        write(OLD, out)
        assert tree(tmp_path / "elsewhere/demo") == texts(OLD)


def linked(at: Path, outside: Path) -> None:
    at.symlink_to(outside)


def fifo(at: Path, outside: Path) -> None:
    os.mkfifo(at)


def listening(at: Path, outside: Path) -> None:
    # Its path may be longer than an address can be.
    here = Path.cwd()
    os.chdir(at.parent)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(at.name)
    os.chdir(here)


def folder(at: Path, outside: Path) -> None:
    at.mkdir()


def dangling(at: Path, outside: Path) -> None:
    at.symlink_to(outside / "nowhere")


class TestConfined:
    """Whatever a commit puts where the bundle belongs: it is named, not followed, not opened, and stays."""

    @pytest.mark.parametrize(
        ("path", "make", "says"),
        [
            ("demo", linked, "a symbolic link, and a folder belongs there"),
            ("demo", dangling, "a symbolic link, and a folder belongs there"),
            ("demo", fifo, "a FIFO, and a folder belongs there"),
            ("demo/user-data", linked, "a symbolic link, and a folder belongs there"),
            ("demo/user-data", fifo, "a FIFO, and a folder belongs there"),
            ("demo/flannel", linked, "a symbolic link, and a folder belongs there"),
            ("demo/demo.hot.yaml", linked, "a symbolic link, and a regular file belongs there"),
            ("demo/demo.hot.yaml", fifo, "a FIFO, and a regular file belongs there"),
            ("demo/demo.hot.yaml", listening, "a socket, and a regular file belongs there"),
            ("demo/demo.hot.yaml", folder, "a folder, and a regular file belongs there"),
            ("demo/user-data/master.yaml", linked, "a symbolic link, and a regular file belongs there"),
            ("demo/user-data/retired.yaml", linked, "a symbolic link, and a regular file belongs there"),
            ("demo/manifest.sha256", linked, "a symbolic link, and a regular file belongs there"),
            ("demo/manifest.sha256", fifo, "a FIFO, and a regular file belongs there"),
        ],
    )
    @pytest.mark.parametrize("check", [False, True])
    def test_refused(
        self, path: str, make: Callable[[Path, Path], None], says: str, check: bool, tmp_path: Path
    ) -> None:
        out, outside = tmp_path / "out", tmp_path / "outside"
        write(OLD, out)
        outside_files = {**texts(OLD), "user-data/secret.yaml": "secret\n"}
        put(outside, outside_files)
        at = out / path
        there = at.is_dir()
        at.rename(tmp_path / "was")
        make(at, outside / path.removeprefix("demo").lstrip("/"))
        before = tree(out)
        with pytest.raises(UnsafePathError) as refused:
            (differences if check else write)(NEW, out)
        assert f"'{at}' is {says}" in refused.value.message
        assert "secret" not in refused.value.message
        assert there or not at.is_file() or at.is_symlink()
        assert (tree(out), tree(outside)) == (before, outside_files)

    def test_a_link_that_comes_between_is_not_followed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(OLD, tmp_path)
        put(tmp_path, {"outside": "outside\n"})
        with opened(tmp_path / "demo") as root:
            state = root.state("demo.hot.yaml")
            (tmp_path / "demo/demo.hot.yaml").unlink()
            (tmp_path / "demo/demo.hot.yaml").symlink_to("../outside")
            monkeypatch.setattr(type(root), "state", lambda *_: state)
            with pytest.raises(UnsafePathError, match="is a symbolic link"):
                root.read("demo.hot.yaml", 100)

    def test_links_that_are_the_users_own_are_not_read(self, tmp_path: Path) -> None:
        write(OLD, tmp_path / "out")
        put(tmp_path, {"outside/x.yaml": "outside\n"})
        (tmp_path / "out/demo" / manifest.NAME).unlink()
        (tmp_path / "out/demo/nested").mkdir()
        (tmp_path / "out/demo/nested/away").symlink_to(tmp_path / "outside")
        os.mkfifo(tmp_path / "out/demo/nested/fifo")
        assert "outside" not in differences(NEW, tmp_path / "out")
        assert "nested/away/x.yaml" not in write(NEW, tmp_path / "out").unlisted
        assert tree(tmp_path / "outside") == {"x.yaml": "outside\n"}
        assert (tmp_path / "out/demo/nested/fifo").is_fifo()

    def test_a_file_too_large_to_be_ours_is_replaced_and_not_shown(self, tmp_path: Path) -> None:
        write(OLD, tmp_path)
        os.truncate(tmp_path / "demo/demo.hot.yaml", 1 << 40)
        with pytest.raises(UnsafePathError, match="over 16 MiB"):
            differences(OLD, tmp_path)
        write(OLD, tmp_path)
        assert tree(tmp_path / "demo") == texts(OLD)

    def test_folders_without_end_are_refused(self, tmp_path: Path) -> None:
        write(OLD, tmp_path)
        (tmp_path / "demo" / "/".join("d" * (MAX_DEPTH + 3))).mkdir(parents=True)
        with pytest.raises(UnsafePathError, match="64 folders deep"):
            write(NEW, tmp_path)
        assert {p: t for p, t in tree(tmp_path / "demo").items() if "/" not in p} == {
            p: t for p, t in texts(OLD).items() if "/" not in p
        }

    def test_what_a_commit_calls_as_leftovers_are_called_leads_nowhere(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        put(tmp_path, {"outside/x": "x\n"})
        out.mkdir()
        for number, end in enumerate(("tmp", "old")):
            (out / f".demo.{number:016x}.{end}").symlink_to("../outside")
        (out / ".demo.note.tmp").write_text("mine\n")
        write(NEW, out)
        assert names(out) == [".demo.note.tmp", "demo"]
        assert tree(tmp_path / "outside") == {"x": "x\n"}


KILLS = """
import os, signal, sys
from pathlib import Path
from jeroboam.emit import write as module
from tests.unit.emit.folders import NEW, OLD, OWN, names, put, texts, tree

os.fsync = lambda _: None  # slow, and of no use to those that are killed
if sys.argv[2] == "rename":
    module.exchanged = lambda *_: False
out, moment = Path(sys.argv[1]), 0
while True:
    module.write(OLD, out)
    put(out / "demo", OWN)
    child = os.fork()
    if not child:
        seen = 0
        def hook(event, _):
            global seen
            seen += event.startswith("os.") or event == "open"
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)
        moment += 1
        sys.addaudithook(hook)
        module.write(NEW, out)
        os._exit(0)
    moment += 1
    if os.waitpid(child, 0)[1] == 0:
        break
    state = tree(out / "demo")
    known = {"old": {**texts(OLD), **OWN}, "new": {**texts(NEW), **OWN}, "none": {}}
    print(*[name for name, files in known.items() if files == state] or ["mixed"], flush=True)
    module.write(NEW, out)
    assert tree(out / "demo") == {**texts(NEW), **OWN}, moment
    assert names(out) == ["demo"], (moment, names(out))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "states"), [("exchange", {"old", "new"}), ("rename", {"old", "new", "none"})]
)
def test_a_run_that_is_killed_at_any_step_leaves_one_bundle_or_the_other(
    how: str, states: set[str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLS, tmp_path / "out", how],
        env={"PYTHONPATH": f"{ROOT / 'compiler'}:{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    seen = done.stdout.split()
    assert len(seen) > 50
    assert set(seen) == states
    assert seen.count("none") <= 1


def test_files_put_where_a_killed_run_left_none_stay_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(OLD, tmp_path)
    put(tmp_path / "demo", OWN)
    (tmp_path / "demo").rename(tmp_path / ".demo.0123456789abcdef.old")
    put(tmp_path / "demo", {"NOTES.md": "newer\n"})
    write(NEW, tmp_path)
    assert tree(tmp_path) == {
        f"demo/{path}": text for path, text in {**texts(NEW), **OWN, "NOTES.md": "newer\n"}.items()
    }


class TestLock:
    def test_another_run_is_waited_for_and_its_leftovers_are_not_touched(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
        write(OLD, tmp_path)
        live = tmp_path / ".demo.0123456789abcdef.tmp"
        live.mkdir()
        told: list[str] = []
        with opened(tmp_path) as folder, locks.locked(folder.descriptor, lambda: None):
            for run in (write, differences):
                with pytest.raises(TimeoutError):
                    run(NEW, tmp_path, lambda: told.append("waiting"))
        assert told == ["waiting", "waiting"]
        assert live.exists()
        assert tree(tmp_path / "demo") == texts(OLD)
        write(NEW, tmp_path)
        assert not live.exists()

    def test_without_locks_it_is_written_and_nothing_is_swept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def none(*_: object) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr("fcntl.flock", none)
        (tmp_path / ".demo.0123456789abcdef.tmp").mkdir()
        write(NEW, tmp_path)
        assert tree(tmp_path / "demo") == texts(NEW)
        assert len(names(tmp_path)) == 2


def test_a_bundle_of_one_role_more_is_all_that_differs(tmp_path: Path) -> None:
    write(bundle("x"), tmp_path)
    shown = differences(bundle("x", "y"), tmp_path)
    assert [line for line in shown.splitlines() if line.startswith("+++")] == [
        "+++ demo/manifest.sha256 (compiled)",
        "+++ demo/user-data/y.yaml (compiled)",
    ]

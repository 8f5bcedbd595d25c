"""Archives have the same bytes for the same files, and nothing of the machine that made them."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

from tests.labs.nodes.mirror.archives import Entry, copy, sha256, tree, write_tar, write_tgz


def _tar(*entries: Entry) -> bytes:
    made = io.BytesIO()
    write_tar(made, entries)
    return made.getvalue()


def test_order_and_age_of_files_are_not_in_an_archive(tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_bytes(b"program")
    entries = (Entry("usr/bin/program", 0o755, file), Entry("etc/name", 0o644, b"text"))
    first = _tar(*entries)
    os.utime(file, (1, 1))
    assert _tar(*reversed(entries)) == first


def test_members_are_roots_and_lie_in_folders() -> None:
    with tarfile.open(
        fileobj=io.BytesIO(_tar(Entry("a/b/c", 0o600, b"text"), Entry("a/l", link="b/c")))
    ) as archive:
        members = archive.getmembers()
        assert [(m.name, m.type, oct(m.mode)) for m in members] == [
            ("a", tarfile.DIRTYPE, "0o755"),
            ("a/b", tarfile.DIRTYPE, "0o755"),
            ("a/b/c", tarfile.REGTYPE, "0o600"),
            ("a/l", tarfile.SYMTYPE, "0o755"),
        ]
        assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members} == {(0, 0, "", "", 0)}


def test_the_later_entry_of_a_name_wins() -> None:
    with tarfile.open(fileobj=io.BytesIO(_tar(Entry("a", 0o644, b"old"), Entry("a", link="new")))) as archive:
        assert archive.getmember("a").linkname == "new"


def test_a_tree_keeps_links_and_modes(tmp_path: Path) -> None:
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    program = tmp_path / "usr" / "bin" / "program"
    program.write_bytes(b"")
    program.chmod(0o751)
    found = {entry.name: entry for entry in tree(tmp_path, "root/")}
    assert found["root/bin"].link == "usr/bin"
    assert found["root/usr/bin/program"].mode == 0o751
    assert "root/bin/program" not in found


def test_a_tgz_is_whole_and_the_same_again(tmp_path: Path) -> None:
    target = tmp_path / "some" / "docker.tgz"
    write_tgz(target, [Entry("docker/dockerd", 0o755, b"engine")])
    with tarfile.open(target, "r:gz") as archive:
        assert archive.getnames() == ["docker/dockerd"]
    first = sha256(target)
    write_tgz(target, [Entry("docker/dockerd", 0o755, b"engine")])
    assert sha256(target) == first == hashlib.sha256(target.read_bytes()).hexdigest()
    copy(target, tmp_path / "other" / "docker.tgz")
    assert sorted(p.name for p in tmp_path.rglob("*.tgz*")) == ["docker.tgz", "docker.tgz"]

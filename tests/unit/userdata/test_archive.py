"""What is packed is what bash puts in place: any text, under any mode, and nothing of it is run."""

from __future__ import annotations

import base64
import gzip
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jeroboam.model.types import FileEntry
from jeroboam.userdata.archive import archive, bare
from tests.support import node_files

HOSTILE = (
    "END\n",
    "END",
    "END\ntouch /run-by-mistake\nEND_\n",
    "END_\nEND\nEND__",
    "$(touch /x) `id` $HOME ${x:?} \\$ \\\n!! \\\\\n",
    "put 644 /etc/x <<'END'\nEND\n",
    "",
    "\n",
    "\n\n  no end of line",
    "\t\r\n\x01\x7f\x1b[0m\u00e9\u2028\n",
    'it\'s "quoted" <<EOF\nEOF\n',
)


def _placed(files: list[FileEntry], root: Path) -> subprocess.CompletedProcess[str]:
    text = gzip.decompress(base64.b64decode(archive(files)))
    environment = {"PATH": "/usr/bin:/bin", "JEROBOAM_ROOT": str(root)}
    return subprocess.run(["bash"], input=text.decode(), env=environment, capture_output=True, text=True)


def _hold(contents: list[str], root: Path) -> None:
    files = [FileEntry(f"/etc/{index}/it's", text, 0o600 + index % 2) for index, text in enumerate(contents)]
    done = _placed(files, root)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == sorted(file.path for file in files)
    for file in files:
        found = root / file.path.lstrip("/")
        assert found.read_bytes() == file.content.encode()
        assert found.stat().st_mode & 0o7777 == file.mode
        assert found.parent.stat().st_mode & 0o7777 == 0o755
    assert len([path for path in root.rglob("*") if path.is_file()]) == len(files)
    read = {
        file.path: (file.text, file.mode) for file in node_files.unpacked(base64.b64decode(archive(files)))
    }
    assert read == {file.path: (file.content, file.mode) for file in files}


def test_hostile_text_comes_back_as_it_was(tmp_path: Path) -> None:
    _hold([*HOSTILE], tmp_path)


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, contents: list[str]) -> None:
    _hold(contents, tmp_path_factory.mktemp("root"))


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    old = tmp_path / "etc/x"
    old.parent.mkdir()
    (tmp_path / "elsewhere").write_text("stays")
    old.symlink_to(tmp_path / "elsewhere")
    assert _placed([FileEntry("/etc/x", "new\n", 0o644)], tmp_path).returncode == 0
    assert not old.is_symlink()
    assert old.read_text("utf-8") == "new\n"
    assert (tmp_path / "elsewhere").read_text("utf-8") == "stays"


def test_what_cannot_be_placed_ends_it(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("no folder")
    done = _placed([FileEntry("/etc/x", "a\n"), FileEntry("/var/y", "b\n")], tmp_path)
    assert done.returncode != 0


def test_a_script_has_no_comments_and_runs_as_before() -> None:
    script = '#!/bin/bash\n# Why.\nrun() {\n\t# How.\n  echo "# no comment" $# # kept\n}\n#\n'
    assert bare(FileEntry("/x.sh", script, 0o755)) == FileEntry(
        "/x.sh", '#!/bin/bash\nrun() {\n  echo "# no comment" $# # kept\n}\n', 0o755
    )


def test_what_is_no_script_keeps_its_comments() -> None:
    file = FileEntry("/x.conf", "# Why.\na = 1\n")
    assert bare(file) == file

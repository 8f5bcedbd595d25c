"""The list of a bundle's files: what sha256sum reads, and nothing that leads out of the folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jeroboam.emit import manifest

DIGEST = "0" * 64
FILES = {"demo.hot.yaml": b"a: 1\n", "user-data/master.files/etc/x.toml": b"", "flannel/net-conf.json": b"{}"}


def test_sha256sum_reads_it(tmp_path: Path) -> None:
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / manifest.NAME).write_text(manifest.text(FILES), encoding="ascii")
    done = subprocess.run(["sha256sum", "-c", "--strict", manifest.NAME], cwd=tmp_path, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == len(FILES)


def test_it_is_read_as_it_was_written() -> None:
    found = manifest.parsed(manifest.text(FILES).encode())
    assert found == {path: manifest.digest(content) for path, content in FILES.items()}
    assert list(found) == sorted(FILES)


@pytest.mark.parametrize(
    "line",
    [
        f"{DIGEST}  ../other",
        f"{DIGEST}  user-data/../../other",
        f"{DIGEST}  /etc/hosts",
        f"{DIGEST}  user-data//x",
        f"{DIGEST}  ./x",
        f"{DIGEST}  user-data/",
        f"{DIGEST}  a\\b",
        f"{DIGEST}  a b",
        f"{DIGEST}  ü",
        f"{DIGEST}  a\x00b",
        f"{DIGEST} *x",
        f"{DIGEST[:-1]}  x",
        "<<<<<<< HEAD",
        "",
    ],
)
def test_one_line_of_another_form_and_none_of_it_counts(line: str) -> None:
    assert manifest.parsed(f"{manifest.text(FILES)}{line}\n".encode()) is None


def test_no_list_and_one_that_no_compile_wrote() -> None:
    assert manifest.parsed(None) is None
    assert manifest.parsed(b"x" * (manifest.MAX_BYTES + 1)) is None
    assert manifest.parsed(b"") == {}

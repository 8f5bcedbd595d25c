"""The same spec gives the same bytes: whatever the hash seed, day, zone, locale, folder or environment."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.cases import CASES, GOLDEN, MINIMAL, compiled
from tests.support.command import jeroboam, on_disk, written

HERE = {"PYTHONHASHSEED": "0", "TZ": "Pacific/Kiritimati", "LANG": "C.UTF-8", "HOME": "/nonexistent"}
THERE = {
    "PYTHONHASHSEED": "42", "TZ": "America/St_Johns", "LC_ALL": "C", "USER": "nobody",
    "HOSTNAME": "elsewhere", "SOURCE_DATE_EPOCH": "1900000000",
    "OS_CLOUD": "none", "http_proxy": "http://127.0.0.1:9", "COLUMNS": "20",
}  # fmt: skip


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    elsewhere = tmp_path / "a folder with spaces" / "golden"
    shutil.copytree(GOLDEN, elsewhere, ignore=shutil.ignore_patterns("expected"))
    specs = [case.spec for case in CASES]
    first = jeroboam(["compile", "-o", tmp_path / "first", *specs], env=HERE)
    second = jeroboam(
        ["compile", "-o", "../second", "--jobs", "2", *(s.relative_to(GOLDEN) for s in specs)],
        cwd=elsewhere,
        env=THERE,
    )
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    # The day is asked about, years later, and tells in messages alone.
    assert "JB0407" in second.stderr
    assert "JB0407" not in first.stderr
    ours, theirs = written(tmp_path / "first"), written(elsewhere.parent / "second")
    assert ours == theirs
    cases = [compiled(case.spec) for case in CASES]
    assert ours == {k: v for case in cases for k, v in on_disk(case.name, case.files).items()}


def test_no_file_names_the_machine() -> None:
    for case in CASES:
        for path, text in compiled(case.spec).files.items():
            assert str(GOLDEN) not in text, path
            assert str(Path.home()) + "/" not in text.replace("/root/.kube", ""), path


def test_check_tells_an_edit_from_none(tmp_path: Path) -> None:
    spec, name = MINIMAL.spec, compiled(MINIMAL.spec).name
    assert jeroboam(["compile", "-o", tmp_path, spec]).returncode == 0
    stamps = {p: p.stat().st_mtime_ns for p in (tmp_path / name).rglob("*")}
    assert jeroboam(["compile", "-o", tmp_path, "--check", spec]).returncode == 0
    assert jeroboam(["compile", "-o", tmp_path, spec]).returncode == 0
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / name).rglob("*")} == stamps, (
        "unchanged files were touched"
    )
    hot = tmp_path / name / f"{name}.hot.yaml"
    hot.write_text(hot.read_text().replace("RESIZE", "REPLACE", 1))
    edited = jeroboam(["compile", "-o", tmp_path, "--check", spec])
    assert edited.returncode == 4
    assert "-      flavor_update_policy: REPLACE" in edited.stdout
    assert "REPLACE" in hot.read_text(), "--check wrote"


def test_standard_output_is_the_template_alone(tmp_path: Path) -> None:
    case = MINIMAL
    done = jeroboam(["compile", "-o", "-", case.spec], cwd=tmp_path)
    assert done.stdout == compiled(case.spec).files[compiled(case.spec).hot]
    piped = jeroboam(["compile", "-o", "-", "-"], cwd=case.folder, stdin=case.spec.read_text())
    assert piped.stdout == done.stdout
    assert written(tmp_path) == {}

"""Every code has a spec that earns it, and the whole report is exact."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jeroboam.diagnostics import CODES, Diagnostic, has_errors
from jeroboam.diagnostics.text import summary, text
from jeroboam.spec import read

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/cluster.yaml"))
FRONT_END = ("JB01", "JB02", "JB03")
# Codes of later stages; their cases in this folder are run by the pipeline's own tests.
LATER = ("JB04", "JB05", "JB06")
# Its file is made by the test: a megabyte is not kept in the tree.
TOO_LARGE = "JB0102-too-large"


def diagnostics(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[Diagnostic, ...], str]:
    monkeypatch.chdir(folder)
    read_spec = read("cluster.yaml")
    found = read_spec.diagnostics
    assert (read_spec.value is None) == has_errors(found)
    return found, f"{text(found, read_spec.sources)}\n{summary(found)}\n"


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith(LATER)])
def test_report(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_reports: bool) -> None:
    folder = HERE / case
    if case == TOO_LARGE:
        folder = Path(shutil.copytree(folder, tmp_path / case))
        (folder / "big.sh").write_bytes(b"#" * (1 << 20) + b"\n")
    found, report = diagnostics(folder, monkeypatch)
    if case.startswith("JB"):
        assert case[:6] in {d.code for d in found}
    expected = HERE / case / "report.txt"
    if update_reports:
        expected.write_text(report, encoding="utf-8")
    assert report == expected.read_text(encoding="utf-8")


def test_every_code_has_a_case() -> None:
    ours = {code for code in CODES if code.startswith(FRONT_END)}
    assert ours - {case[:6] for case in CASES} == set()


def test_every_finding_is_complete() -> None:
    for code, entry in CODES.items():
        if code.startswith(LATER):
            continue
        assert entry.hint, code
        assert entry.title.rstrip(".") == entry.title != "", code
        assert not entry.message.endswith("."), code
        assert not entry.message[0].isupper(), code


def test_ten_mistakes_are_ten_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = diagnostics(HERE / "ten-mistakes", monkeypatch)
    places = [(d.code, d.span.start.line, d.span.start.column) for d in found if d.span]
    assert len(found) == len(places) == len({d.code for d in found}) == 10
    assert [line for _, line, _ in places] == [4, 6, 7, 11, 16, 17, 21, 24, 25, 28]
    assert all(d.hint for d in found)

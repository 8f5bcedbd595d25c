"""Every case under golden/ compiles to exactly the files that are recorded beside it."""

from __future__ import annotations

import difflib

import pytest

from tests.support.cases import CASES, ROOT, Case, compiled, recorded


def _difference(before: dict[str, str], after: dict[str, str]) -> str:
    lines: list[str] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is None:
            lines.append(f"new file: {path}")
        elif new is None:
            lines.append(f"no longer produced: {path}")
        elif old != new:
            lines += difflib.unified_diff(
                old.splitlines(), new.splitlines(), f"recorded/{path}", f"compiled/{path}", lineterm="", n=2
            )
    return "\n".join(lines[:400])


def _write(case: Case, files: dict[str, str]) -> None:
    expected = case.folder / "expected"
    for path in sorted(expected.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(expected).as_posix() not in files:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for name, text in files.items():
        target = expected / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8"))


def test_there_are_cases() -> None:
    assert CASES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden(case: Case, request: pytest.FixtureRequest) -> None:
    before, after = recorded(case), dict(compiled(case.spec).files)
    if before == after:
        return
    difference = _difference(before, after)
    if request.config.getoption("--update-golden"):
        _write(case, after)
        pytest.fail(f"{case.folder.relative_to(ROOT)}/expected was rewritten; look at it:\n{difference}")
    pytest.fail(f"compiled and recorded differ; if that is right, run `make golden`:\n{difference}")

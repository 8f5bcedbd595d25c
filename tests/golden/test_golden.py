"""Every case under golden/ compiles to exactly what is recorded beside it, once references are followed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import pytest

from tests.golden.folding import digests, expand, fold
from tests.support.cases import CASES, ROOT, Case, compiled

WHOLE = ("kubernetes-ubuntu-minimal", "swarm-flatcar-minimal")
"""A case for cloud-init and one for Ignition whose templates are recorded as users get them."""


def _recorded(case: Case) -> dict[str, str]:
    """The golden files of a case as they are on disk, by path below `expected/`."""
    expected = case.folder / "expected"
    return {
        path.relative_to(expected).as_posix(): path.read_bytes().decode("utf-8")
        for path in sorted(expected.rglob("*"))
        if path.is_file()
    }


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
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
    return "\n".join(line if len(line) < 200 else f"{line[:200]} …" for line in lines[:400])


def _write(case: Case, files: Mapping[str, str]) -> None:
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
    assert {str(case) for case in CASES} > set(WHOLE)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden(case: Case, request: pytest.FixtureRequest) -> None:
    before, bundle = _recorded(case), dict(sorted(compiled(case.spec).files.items()))
    after = fold(bundle, whole=str(case) in WHOLE)
    # What is recorded says all of it: nothing is left out but what a reference leads to.
    assert expand(after, digests(bundle)) == bundle
    if before == after:
        return
    difference = _difference(before, after)
    if request.config.getoption("--update-golden"):
        _write(case, after)
        pytest.fail(f"{case.folder.relative_to(ROOT)}/expected was rewritten; look at it:\n{difference}")
    pytest.fail(f"compiled and recorded differ; if that is right, run `make golden`:\n{difference}")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_text_that_changes_is_told(case: Case) -> None:
    """Each file of a bundle is recorded somewhere: with any of them changed, something recorded changes."""
    bundle = dict(compiled(case.spec).files)
    whole = str(case) in WHOLE
    told = fold(bundle, whole=whole)
    readable = (path for path in bundle if not path.startswith("user-data/") or ".files/" in path)
    for path in readable:
        changed = {**bundle, path: bundle[path] + "# one more line\n"}
        assert fold(changed, whole=whole) != told, path

"""Each mistake is found at its place, alone, and said in its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from jeroboam.diagnostics.lint_codes import LINT
from jeroboam.lint import lint_hot
from tests.unit.lint.mistakes import MARK, MISTAKES, Mistake

ELSEWHERE = frozenset({"JB0890"})
"""Codes of environments, which are in no template."""
AUTHORS_ROUND = 25


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.code}-{m.message[:40]}")
def test_it_is_found_at_its_place(mistake: Mistake) -> None:
    before, _, after = mistake.text.partition(MARK)
    Path("a.yaml").write_text(before + after, encoding="utf-8")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    found = [
        (d.code, d.message, d.span.start.line, d.span.start.column)
        for d in lint_hot("a.yaml").diagnostics
        if d.span
    ]
    assert found == [(mistake.code, mistake.message, line, column)]


def test_every_code_has_a_mistake() -> None:
    assert {mistake.code for mistake in MISTAKES} == LINT.keys() - ELSEWHERE
    assert len(LINT) > AUTHORS_ROUND

"""Notes become entries of a release's section, which is there or is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import changelog
from docs.changelog import released

OLD = "# Changelog\n\n## 0.1.0 (2026-01-01)\n\n- first\n"
OPEN = OLD.replace("\n## 0.1", "\n## 0.2.0 (unreleased)\n\n- one\n\n### Security\n\n- closed\n\n## 0.1")


def test_a_section_is_made_before_all_others() -> None:
    assert released(OLD, "0.2.0", "2026-02-02", ["two\nlines\n"], []) == (
        "# Changelog\n\n## 0.2.0 (2026-02-02)\n\n- two lines\n\n## 0.1.0 (2026-01-01)\n\n- first\n"
    )


def test_notes_go_to_the_end_of_the_section_that_is_there() -> None:
    assert released(OPEN, "0.2.0", "2026-02-02", ["two"], ["opened no more"]) == (
        "# Changelog\n\n## 0.2.0 (2026-02-02)\n\n- one\n- two\n\n"
        "### Security\n\n- closed\n- opened no more\n\n## 0.1.0 (2026-01-01)\n\n- first\n"
    )


def test_a_release_may_have_nothing_but_security() -> None:
    assert released("# Changelog\n\n## 0.2.0 (unreleased)\n", "0.2.0", "D", [], ["x"]) == (
        "# Changelog\n\n## 0.2.0 (D)\n\n### Security\n\n- x\n"
    )


def test_long_notes_are_wrapped_and_code_is_not_torn() -> None:
    (first, *others) = released(OLD, "0.2.0", "D", ["word " * 30 + "`a-b-c-d`"], []).splitlines()[4:7]
    assert len(first) <= 100
    assert others[0].startswith("  word")


def test_files_of_notes_are_gone_once_they_are_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "docs" / "changes"
    folder.mkdir(parents=True)
    for name, text in {
        "README.md": "# Notes\n",
        "b.md": "bee\n",
        "a.md": "ay\n",
        "a.security.md": "safe\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(OLD, encoding="utf-8")
    monkeypatch.setattr(changelog, "_ROOT", tmp_path)
    assert changelog.main("0.2.0", "D") == 0
    text = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## 0.2.0 (D)\n\n- ay\n- bee\n\n### Security\n\n- safe\n\n## 0.1.0" in text
    assert [path.name for path in folder.iterdir()] == ["README.md"]
    assert changelog.main("0.2.0", "D") == 1

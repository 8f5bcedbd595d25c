"""Notes become entries of a release's section, which is there or is made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from docs import changelog
from docs.changelog import faults, missing, released, section

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
        "b.md": "bee ([how](../operating.md)).\n",
        "a.md": "ay.\n",
        "a.security.md": "safe.\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(OLD, encoding="utf-8")
    monkeypatch.setattr(changelog, "_ROOT", tmp_path)
    assert changelog.main("release", "next", "D") == 1
    assert changelog.main("release", "0.2.0", "D") == 0
    text = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (
        "## 0.2.0 (D)\n\n- ay.\n- bee ([how](docs/operating.md)).\n\n### Security\n\n- safe.\n\n## 0.1.0"
        in text
    )
    assert [path.name for path in folder.iterdir()] == ["README.md"]
    assert changelog.main("release", "0.2.0", "D") == 1


def test_the_notes_of_this_branch_are_in_order() -> None:
    assert changelog.main("check") == 0


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("Big Change.md", "It is so.\n"),
        ("no-note.txt", "It is so.\n"),
        ("empty.md", "\n"),
        ("bullet.md", "- It is so.\n"),
        ("two.md", "It is so.\n\nAnd so.\n"),
        ("block.md", "It is so:\n```sh\nmake\n```\nDone.\n"),
        ("words.md", "something is different\n"),
        ("cut.md", "It is so."),
    ],
)
def test_a_note_that_cannot_be_an_entry_is_a_fault(name: str, note: str) -> None:
    assert list(faults({"fine.security.md": "It is so, **and servers are replaced.**\n"})) == []
    (fault,) = faults({name: note})
    assert fault.startswith(f"{name}: ")


def test_what_users_may_notice_has_a_note_or_says_why_not() -> None:
    assert missing(["compiler/jeroboam/hot/lower.py"], "hot: otherwise\n")
    assert missing(["pyproject.toml"], "tests: not the Changelog: none of another\n")
    assert not missing(["compiler/jeroboam/hot/lower.py", "docs/changes/lower.md"], "")
    assert not missing(["compiler/jeroboam/hot/lower.py"], "hot: the same\n\nChangelog: none\n")
    assert not missing(["tests/unit/test_flannel.py", "docs/pipelines.md"], "")


def test_a_branch_is_judged_by_what_it_changed_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def commit(*paths: str) -> None:
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(f"{path}.\n", encoding="utf-8")
        git("add", ".")
        git("commit", "-m", "x")

    def git(*words: str) -> None:
        names = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *names, *words], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.setattr(changelog, "_ROOT", tmp_path)
    git("init", "-b", "main")
    commit("docs/changes/README.md")
    git("switch", "-c", "branch")
    commit("tests/x")
    git("switch", "main")
    commit("compiler/of main alone")
    git("switch", "branch")
    assert changelog.main("check", "main") == 0
    commit("compiler/x")
    assert changelog.main("check", "main") == 1
    assert "there is no note of it" in capsys.readouterr().err
    commit("docs/changes/x.md")
    assert changelog.main("check", "main") == 0


def test_a_release_says_what_its_section_does(capsys: pytest.CaptureFixture[str]) -> None:
    dated = OPEN.replace("unreleased", "2026-02-02")
    assert section(dated, "0.2.0") == "- one\n\n### Security\n\n- closed\n"
    assert section(OPEN, "0.2.0") is None
    assert section(dated, "0.1.0") is None
    assert changelog.main("section", "9.9.9") == 1
    assert "does not begin with the dated section of 9.9.9" in capsys.readouterr().err

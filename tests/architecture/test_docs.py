"""What the README and docs/ show works: specs compile, command lines parse, make targets exist.

A YAML block that opens with a comment such as `# prod.yaml` is a file of that name; blocks of one page
share a folder, so that a cluster can name the template shown before it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import typer.main

from jeroboam.cli.app import app
from jeroboam.diagnostics import Severity
from jeroboam.emit.compare import files
from jeroboam.pipeline import compile_spec
from tests.support.cases import ROOT

PAGES = sorted(
    p
    for p in (ROOT / "README.md", *(ROOT / ".github").glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if p.exists()
)
# Names of upstream's tests are a line each, whatever their length.
WIDE = [
    p for p in (*PAGES, ROOT / "CHANGELOG.md", ROOT / "tests/labs/README.md") if p.name != "conformance.md"
]
WIDTH = 100
NOT_BUILT_YET = {"JB0401", "JB0402"}
"""A spec for a COE or distro without a plug-in is still a right spec."""


class Block(NamedTuple):
    language: str
    text: str


def _blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(language, re.sub(rf"^{indent}", "", body, flags=re.MULTILINE))
        for indent, language, body in re.findall(
            r"^([ ]*)```(\w+)[^\n]*\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL
        )
    ]


def _without_blocks(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def _commands(page: Path) -> list[str]:
    found = []
    for block in _blocks(page):
        joined = block.text.replace("\\\n", " ")
        if block.language == "console":
            found += re.findall(r"^\$ (.+)$", joined, re.MULTILINE)
        elif block.language in {"sh", "bash", "shell"}:
            found += [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [part.strip() for line in found for part in re.split(r"\s(?:\|\|?|&&|;|>)\s", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_specs_compile(page: Path, tmp_path: Path) -> None:
    specs = []
    for number, block in enumerate(b for b in _blocks(page) if b.language in {"yaml", "sh", "bash"}):
        named = re.match(r"#!?\s*(?:/\S+\n#\s*)?([\w./-]+\.(?:ya?ml|sh|pem))\b", block.text)
        path = tmp_path / (named.group(1) if named else f"block-{number}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        if re.search(r"^spec_version:", block.text, re.MULTILINE) and "kind: cluster\n" in block.text:
            specs.append(path)
    for spec in specs:
        found = compile_spec(str(spec)).diagnostics
        assert [d for d in found if d.severity is Severity.ERROR and d.code not in NOT_BUILT_YET] == [], (
            spec.name
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_command_lines_parse(page: Path) -> None:
    group = typer.main.get_command(app)
    for line in _commands(page):
        words = shlex.split(line, comments=True)
        if words[:1] == ["jeroboam"] and len(words) > 1 and words[1] not in {"--help", "--version", "-h"}:
            command = group.commands.get(words[1])  # type: ignore[attr-defined]
            assert command is not None, line
            if not {"--help", "-h"} & set(words):
                command.make_context(words[1], words[2:])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in _commands(page):
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert {w for w in words[1:] if "=" not in w and not w.startswith("-")} <= targets, line


def test_the_session_in_the_readme_is_a_real_one(tmp_path: Path) -> None:
    page = ROOT / "README.md"
    spec = next(block.text for block in _blocks(page) if block.text.startswith("# prod.yaml\n"))
    (tmp_path / "prod.yaml").write_text(spec, encoding="utf-8")
    found = compile_spec(str(tmp_path / "prod.yaml")).value
    assert found is not None
    bundle = found.bundle
    written = len(files(bundle))
    line = f"build/prod: {written} of {written} files written, {bundle.resources} resources\n"
    assert line in page.read_text(encoding="utf-8")


def test_links_within_the_repository_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", _without_blocks(page)):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_nothing_is_left_to_be_filled_in(page: Path) -> None:
    assert re.findall(r"@@[A-Z]+@@", page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", WIDE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_prose_is_of_one_width(page: Path) -> None:
    """But for tables, code, headings, and what has no blank to be broken at."""
    prose = (line for line in _without_blocks(page).splitlines() if not re.match(r" *[|#]", line))
    assert [line for line in prose if len(line) > WIDTH and " " in line.lstrip(" -*")] == []


def test_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT / "compiler")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

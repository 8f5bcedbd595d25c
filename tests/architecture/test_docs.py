"""What the README and docs/ show works: specs compile, links lead somewhere, generated pages are current.

A YAML block that opens with a comment such as `# prod.yaml` is a file of that name; blocks of one page
share a folder, so that a cluster can name the template shown before it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jeroboam.diagnostics import Severity
from jeroboam.emit.compare import files
from jeroboam.pipeline import compile_spec
from tests.support.cases import ROOT
from tests.support.pages import PAGES, blocks, name, prose

# Names of upstream's tests are a line each, whatever their length.
WIDE = [
    p for p in (*PAGES, ROOT / "CHANGELOG.md", ROOT / "tests/labs/README.md") if p.name != "conformance.md"
]
WIDTH = 100
README = ROOT / "README.md"
NOT_BUILT_YET = {"JB0401", "JB0402"}
"""A spec for a COE or distro without a plug-in is still a right spec."""


def _has_specs(page: Path) -> bool:
    return any("spec_version:" in block.text for block in blocks(page))


def _without_blocks(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [it for it in PAGES if _has_specs(it)], ids=name)
def test_specs_compile(page: Path, tmp_path: Path) -> None:
    specs = []
    for number, block in enumerate(b for b in blocks(page) if b.language in {"yaml", "sh", "bash"}):
        path = tmp_path / (block.file or f"block-{number}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        if re.search(r"^spec_version:", block.text, re.MULTILINE) and "kind: cluster\n" in block.text:
            specs.append(path)
    for spec in specs:
        found = compile_spec(str(spec)).diagnostics
        assert [d for d in found if d.severity is Severity.ERROR and d.code not in NOT_BUILT_YET] == [], (
            spec.name
        )


def test_the_readme_fits_a_screen_and_a_half() -> None:
    """Of sixty lines of 100 columns: as a reader sees it, so a link is its text alone."""
    shown = re.sub(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^)]*\)", r"\1", README.read_text(encoding="utf-8"))
    lines = [it for it in shown.splitlines() if not re.match(r"```|\| ---", it)]
    assert sum(max(1, -(-len(it) // WIDTH)) for it in lines) <= 90
    assert "(docs/topology.svg)" in README.read_text(encoding="utf-8")


def test_what_a_reviewer_sees_is_what_is_written(tmp_path: Path) -> None:
    """The README's cluster: each line of the tree in the page is of its files."""
    spec = next(block.text for block in blocks(README) if block.file == "prod.yaml")
    (tmp_path / "prod.yaml").write_text(spec, encoding="utf-8")
    compiled = compile_spec(str(tmp_path / "prod.yaml")).value
    assert compiled is not None
    written = files(compiled.bundle)
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    tree = page.partition("```text\nbuild/prod/\n  ")[2].partition("```")[0]
    assert tree
    for path in re.findall(r"^ *(\S+)", tree, re.MULTILINE):
        assert any(it == path or (it.startswith(path) and path.endswith("/")) for it in written), path


def _anchors(page: Path) -> set[str]:
    """What headings of a page are linked by, as git hosts name them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    texts = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", it) for it in headings)
    return {re.sub(r"[^\w\- ]", "", it.strip().lower()).replace(" ", "-") for it in texts}


def test_links_within_the_repository_lead_somewhere() -> None:
    """To a file, and to one of its headings."""
    for page in PAGES:
        text = _without_blocks(page)
        for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text):
            if "://" not in target and not target.startswith("mailto:"):
                there = page.parent / target if target else page
                assert there.exists(), f"{name(page)}: {target}"
                if anchor:
                    assert anchor in _anchors(there), f"{name(page)}: {target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_nothing_is_left_to_be_filled_in(page: Path) -> None:
    assert re.findall(r"@@[A-Z]+@@", page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", WIDE, ids=name)
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


def test_every_page_has_a_place_in_the_site() -> None:
    """`make site` fails where one has none, and is not run by `make test`."""
    site, _, tabs = (ROOT / ".mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")
    left_out = re.findall(r"^  /(\w+)/$", site, re.MULTILINE)
    pages = [
        page.relative_to(ROOT / "docs").as_posix() for page in PAGES if page.is_relative_to(ROOT / "docs")
    ]
    shown = [page for page in pages if page.partition("/")[0] not in ("adr", *left_out)]
    assert [page for page in shown if page not in re.findall(r"\S+\.md", tabs)] == []

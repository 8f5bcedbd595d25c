"""The site of docs/: all links of it lead somewhere, it shows what a git host shows, and asks nobody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from packaging.requirements import Requirement

from docs.sbom import CONSTRAINTS, closure, pinned
from tests.support.cases import ROOT
from tests.support.devtools import Tab, tab

pytestmark = pytest.mark.release
REPOSITORY = "https://git.example.com/jeroboam"
ELSEWHERE = {"README.md": "index", ".github/CONTRIBUTING.md": "contributing", "CHANGELOG.md": "changelog"}
NEVER_ASKED = {
    "api.github.com": "for the stars of a repository at GitHub's; no page names one to the theme",
    "bit.ly": "in what the search says of a query that it does not understand",
    "clipboardjs.com": "in a comment",
    "fontawesome.com": "in the licence of its pictures",
    "lunrjs.com": "in a comment",
    "tartarus.org": "in a comment",
    "unpkg.com": "for diagrams of Mermaid's, which no page has, and for browsers that cannot tell sizes",
    "www.w3.org": "names of what pictures are written in",
}
"""Other hosts that the theme's scripts and styles name, and for what they would ask there."""
WIDE = ("index", "deploying", "properties", "support", "one-option-end-to-end", "walks/operator")
"""Pages with the longest lines and the widest tables and pictures."""
STRUCTURE = (
    "h1",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "pre",
    "img",
    "em",
    "strong",
)


def _built(folder: Path, **environment: str) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--config-file", ".mkdocs.yml", "--site-dir", folder],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "NO_MKDOCS_2_WARNING": "1", **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("INFO")] == []
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(tmp_path_factory.mktemp("site"), SITE_REPOSITORY=REPOSITORY)


@pytest.fixture(scope="module")
def browser(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with tab(program("chromium"), tmp_path_factory.mktemp("browser")) as opened:
        yield opened


class Read(HTMLParser):
    """The tags of a text, those of its article if it has one, and what is named by which attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.named: list[tuple[str, str, str]] = []
        article = re.search(r"<article[^>]*>(.*)</article>", text, re.DOTALL)
        self.feed(article[1] if article else text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.named += [(tag, key, value or "") for key, value in attrs]


def _pages() -> Iterator[tuple[Path, str]]:
    """Each page with its name on the site."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        if path.parent.name != "changes":
            yield path, path.relative_to(ROOT / "docs").with_suffix("").as_posix()
    yield from ((ROOT / path, name) for path, name in ELSEWHERE.items())


PAGES = {name: path for path, name in _pages()}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_a_git_host_shows(name: str, site: Path) -> None:
    """Lists, tables and blocks; links but for those to headings, which the site puts beside each."""
    here = Read((site / f"{name}.html").read_text(encoding="utf-8"))
    there = Read(MarkdownIt("gfm-like", {"linkify": False}).render(PAGES[name].read_text(encoding="utf-8")))
    assert {tag: here.tags[tag] for tag in STRUCTURE} == {tag: there.tags[tag] for tag in STRUCTURE}
    links = [
        value for tag, key, value in here.named if (tag, key) == ("a", "href") and not value.startswith("#")
    ]
    assert len(links) == sum(
        (tag, key) == ("a", "href") and not value.startswith("#") for tag, key, value in there.named
    )


def test_it_has_pages_alone(site: Path) -> None:
    """Generators, manual pages and the notes of the next release are not on it, nor what nobody links."""
    shown = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    ours = {path for path in shown if not path.startswith(("assets/", "search/"))}
    files = {path for path in ours if not path.endswith(".html")}
    assert ours - files == {f"{name}.html" for name in PAGES} | {"404.html"}
    assert {Path(path).suffix for path in files} <= {".svg", ".png", ".yaml", ".xml", ".gz", ".inv"}


def test_links_out_of_docs_lead_to_the_repository(site: Path, tmp_path: Path) -> None:
    links = re.findall(
        rf'href="{REPOSITORY}/blob/HEAD/([^"#]+)', (site / "support.html").read_text(encoding="utf-8")
    )
    assert links
    assert [path for path in links if not (ROOT / path).exists()] == []
    alone = (_built(tmp_path / "alone") / "support.html").read_text(encoding="utf-8")
    assert REPOSITORY not in alone
    assert "../tests" not in alone


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """By what pages, styles and scripts name; a link that somebody has to click is no load."""
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        named = (it for it in Read(re.sub(r"</?article[^>]*>", "", text)).named if it[0] != "a")
        loaded = [
            value for _, key, value in named if key in {"href", "src", "srcset", "data", "action", "poster"}
        ]
        assert [value for value in loaded if urlsplit(value).netloc] == [], path.name
        assert "mermaid" not in re.findall(r'class="([^"]*)"', text), path.name
    hosts = set[str]()
    for path in (*site.rglob("*.css"), *site.rglob("*.js"), *site.rglob("*.svg")):
        # Searches in English load no script of another language.
        if not {"search", "lunr"} & {*path.relative_to(site).parts}:
            text = path.read_text(encoding="utf-8")
            assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", text) == [], path.name
            hosts |= set(re.findall(r"https?://([\w.-]+)", text))
    assert hosts == NEVER_ASKED.keys()


def test_a_browser_asks_nobody_and_all_fits(site: Path, browser: Tab) -> None:
    """From a disk, on a phone: nothing is asked of a network, and nothing is complained of."""
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True
    )
    for name in WIDE:
        browser.open(site / f"{name}.html")
        assert browser.value("document.documentElement.scrollWidth") <= 390, name
    asked = {unquote(urlsplit(it).path) for it in browser.requests if not it.startswith("data:")}
    assert all(it.startswith(("file:", "data:")) for it in browser.requests)
    assert [path for path in asked if not Path(path).is_file()] == []
    assert browser.complaints == []


def test_light_and_dark_are_the_screen_s(site: Path, browser: Tab) -> None:
    found = []
    for scheme in ("light", "dark"):
        browser.colours(scheme)
        browser.open(site / "index.html")
        found.append(browser.value("getComputedStyle(document.body).backgroundColor"))
    assert found[0] != found[1]


def test_its_search_needs_no_server(site: Path, browser: Tab) -> None:
    found = (
        "[...document.querySelectorAll('.md-search-result a')].some(it => it.href.includes('#a-lone-master'))"
    )
    browser.call("Emulation.clearDeviceMetricsOverride")
    browser.open(site / "index.html")
    browser.value("document.querySelector('.md-search__input').focus()")
    # Until then its index is being read, and keys are not heard.
    ready = "document.querySelector('.md-search-result__meta').textContent.startsWith('Type to start')"
    assert any(browser.value(ready) for _ in range(20_000))
    browser.type("lone master")
    browser.press("Tab")
    assert any(browser.value(found) for _ in range(20_000))


def test_what_makes_it_is_pinned() -> None:
    everything = closure([Requirement("jeroboam[docs]")])
    assert "mkdocs-material" in everything
    assert set(everything) - set(pinned(CONSTRAINTS.read_text(encoding="utf-8"))) == {"jeroboam"}

"""What the site has beside docs/, and where links lead that leave it; mkdocs calls these functions.

Pages are written for a git host, relative to the repository. The site takes in the README and its likes,
leads links between all of them to where the site has them, and those to anything else to `extra.repository`;
without one they become text. Lists are nested as CommonMark has them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from mkdocs.structure.files import File

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
TAKEN_IN = {
    "README.md": "index.md",
    ".github/CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages that are not in docs/, and what they are called on the site."""

ITEM = re.compile(r"(?:[-*+]|\d+[.)]) +(?=\S)")
EXCERPT = re.compile(r"^(```\w+) (\S+/\S+)$")
"""A block of code that says which file it is of."""


class Leading(Treeprocessor):
    """Links of the page that is being rendered, from the repository's paths to the site's."""

    page = ""
    """The page's path in the repository, and on the site."""
    source = ""
    files: Any = None
    repository = ""

    def run(self, root: Element) -> None:
        """Changes the page's links."""
        for element in root.iter():
            key = {"a": "href", "img": "src"}.get(element.tag, "")
            link = urlsplit(element.get(key, ""))
            if link.path and not link.scheme and not link.netloc and not link.path.startswith("/"):
                self._lead(element, key, link.path, f"#{link.fragment}" if link.fragment else "")

    def _lead(self, element: Element, key: str, path: str, fragment: str) -> None:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(self.source), path))
        there = TAKEN_IN.get(target)
        if there is None and target.startswith("docs/"):
            path = target.removeprefix("docs/")
            there = next(iter(_pages(path)), path)
        found = self.files.get_file_from_path(there) if there else None
        if found is not None and found.inclusion.is_included():
            element.set(key, posixpath.relpath(found.src_uri, posixpath.dirname(self.page) or ".") + fragment)
        elif not (ROOT / target).exists():
            pass  # mkdocs says that it leads nowhere
        elif self.repository:
            element.set(key, f"{self.repository}/blob/HEAD/{target}{fragment}")
        else:
            element.tag = "span"
            del element.attrib[key]


class OfRepository(Extension):
    """Adds the links to the readers of Markdown."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Is called by Markdown."""
        # Before mkdocs' own, which judges them.
        md.treeprocessors.register(Leading(md), "of-repository", 5)


def on_config(config: Any) -> Any:
    """Markdown is read with what is above; a folder in the navigation is all that is in it."""
    config.nav = _filled(config.nav)
    config.markdown_extensions.append(OfRepository())
    Leading.repository = config.extra["repository"].rstrip("/")
    return config


def _filled(entry: Any) -> Any:
    """A part of the navigation with its folders' pages in the places of their names."""
    if isinstance(entry, list):
        return [_filled(it) for it in entry]
    if isinstance(entry, dict):
        return {title: _filled(it) for title, it in entry.items()}
    return _pages(entry) or entry


def _pages(folder: str) -> list[str]:
    return sorted(it.relative_to(DOCS).as_posix() for it in (DOCS / folder).glob("*.md"))


def on_files(files: Any, config: Any) -> Any:
    """Pages from outside of docs/ come in."""
    for path, name in TAKEN_IN.items():
        files.append(File.generated(config, name, content=(ROOT / path).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Any, files: Any, **_: Any) -> str:
    """Notes which page is rendered next, and nests lists by four blanks."""
    name = page.file.src_uri
    Leading.page, Leading.files = name, files
    Leading.source = next((path for path, there in TAKEN_IN.items() if there == name), f"docs/{name}")
    return "\n".join(_nested(markdown.splitlines()))


def _nested(lines: list[str]) -> Iterator[str]:
    """Lines of CommonMark, where an item's text says how far its next lines are indented: by four blanks."""
    columns: list[int] = []
    before, fence, apart = "", "", True
    for line in lines:
        text = line.lstrip()
        indent = len(line) - len(text)
        item = not fence and ITEM.match(text)
        if not fence and text and (item or not before):
            while columns and indent < columns[-1]:
                columns.pop()
        if item and before and apart:
            yield ""  # or it would go on with the paragraph
        there = 4 * len(columns) + max(0, indent - columns[-1]) if columns else indent
        yield " " * there + EXCERPT.sub(r'\1 title="\2"', text) if text else ""
        apart = not item and (apart or not before)
        if item:
            columns.append(indent + item.end())
        if text.startswith(fence or "```"):
            fence = "" if fence else text[: len(text) - len(text.lstrip("`"))]
        before = text

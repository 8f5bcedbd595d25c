"""What pages for people hold: blocks of code, the lines of a shell in them, and the commands of a line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from tests.support.cases import ROOT

PAGES = tuple(
    path
    for path in sorted((ROOT / "README.md", *(ROOT / ".github").glob("*.md"), *(ROOT / "docs").rglob("*.md")))
    if path.exists()
)
SHELLS = ("sh", "bash", "shell")
_BLOCK = re.compile(r"^([ ]*)```(\w+)([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"#!?\s*(?:/\S+\n#\s*)?([\w./-]+\.(?:ya?ml|sh|pem))\b")
_REDIRECTED = re.compile(r"(?<=\s)\d?>{1,2}\s*(?:&\d|\S+)")
_OPENING, _CLOSING = {"{", "do", "then"}, {"}", "done", "fi"}
_WORDS = {*_OPENING, *_CLOSING, "!", "if", "while", "else", "sudo"}
"""Words of the shell that may stand before a command."""


class Block(NamedTuple):
    """A block of code: its language, what stands behind that, and its text without the page's indentation."""

    language: str
    about: str
    text: str

    @property
    def file(self) -> str | None:
        """The file that the block is, by the comment that it opens with."""
        named = _FILE.match(self.text) if self.language in ("yaml", *SHELLS) else None
        return named[1] if named else None


class Line(NamedTuple):
    """What is typed, which may be several lines of text, and what the page says that it prints."""

    typed: str
    shown: str


def name(page: Path) -> str:
    """What a page is called in the name of a test."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """All blocks of code that say of which language they are."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(language, about.strip(), re.sub(rf"^{indent}", "", body, flags=re.MULTILINE))
        for indent, language, about, body in _BLOCK.findall(text)
    ]


def lines(block: Block) -> list[Line]:
    """What of a block is typed into a shell."""
    if block.language in ("console", "text"):
        return [
            Line(typed.replace("\\\n", " "), shown)
            for typed, shown in re.findall(
                r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE
            )
        ]
    if block.language in SHELLS and not block.about and not block.text.startswith("#!"):
        return [Line(typed, "") for typed in _whole(block.text.replace("\\\n", " "))]
    if block.language == "yaml":
        entries = re.findall(r"^ *(?:- |- ?run: |run: |entry: )(jeroboam .*)$", block.text, re.MULTILINE)
        return [Line(typed, "") for typed in entries]
    return []


def _whole(text: str) -> Iterator[str]:
    """Commands with all of their lines, those of loops and of `{ … }` together."""
    gathered, depth = list[str](), 0
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        depth += sum(word in _OPENING for word in words) - sum(word in _CLOSING for word in words)
        gathered += [line] if words else []
        if gathered and not depth and words[-1:] not in (["|"], ["&&"], ["||"]):
            yield "\n".join(gathered)
            gathered = []
    assert not gathered, text


def commands(typed: str) -> list[list[str]]:
    """The words of each command of a line: those of `$(…)` too, without redirections and assignments."""
    found = [it for inner in re.findall(r"\$\((?!\()([^()]*)\)", typed) for it in commands(inner)]
    split = shlex.shlex(
        _REDIRECTED.sub("", re.sub(r"\$\([^()]*\)", "SAID", typed)).replace("\n", " ; "),
        posix=True, punctuation_chars=True,
    )  # fmt: skip
    split.whitespace_split = True
    for ends, words in groupby(split, lambda word: set(word) <= set("();<>|&")):
        if not ends:
            rest = list(words)
            while rest and (rest[0] in _WORDS or re.match(r"\w+=", rest[0])):
                del rest[0]
            if rest:
                found.append(rest)
    return found


def prose(page: Path) -> str:
    """A page without its blocks."""
    return re.sub(
        r"^ *(`{3,}).*?^ *\1$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )

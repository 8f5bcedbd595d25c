"""One JSON text -> its tree with the place of every value, or what is wrong with it.

Facts: the grammar of RFC 8259; `Infinity` and `NaN` are none of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from json import JSONDecodeError, JSONDecoder
from typing import Any

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.source.nodes import Entry, YamlNode
from jeroboam.source.parse import MAX_DEPTH, MAX_POINTER, MAX_VALUES, Parsed
from jeroboam.source.pointers import child
from jeroboam.source.scalars import LONE_SURROGATE, is_bad, joined, plain
from jeroboam.source.types import Mark, span

_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {"true": True, "false": False, "null": None}
_STRICT = JSONDecoder()


def parsed_json(text: str, source: str) -> Parsed:
    """The tree of the one value in `text`; of a key that is given twice the last value, and that it is."""
    return _JsonReader(text, source).read()


class _StopError(Exception):
    """Reading cannot go on; the finding says why."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _JsonReader:
    """The state of one reading. Recursion is bounded by the limit of depth."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.at = 0
        self.values = 0
        self.found: list[Diagnostic] = []
        self.starts = [0, *(match.end() for match in re.finditer(r"\r\n|[\n\r]", text))]

    def read(self) -> Parsed:
        try:
            node = self._value("", 0)
            self._skip()
            if self.at < len(self.text):
                raise self._wrong("there is more after the end of the value")
        except _StopError as stop:
            return Parsed(None, (*self.found, stop.finding))
        return Parsed(node, tuple(self.found))

    def _value(self, pointer: Pointer, depth: int) -> YamlNode:
        self._skip()
        start = self.at
        self.values += 1
        if self.values > MAX_VALUES:
            raise _StopError(self._finding("JB0125", limit=MAX_VALUES))
        if len(pointer) > MAX_POINTER:
            raise _StopError(self._finding("JB0126", limit=MAX_POINTER))
        first = self.text[start : start + 1]
        value: Any
        if first in ("{", "["):
            if depth >= MAX_DEPTH:
                raise _StopError(self._finding("JB0114", limit=MAX_DEPTH))
            self.at += 1
            value = self._mapping(pointer, depth) if first == "{" else self._list(pointer, depth)
        elif first == '"':
            value = self._string()
        else:
            value = self._bare(first)
        return YamlNode(value, self.source, self._mark(start, self.at))

    def _mapping(self, pointer: Pointer, depth: int) -> dict[str, Entry]:
        members: dict[str, Entry] = {}
        while not self._closes("}", first=not members):
            start = self.at
            if not self.text.startswith('"', start):
                raise self._wrong("expected a name in double quotes")
            name = self._string()
            key = self._mark(start, self.at)
            self._skip()
            if not self.text.startswith(":", self.at):
                raise self._wrong("expected ':'")
            self.at += 1
            below = child(pointer, name)
            if name in members:
                self._twice(below, name, members[name].key, key)
            members[name] = Entry(key, self._value(below, depth + 1))
        return members

    def _list(self, pointer: Pointer, depth: int) -> list[YamlNode]:
        items: list[YamlNode] = []
        while not self._closes("]", first=not items):
            items.append(self._value(child(pointer, len(items)), depth + 1))
        return items

    def _closes(self, bracket: str, *, first: bool) -> bool:
        """Whether the collection ends here; otherwise its next member begins here."""
        self._skip()
        if self.text.startswith(bracket, self.at):
            self.at += 1
            return True
        if not first:
            if not self.text.startswith(",", self.at):
                raise self._wrong(f"expected ',' or '{bracket}'")
            self.at += 1
            self._skip()
            if self.text.startswith(bracket, self.at):
                raise self._wrong("a comma before the closing bracket")
        return False

    def _string(self) -> str:
        start = self.at
        try:
            value, self.at = _STRICT.raw_decode(self.text, start)
        except JSONDecodeError as error:
            self.at = error.pos
            # Its text may be a secret, and is not repeated.
            ends = "Unterminated" in error.msg
            raise self._wrong(
                "a text has no closing quote" if ends else "a character that a text cannot have"
            ) from None
        whole = joined(value)
        if whole is LONE_SURROGATE:
            self.at = start
            raise _StopError(self._finding("JB0118"))
        return whole

    def _bare(self, first: str) -> Any:
        number = _NUMBER.match(self.text, self.at)
        if number:
            value = plain(number[0])
            if is_bad(value):
                raise _StopError(self._finding("JB0113", number="…", why=value))
            self.at = number.end()
            return value
        word = _WORD.match(self.text, self.at)
        if word and word[0] in _WORDS:
            self.at = word.end()
            return _WORDS[word[0]]
        if word and word[0].lower() in _WORDS:
            raise self._wrong(f"'{word[0]}' is written '{word[0].lower()}'")
        if first == "'":
            raise self._wrong("a text stands in double quotes")
        raise self._wrong("expected a value" if first else "it ends where a value is expected")

    def _twice(self, pointer: Pointer, name: str, first: Mark, second: Mark) -> None:
        related = Related(pointer, f"'{name}' is first given here", span(self.source, first))
        finding = diagnose("JB0107", pointer, span=span(self.source, second), related=(related,), name=name)
        self.found.append(finding)

    def _skip(self) -> None:
        blank = _BLANK.match(self.text, self.at)
        assert blank is not None
        self.at = blank.end()

    def _wrong(self, problem: str) -> _StopError:
        return _StopError(self._finding("JB0701", problem=problem))

    def _finding(self, code: str, **values: Any) -> Diagnostic:
        mark = self._mark(self.at, min(self.at + 1, len(self.text)))
        return diagnose(code, span=span(self.source, mark), **values)

    def _mark(self, start: int, end: int) -> Mark:
        return (*self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset) - 1
        return line, offset - self.starts[line]

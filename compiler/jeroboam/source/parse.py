"""One YAML text -> its tree, or what is wrong with it; with `scanner` the only user of ruamel.yaml.

The parser's events are read by a loop with its own stack, so depth costs no recursion and duplicate
keys, aliases and tags are judged where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.diagnostics.excerpt import split
from jeroboam.diagnostics.quoting import secret_lines
from jeroboam.source.nodes import Content, Entry, YamlNode
from jeroboam.source.pointers import child
from jeroboam.source.scalars import LONE_SURROGATE, is_bad, joined, plain
from jeroboam.source.types import Mark, span

MAX_DEPTH = 64
MAX_VALUES = 20_000
"""Values of one document, keys not counted; the largest that Heat takes a template of has a few thousand."""
MAX_POINTER = 1_024
"""Characters of a value's pointer: every finding and the source map carry it, so it bounds their size."""
_QUOTED = 60
"""Characters of a name that a message quotes."""
_LONGEST_PROBLEM = 200
_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset({_CORE + "str", _CORE + "map", _CORE + "seq", "!"})


class Parsed(NamedTuple):
    """`node` is None when the text cannot be used at all; duplicate keys alone leave it usable."""

    node: YamlNode | None
    diagnostics: tuple[Diagnostic, ...]


class _Open(NamedTuple):
    """A collection that is still being read; `keys` holds the key whose value comes next."""

    value: dict[str, Entry] | list[YamlNode]
    start: tuple[int, int]
    pointer: Pointer
    keys: list[tuple[str, Mark]]


def parsed(text: str, source: str) -> Parsed:
    """The tree of the one document in `text`, a mapping."""
    return _Reader(text, source).read()


class _Reader:
    """The state of one reading: open collections, findings, and whether the result is usable."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.open: list[_Open] = []
        self.values = 0
        self.root: YamlNode | None = None
        self.found: list[Diagnostic] = []
        self.usable = True
        self.hidden: frozenset[int] | None = None

    def read(self) -> Parsed:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.reader import ReaderError

        from jeroboam.source.scanner import BoundedScanner

        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = BoundedScanner
        try:
            self._events(yaml.parse(self.text))
        except MarkedYAMLError as error:
            self._refuse(self._syntax(error))
        except ReaderError as error:
            character = f"U+{error.character:04X}"
            self._refuse(self._at("JB0106", _at_index(self.text, error.position), character=character))
        except YAMLError as error:
            self._refuse(self._at("JB0103", (0, 0, 0, 0), problem=_one_line(str(error))))
        if self.usable and (self.root is None or not isinstance(self.root.value, dict)):
            mark = self.root.mark if self.root else (0, 0, 0, 0)
            self._refuse(self._at("JB0112", mark, found=_kind(self.root.value if self.root else None)))
        return Parsed(self.root if self.usable else None, tuple(self.found))

    def _events(self, events: Iterator[Any]) -> None:
        documents = 0
        for event in events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    self._refuse(self._at("JB0111", _mark(event)))
                    return
            elif name == "ScalarEvent":
                if not self._fits(event, event.value):
                    return
                self._scalar(event)
            elif name in ("MappingStartEvent", "SequenceStartEvent"):
                if not self._fits(event) or not self._collection(event, {} if name[0] == "M" else []):
                    return
            elif name in ("MappingEndEvent", "SequenceEndEvent"):
                self._close(event)
            elif name == "AliasEvent":
                if not self._fits(event):
                    return
                mark = _mark(event)
                self._refuse(self._at("JB0108", mark, name=self._quoted(event.anchor[:_QUOTED], mark)))
                self._place(None, mark)

    def _fits(self, event: Any, text: str = "") -> bool:
        """Whether one more value, or a key that is `text`, is within the limits; one that is not ends all."""
        if self._wants_key():
            fits = len(self.open[-1].pointer) + len(text) <= MAX_POINTER
            code, limit = "JB0126", MAX_POINTER
        else:
            self.values += 1
            fits = self.values <= MAX_VALUES
            code, limit = "JB0125", MAX_VALUES
        if not fits:
            self._refuse(self._at(code, _mark(event), limit=limit))
        return fits

    def _scalar(self, event: Any) -> None:
        mark = _mark(event)
        self._tag(event, mark)
        bare = event.implicit[0] and event.tag is None
        value = plain(event.value) if bare else joined(event.value)
        if value is LONE_SURROGATE:
            self._refuse(self._at("JB0118", mark))
            value = ""
        elif is_bad(value):
            self._refuse(self._at("JB0113", mark, number=self._quoted(event.value[:40], mark), why=value))
            value = None
        self._place(value, mark)

    def _collection(self, event: Any, value: dict[str, Entry] | list[YamlNode]) -> bool:
        mark = _mark(event)
        if self._wants_key():
            self._refuse(self._at("JB0110", mark, found=_kind(value)))
            return False
        if len(self.open) >= MAX_DEPTH:
            self._refuse(self._at("JB0114", mark, limit=MAX_DEPTH))
            return False
        self._tag(event, mark)
        self.open.append(_Open(value, mark[:2], self._pointer(), []))
        return True

    def _close(self, event: Any) -> None:
        done = self.open.pop()
        end = event.end_mark.line, event.end_mark.column
        # A block ends where the next token starts; its last child says where it really ends.
        if event.end_mark.index == event.start_mark.index and done.value:
            if isinstance(done.value, dict):
                last = next(reversed(done.value.values())).node
            else:
                last = done.value[-1]
            end = last.mark[2:]
        self._place(done.value, (*done.start, *end))

    def _place(self, value: Content, mark: Mark) -> None:
        """Put a finished value where the innermost open collection wants it, as key or as value."""
        node = YamlNode(value, self.source, mark)
        if not self.open:
            self.root = node
            return
        into = self.open[-1]
        if isinstance(into.value, list):
            into.value.append(node)
        elif into.keys:
            name, key = into.keys.pop()
            earlier = into.value.get(name)
            into.value[name] = Entry(key, node)
            if earlier is not None:
                self._duplicate(child(into.pointer, name), name, earlier.key, key)
        elif isinstance(value, str):
            into.keys.append((value, mark))
        else:
            self._refuse(self._at("JB0110", mark, found=_kind(value)))
            into.keys.append((str(value), mark))

    def _wants_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and not self.open[-1].keys

    def _pointer(self) -> Pointer:
        if not self.open:
            return ""
        into = self.open[-1]
        if isinstance(into.value, list):
            return child(into.pointer, len(into.value))
        return child(into.pointer, into.keys[-1][0]) if into.keys else into.pointer

    def _tag(self, event: Any, mark: Mark) -> None:
        tag = None if event.tag is None else str(event.tag)
        if tag is not None and tag not in _TAGS:
            shown = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
            self._refuse(self._at("JB0109", mark, tag=self._quoted(shown[:_QUOTED], mark)))

    def _quoted(self, text: str, mark: Mark) -> str:
        """Part of the text for a message: a password may look like a number, a tag or an alias."""
        if self.hidden is None:
            self.hidden = secret_lines(self.source, split(self.text), ())
        return "…" if mark[0] + 1 in self.hidden else text

    def _duplicate(self, pointer: Pointer, name: str, first: Mark, second: Mark) -> None:
        related = Related(pointer, f"'{name}' is first given here", span(self.source, first))
        self.found.append(
            diagnose("JB0107", pointer, span=span(self.source, second), related=(related,), name=name)
        )

    def _syntax(self, error: Any) -> Diagnostic:
        mark = error.problem_mark or error.context_mark
        at = (mark.line, mark.column, mark.line, mark.column + 1) if mark else (0, 0, 0, 0)
        lines = self.text.splitlines()
        line = lines[at[0]] if at[0] < len(lines) else ""
        if re.match("[ ]*\t", line) and "\\t" in (error.problem or ""):
            column = line.index("\t")
            return self._at("JB0104", (at[0], column, at[0], column + 1))
        problem = _one_line(", ".join(part for part in (error.context, error.problem) if part))
        return self._at("JB0103", at, problem=problem)

    def _at(self, code: str, mark: Mark, **values: Any) -> Diagnostic:
        return diagnose(code, self._pointer(), span=span(self.source, mark), **values)

    def _refuse(self, finding: Diagnostic) -> None:
        self.usable = False
        self.found.append(finding)


def _mark(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    return (start.line, start.column, end.line, end.column)


def _at_index(text: str, index: int) -> Mark:
    line, column = text.count("\n", 0, index), index - (text.rfind("\n", 0, index) + 1)
    return (line, column, line, column + 1)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "a mapping", list: "a list", str: "a string", int: "an integer", float: "a number"}
    return names.get(type(value), "nothing")


def _one_line(text: str) -> str:
    line = " ".join(text.replace("\t", "\\t").split())
    return line if len(line) <= _LONGEST_PROBLEM else line[:_LONGEST_PROBLEM] + "…"

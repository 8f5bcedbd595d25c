"""YAML that others wrote, as plain data.

libyaml's events are read by a loop with its own stack, so depth costs no recursion, neither here nor in C.
Scalars mean what they mean to PyYAML, and so to Heat; dates stay text, as in Heat and in Kubernetes, and
keys become text, as in JSON. What has no such meaning is refused where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn, TypeAlias

import yaml

MAX_DEPTH = 128
"""Of lists and mappings in one another; far less than Python takes of those who walk through the data."""
MAX_VALUES = 200_000
"""Values of a text, keys not counted; what an alias stands for is counted each time."""
LONGEST_NUMBER = 64
"""Characters. Python refuses integers of 4,300 digits, and overflows at long sums of sixties."""
MAX_DIRECTIVES = 64
"""Lines that begin with `%`; libyaml compares each tag that they declare with all others."""

Data: TypeAlias = "dict[str, Any] | list[Any] | str | int | float | bool | None"

_CORE = "tag:yaml.org,2002:"
_STR, _NULL, _BOOL, _INT, _FLOAT, _MERGE = (
    _CORE + name for name in ("str", "null", "bool", "int", "float", "merge")
)
_DIRECTIVE = re.compile("(?:^|[\r\x85\u2028\u2029])%", re.MULTILINE)
_TAB = re.compile("[ ]*\t")
_QUOTE = "write it in quotes if it is text"


class YamlError(Exception):
    """A YAML error: what is wrong, where, and what to do if that is not obvious.

    No part of the text is repeated, for it may be a secret. Line and column count from 1.
    """

    def __init__(self, problem: str, line: int, column: int, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.problem}, line {self.line}, column {self.column}"


class _Anchored(NamedTuple):
    """What an alias stands for: how many values it is and how many levels deep."""

    value: Data
    size: int
    height: int


class OpenCollection:
    """A collection that is still being read; `before` counts the values read when it began."""

    __slots__ = ("anchor", "before", "height", "key", "start", "value")

    def __init__(self, value: dict[str, Any] | list[Any], start: Any, before: int) -> None:
        self.value = value
        self.anchor: str | None = start.anchor
        self.start = start
        self.before = before
        self.height = 1
        self.key: str | None = None


def load_yaml_all(text: str) -> list[Any]:
    """The documents of a YAML 1.1 stream, empty ones left out. Raises YamlError."""
    return [document for document in YamlReader(text).documents() if document is not None]


def not_text(error: UnicodeDecodeError) -> YamlError:
    """That a file is not UTF-8, and from where on."""
    return YamlError("it is not UTF-8", *_place(error.object, error.start), "save it as UTF-8")


class YamlReader:
    """The state of one reading."""

    def __init__(self, text: str) -> None:
        # Halves of characters, which UTF-8 cannot have, are left for libyaml to refuse.
        self.raw = text.encode("utf-8", "surrogatepass")
        self.text = text
        self.loader = yaml.CSafeLoader(self.raw)
        self.open: list[OpenCollection] = []
        self.anchors: dict[str, _Anchored | None] = {}
        self.values = 0
        self.root: Data = None
        self.last: Any = None

    def documents(self) -> Iterator[Data]:
        """The documents, one by one. Raises YamlError."""
        for count, line in enumerate(_DIRECTIVE.finditer(self.text), start=1):
            if count > MAX_DIRECTIVES:
                at = self.text.count("\n", 0, line.start()) + 1
                raise YamlError(f"more than {MAX_DIRECTIVES} lines begin with '%'", at, 1, "leave them out")
        for event in self._events():
            self.last = event
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._count(event)
                self._put(self._scalar(event), event, 0, event.anchor)
            elif kind is yaml.MappingStartEvent:
                self._begin(event, {}, "map")
            elif kind is yaml.SequenceStartEvent:
                self._begin(event, [], "seq")
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._end(self.open.pop(), event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentEndEvent:
                yield self.root
                self.anchors.clear()

    def _events(self) -> Iterator[Any]:
        """libyaml's, one by one, so that a text is read no further than it is used."""
        try:
            while (event := self.loader.get_event()) is not None:
                yield event
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from error
        except yaml.reader.ReaderError as error:
            place = _place(self.raw, error.position)
            hint = r"write it as an escape in double quotes, such as \x1b"
            raise YamlError("a character is not allowed in YAML", *place, hint) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            # libyaml lets the escapes of a tag be what is no text.
            mark = self.last.end_mark
            place = mark.line + 1, mark.column + 1
            raise YamlError("an invalid tag follows", *place, "remove the tag") from error

    def _syntax(self, error: yaml.MarkedYAMLError) -> YamlError:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        problem = error.problem or "it is not YAML"
        lines = self.text.split("\n", line + 1)
        tab = _TAB.match(lines[line]) if line < len(lines) else None
        if tab and tab.end() == column + 1 and "cannot start any token" in problem:
            return YamlError("a tab is in the indentation", line + 1, column + 1, "indent with spaces")
        return YamlError(problem, line + 1, column + 1)

    def _begin(self, event: Any, value: dict[str, Any] | list[Any], tag: str) -> None:
        self._count(event)
        if self._wants_key():
            self._refuse(event, "a list or mapping is used as a key", "write the key as text")
        if event.tag not in (None, "!", _CORE + tag):
            self._refuse_tag(event)
        if len(self.open) >= MAX_DEPTH:
            self._refuse_depth(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.open.append(OpenCollection(value, event, self.values - 1))

    def _end(self, done: OpenCollection, event: Any) -> None:
        self._put(done.value, event, done.height, done.anchor, self.values - done.before)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            self._refuse(event, "an alias has no anchor before it", "write the value out")
        anchored = self.anchors[event.anchor]
        if anchored is None:
            self._refuse(event, "an alias refers to a value that contains it", "write the value out")
        if len(self.open) + anchored.height > MAX_DEPTH:
            self._refuse_depth(event)
        self._count(event, anchored.size)
        self._put(anchored.value, event, anchored.height, None)

    def _count(self, event: Any, more: int = 1) -> None:
        if not self._wants_key():
            self.values += more
        if self.values > MAX_VALUES:
            self._refuse(
                event, f"it holds more than {MAX_VALUES:,} values", "split the file, or leave out aliases"
            )

    def _put(self, value: Any, event: Any, height: int, anchor: str | None, size: int = 1) -> None:
        """A finished value where the innermost open collection wants it, as key or as value."""
        if anchor:
            self.anchors[anchor] = _Anchored(value, size, height)
        if not self.open:
            self.root = value
            return
        into = self.open[-1]
        into.height = max(into.height, height + 1)
        if isinstance(into.value, list):
            into.value.append(value)
        else:
            self._enter(into.value, into, value, event)

    def _enter(self, mapping: dict[str, Any], into: OpenCollection, value: Any, event: Any) -> None:
        """A key of a mapping, or the value of the key before it."""
        if into.key is not None:
            mapping[into.key] = value
            into.key = None
            return
        into.key = self._key(value, event)
        if into.key in mapping:
            self._refuse(event, "a key is given twice", "remove one of the two")

    def _key(self, value: Any, event: Any) -> str:
        if isinstance(value, str):
            return value
        if value is None or isinstance(value, dict | list):
            self._refuse(event, "a key is not text", "write the key as text")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _scalar(self, event: Any) -> Data:
        text: str = event.value
        plain, quoted = event.implicit
        if not plain:
            return text if quoted or event.tag == _STR else self._tagged(event, text)
        tag = self._meaning(text)
        if tag == _STR:
            return text
        if tag == _MERGE and self._wants_key():
            return self._merge(event)
        return self._value(event, tag, text)

    def _merge(self, event: Any) -> str:
        """The key `<<`."""
        self._refuse(event, "'<<' has nothing to merge here", "write the merged keys out")

    def _tagged(self, event: Any, text: str) -> Data:
        tag = self._meaning(text)
        if event.tag == _FLOAT and tag == _INT:
            tag = _FLOAT
        if event.tag != tag or tag not in (_NULL, _BOOL, _INT, _FLOAT):
            self._refuse_tag(event)
        return self._value(event, tag, text)

    def _meaning(self, text: str) -> str:
        tag: str = self.loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        return tag

    def _value(self, event: Any, tag: str, text: str) -> Data:
        if tag == _NULL:
            return None
        if tag == _BOOL:
            truth: bool = self.loader.construct_yaml_bool(yaml.ScalarNode(tag, text))
            return truth
        return self._number(event, tag, text) if tag in (_INT, _FLOAT) else text

    def _number(self, event: Any, tag: str, text: str) -> int | float:
        if len(text) > LONGEST_NUMBER:
            self._refuse(event, f"a number has more than {LONGEST_NUMBER} characters", _QUOTE)
        construct = self.loader.construct_yaml_int if tag == _INT else self.loader.construct_yaml_float
        try:
            number: int | float = construct(yaml.ScalarNode(tag, text))
        except ValueError:
            self._refuse(event, "a number has no digits", _QUOTE)
        if number - number != 0:
            self._refuse(event, "a number is not finite", _QUOTE)
        return number

    def _wants_key(self) -> bool:
        return bool(self.open) and self.open[-1].key is None and isinstance(self.open[-1].value, dict)

    def _refuse_tag(self, event: Any) -> NoReturn:
        self._refuse(event, "a tag does not match its value", "remove the tag")

    def _refuse_depth(self, event: Any) -> NoReturn:
        self._refuse(event, f"lists and mappings are nested more than {MAX_DEPTH} deep", "nest less deeply")

    def _refuse(self, event: Any, problem: str, hint: str) -> NoReturn:
        mark = event.start_mark
        raise YamlError(problem, mark.line + 1, mark.column + 1, hint)


def _place(raw: bytes, offset: int) -> tuple[int, int]:
    """Line and column of a byte."""
    before = raw[:offset].decode("utf-8", "replace")
    return before.count("\n") + 1, len(before) - before.rfind("\n")

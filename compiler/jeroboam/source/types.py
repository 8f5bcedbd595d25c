"""Document and what it is made of: merged plain data, its source map, its files and texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, TypeVar

from jeroboam.diagnostics import Diagnostic, Outcome, Pointer, Position, Span

T = TypeVar("T")

Scalar: TypeAlias = str | int | float | bool | None
Data: TypeAlias = "Scalar | list[Data] | dict[str, Data]"
"""Plain data as read; treat it as read-only once it is inside a Document."""

Mark: TypeAlias = tuple[int, int, int, int]
"""Start line, start column, end line, end column; zero-based, end exclusive, columns in characters."""


class Place(NamedTuple):
    """Where a value stands, and its key unless it is a list item or the whole document."""

    source: str
    value: Mark
    key: Mark | None

    @property
    def value_span(self) -> Span:
        """The value's span."""
        return span(self.source, self.value)

    @property
    def key_span(self) -> Span | None:
        """The key's span, None for list items and the whole document."""
        return None if self.key is None else span(self.source, self.key)


SourceMap: TypeAlias = Mapping[Pointer, Place]
"""Every pointer of the merged data -> the place that its value came from."""


@dataclass(frozen=True, slots=True)
class Document:
    """A spec as plain data.

    `files` holds the text of each file that the spec names, by the naming value's pointer; the value
    itself is that file's path relative to the main file. `sources` are all YAML texts by name.
    `inputs` are the paths of all files that were read, the main file's first, as seen from the working
    folder; standard input is none. `doubtful` are pointers whose values stand in for what the user got wrong.
    """

    data: dict[str, Data]
    source_map: SourceMap
    files: Mapping[Pointer, str]
    sources: Mapping[str, str]
    inputs: tuple[str, ...] = ()
    doubtful: frozenset[Pointer] = frozenset()


@dataclass(frozen=True, slots=True)
class SpecResult(Outcome[T]):
    """An outcome with the texts that its diagnostics speak of, by source name, for excerpts.

    `accepted` are findings that the spec accepts; they are not among the others.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[Diagnostic, ...] = ()


def span(source: str, mark: Mark) -> Span:
    """The 1-based span of a zero-based mark."""
    return Span(source, Position(mark[0] + 1, mark[1] + 1), Position(mark[2] + 1, mark[3] + 1))

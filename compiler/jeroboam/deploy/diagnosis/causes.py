"""The table of known causes, read from `causes.yaml`: which of them a text shows, and what it says to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter

from jeroboam.resources import data
from jeroboam.serialize import load_yaml_all


@dataclass(frozen=True, slots=True)
class KnownCause:
    """An entry of the table; `pattern` is None for causes that are judged from more than one text.

    `where` are the kinds of text that it is looked for in, `examples` texts that its pattern matches.
    """

    id: str
    where: frozenset[str]
    pattern: re.Pattern[str] | None
    cause: str
    next: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A cause as a text shows it: its words filled in, `quote` the line that it was seen in."""

    id: str
    title: str
    next: tuple[str, ...]
    quote: str


class _Filling(dict[str, str]):
    """Values for the words in braces; what a pattern's other branch would have named is empty."""

    def __missing__(self, key: str) -> str:
        return ""


@cache
def causes() -> Mapping[str, KnownCause]:
    """All causes by id, in the order in which they are tried."""
    (table,) = load_yaml_all(data(__file__, "causes.yaml"))
    return {
        entry["id"]: KnownCause(
            id=entry["id"],
            where=frozenset(entry["where"]),
            pattern=re.compile(entry["pattern"]) if "pattern" in entry else None,
            cause=entry["cause"],
            next=tuple(entry["next"]),
            examples=tuple(entry.get("examples", ())),
        )
        for entry in table
    }


def known(kind: str, text: str, context: Mapping[str, str]) -> Known | None:
    """The first cause that `text`, of this kind, shows; None where none does."""
    for cause in causes().values():
        if cause.pattern is None or kind not in cause.where:
            continue
        match = cause.pattern.search(text)
        if match:
            named = {name: value for name, value in match.groupdict().items() if value is not None}
            return _known(cause, {**context, **named}, _line(text, match.start()))
    return None


def judged(cause: str, quote: str, context: Mapping[str, str]) -> Known:
    """The cause of that id, chosen by judgement."""
    return _known(causes()[cause], context, quote)


def _known(cause: KnownCause, values: Mapping[str, str], quote: str) -> Known:
    filling = _Filling(values)
    return Known(
        id=cause.id,
        title=_short(cause.cause.format_map(filling).rstrip(": ")),
        next=tuple(step.format_map(filling) for step in cause.next if _filled(step, filling)),
        quote=quote,
    )


def _filled(step: str, values: _Filling) -> bool:
    """Whether all that the step speaks of is known: a command without its argument helps nobody."""
    return all(values[name] for _, name, _, _ in Formatter().parse(step) if name)


def _line(text: str, position: int) -> str:
    """The line of `text` at `position`."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)].strip()


def _short(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"

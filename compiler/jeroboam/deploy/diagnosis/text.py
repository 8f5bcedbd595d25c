"""A diagnosis as plain text: how it stands, causes first, then the nodes and what could not be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from textwrap import wrap

from jeroboam import escape
from jeroboam.deploy.diagnosis.commands import parts
from jeroboam.deploy.diagnosis.types import Diagnosis, Failure, Finding, NodeRow, NodeState, Quota, Verdict
from jeroboam.deploy.durations import roughly
from jeroboam.hot.contract import role_of

WIDTH = 110
"""Of a line; a command is never broken, so one may be longer."""
_ROWS_AT_MOST = 20
"""Of nodes that are not ready; the JSON and the page have all."""
_QUOTE_AT_MOST = 400
_LEAST = 24
"""What a table's last column keeps on the narrowest terminal."""
_JOINED = "\0"
"""Stands for a space that no line is broken at."""


def text(diagnosis: Diagnosis, width: int = WIDTH) -> str:
    """The whole of it in lines of that width, escaped, ending in a newline; times in UTC."""
    return escape.lines(line.rstrip() for line in _lines(diagnosis, width))


def _lines(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    stack = diagnosis.stack
    yield from _filled("", f"{stack.name}: {diagnosis.verdict}: {diagnosis.headline}", width, "  ")
    begun, asked = _clock(diagnosis.began), _clock(diagnosis.asked)
    yield f"  {stack.action}_{stack.status}, begun {begun}, asked {asked} UTC"
    for number, finding in enumerate(diagnosis.findings, 1):
        yield ""
        yield from _finding(number, finding, width)
    yield from _also(diagnosis)
    yield from _nodes(diagnosis, width)
    yield from _quotas(diagnosis.quotas, width)
    if diagnosis.unasked:
        yield ""
        yield "could not be asked"
        yield from (f"  {question.what}: {question.why}" for question in diagnosis.unasked)
    if diagnosis.verdict is Verdict.WORKING:
        yield ""
        yield f"next: jeroboam status {stack.name} --watch"


def _finding(number: int, finding: Finding, width: int) -> Iterator[str]:
    yield from _filled(f"{number}. ", f"{finding.title} [{finding.cause}]", width)
    at = f", {_clock(finding.time)}" if finding.time else ""
    yield from _filled("   where: ", ", ".join(_few(finding.where)) + at, width)
    if finding.quote:
        yield from _filled("   said:  ", f"{_cut(' '.join(finding.quote.split()))} ({finding.source})", width)
    for index, step in enumerate(finding.next):
        # A command that is broken over lines cannot be copied.
        whole = "".join(p.text.replace(" ", _JOINED) if p.command else p.text for p in parts(step))
        head = "   next:  " if index == 0 else "          "
        yield from (line.replace(_JOINED, " ") for line in _filled(head, whole, width))


def _also(diagnosis: Diagnosis) -> Iterator[str]:
    """Failed resources that no finding names: those that others took along."""
    told = " ".join(place for finding in diagnosis.findings for place in finding.where)
    rest = [f for f in diagnosis.failures if f.consequence or _untold(f, told, diagnosis)]
    if rest:
        yield ""
        yield "failed as well, as a consequence"
        yield from (f"  {f.resource} ({f.type}): {_cut(f.reason)}" for f in rest[:_ROWS_AT_MOST])


def _untold(failure: Failure, told: str, diagnosis: Diagnosis) -> bool:
    role = role_of(failure.resource)
    return failure.resource not in told and not any(
        n.role == role and n.name in told for n in diagnosis.nodes
    )


def _nodes(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    found = diagnosis.nodes
    if not found:
        return
    ready = sum(1 for row in found if row.state is NodeState.READY)
    yield ""
    yield f"nodes: {ready} of {len(found)} ready"
    late = [row for row in found if row.state is not NodeState.READY]
    if late:
        yield from _table(
            ("node", "state", "server", "last heard", "at"),
            [_node(row, diagnosis.asked) for row in late[:_ROWS_AT_MOST]],
            width,
        )
    if len(late) > _ROWS_AT_MOST:
        yield f"  … and {len(late) - _ROWS_AT_MOST} more"


def _node(row: NodeRow, now: datetime) -> tuple[str, ...]:
    heard = f"{roughly(now - row.heard)} ago" if row.heard else "never"
    return row.name, str(row.state), row.server, heard, row.doing


def _quotas(quotas: Iterable[Quota], width: int) -> Iterator[str]:
    tight = [q for q in quotas if q.limit >= 0]
    if tight:
        yield ""
        yield "quotas of the project"
        yield from _table(
            ("service", "what", "used", "limit"),
            [(q.service, q.name, str(q.used), str(q.limit)) for q in tight],
            width,
        )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> Iterator[str]:
    """Rows in columns; the last column takes the room that is left."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    room = max(width - sum(widths) - 2 * len(head), _LEAST)
    for *cells, last in (head, *rows):
        padded = [cell.ljust(size) for cell, size in zip(cells, widths, strict=True)]
        yield "  " + "  ".join((*padded, _cut(last, room)))


def _filled(head: str, words: str, width: int, rest: str | None = None) -> Iterator[str]:
    """Words after `head`; further lines begin with `rest`, spaces of the same width unless told."""
    yield from wrap(
        words,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head) if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if len(names) <= 6 else (*names[:5], f"and {len(names) - 5} more")


def _cut(words: str, limit: int = _QUOTE_AT_MOST) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}"

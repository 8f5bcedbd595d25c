"""How waiting looks: bars on a terminal, lines in a pipe, a JSON object a line for programs."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from jeroboam import escape
from jeroboam.cli.terminal import colours, result, say
from jeroboam.deploy.durations import elapsed
from jeroboam.deploy.nodes import Node
from jeroboam.deploy.wait.notices import Notice
from jeroboam.deploy.wait.state import Progress
from jeroboam.serialize import json_line


class ProgressFormat(StrEnum):
    """What waiting prints."""

    TEXT = "text"
    NDJSON = "ndjson"


class Screen(AbstractContextManager["Screen"], Protocol):
    """Something that shows progress; entered while waiting."""

    def show(self, progress: Progress, told: Sequence[Notice], seconds: float) -> None:
        """One round: where things stand, what is new, seconds since waiting began."""


def screen(form: ProgressFormat) -> Screen:
    """The screen that suits where the output goes."""
    if form is ProgressFormat.NDJSON:
        return _Objects()
    return _Bars() if sys.stderr.isatty() and colours(sys.stderr) else _Plain()


def _lines(told: Iterable[Notice], seconds: float) -> Iterator[str]:
    for notice in told:
        if not notice.minor:
            yield f"{elapsed(seconds):>6}  {notice.text}"
            yield from (f"          next: {step}" for step in notice.next)


class _Plain(Screen):
    """A line for each thing that happened."""

    def show(self, progress: Progress, told: Sequence[Notice], seconds: float) -> None:  # noqa: ARG002
        for line in _lines(told, seconds):
            say(line)

    def __exit__(self, *_: object) -> None:
        return None


class _Objects(Screen):
    """Newline-delimited JSON on standard output."""

    def show(self, progress: Progress, told: Sequence[Notice], seconds: float) -> None:
        for notice in told:
            body = {
                "seconds": round(seconds, 1),
                "stack": progress.stack.name,
                "kind": notice.kind,
                "subject": notice.subject,
                "text": notice.text,
                **notice.data,
            }
            result(json_line(body))

    def __exit__(self, *_: object) -> None:
        return None


_LAST_LINES = 6


class _Bars(Screen):
    """The stack, a bar for each node that is not ready, and the last lines, redrawn in place."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._recent: deque[str] = deque(maxlen=_LAST_LINES)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, progress: Progress, told: Sequence[Notice], seconds: float) -> None:
        causes = [notice for notice in told if notice.next]
        for line in _lines(causes, seconds):
            self._console.print(Text(escape.line(line), style="yellow"))
        self._recent.extend(_lines((notice for notice in told if notice not in causes), seconds))
        self._live.update(self._picture(progress, seconds), refresh=True)

    def _picture(self, progress: Progress, seconds: float) -> Any:
        room = max(4, self._console.size.height - _LAST_LINES - 4)
        busy = [node for node in progress.nodes if not node.ready]
        parts = [_headline(progress, seconds), _bars(busy[:room])]
        if len(busy) > room:
            parts.append(Text(f"  … and {len(busy) - room} more nodes"))
        recent = map(escape.line, self._recent)
        parts += [Text(line, style="dim", overflow="ellipsis", no_wrap=True) for line in recent]
        return Group(*parts)


def _headline(progress: Progress, seconds: float) -> Any:
    nodes = progress.nodes
    ready = sum(node.ready for node in nodes)
    state = f"{progress.stack.action}_{progress.stack.status}"
    colour = {"COMPLETE": "green", "FAILED": "red"}.get(progress.stack.status, "cyan")
    text = Text.assemble(
        (escape.line(progress.stack.name), "bold"),
        "  ",
        (state, colour),
        f"  {progress.done}/{len(progress.resources)} resources",
        f"  {ready}/{len(nodes)} nodes ready  {elapsed(seconds)}",
    )
    if progress.problem is not None:
        text.append(escape.escaped(f"  no answer: {progress.problem.message}"), style="yellow")
    return text


def _bars(nodes: Sequence[Node]) -> Any:
    table = Table.grid(padding=(0, 1))
    # Names and bars keep their width however long the last column would be.
    table.add_column(no_wrap=True, min_width=max((len(node.name) + 2 for node in nodes), default=0))
    table.add_column(width=20, min_width=20)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for node in nodes:
        table.add_row(
            # As Text, for a cell's string is taken for markup.
            Text(escape.line(f"  {node.name}")),
            ProgressBar(total=1.0, completed=node.share, width=20),
            Text(escape.escaped(node.doing), style="red" if node.failed else ""),
        )
    return table

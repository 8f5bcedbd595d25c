"""A diagnosis as one HTML page that needs nothing else: causes, a timeline, nodes, what was asked in vain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jeroboam.deploy.diagnosis.commands import parts
from jeroboam.deploy.diagnosis.types import Diagnosis, NodeState, TimeSpan
from jeroboam.deploy.durations import duration
from jeroboam.render import render_page
from jeroboam.resources import data
from jeroboam.topology.layout import scene
from jeroboam.topology.svg import svg

_LEAST = 0.35
"""Width of the narrowest bar, in per cent of the timeline: one second has to be seen too."""
_TICKS = (1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


_FOLDED = 12
"""From how many ready nodes on their rows are folded away."""
_ORDER = (NodeState.FAILED, NodeState.SILENT, NodeState.WORKING, NodeState.WAITING, NodeState.READY)
"""Of the rows of the table: what needs a look first."""


class Bar(NamedTuple):
    """A bar; place and width in per cent of the timeline, `tip` what a pointer over it shows."""

    left: float
    width: float
    outcome: str
    tip: str


class Lane(NamedTuple):
    """A line of the timeline: a resource or a node; `quick` where it succeeded at once."""

    name: str
    kind: str
    bars: tuple[Bar, ...]
    note: str
    state: str
    quick: bool


class Tick(NamedTuple):
    """A line of the scale; `label` is the time since the beginning."""

    left: float
    label: str


def page(diagnosis: Diagnosis) -> str:
    """The page, in UTF-8; it loads nothing, from nowhere."""
    end = _end(diagnosis)
    total = max((end - diagnosis.began).total_seconds(), 1.0)
    nodes = [span for span in diagnosis.spans if span.kind == "node"]
    resources = [span for span in diagnosis.spans if span.kind != "node"]
    late = {row.name: row for row in diagnosis.nodes}
    rows = sorted(diagnosis.nodes, key=lambda row: _ORDER.index(row.state))
    ready = [row for row in rows if row.state is NodeState.READY]
    folded = ready if len(ready) >= _FOLDED else []
    return render_page(
        data(__file__, "page.html.j2"),
        d=diagnosis,
        picture=_picture(diagnosis),
        rows=rows[: len(rows) - len(folded)],
        folded=folded,
        status=f"{diagnosis.stack.action}_{diagnosis.stack.status}",
        node_lanes=_lanes(nodes, diagnosis.began, end, total, late),
        resource_lanes=_lanes(resources, diagnosis.began, end, total, {}),
        ticks=_ticks(total),
        lasted=duration(end - diagnosis.began),
        ready=len(ready),
        parts=parts,
        clock=_clock,
        ago=lambda time: duration(diagnosis.asked - time),
        failed=[f for f in diagnosis.failures if not f.consequence],
        taken_along=[f for f in diagnosis.failures if f.consequence],
    )


def _picture(diagnosis: Diagnosis) -> str:
    """The topology, each group in the colours of its nodes' states; empty where it is not known."""
    if diagnosis.topology is None:
        return ""
    states: dict[str, dict[str, int]] = {}
    for row in sorted(diagnosis.nodes, key=lambda row: _ORDER.index(row.state)):
        of_role = states.setdefault(row.role, {})
        of_role[row.state] = of_role.get(row.state, 0) + 1
    return svg(scene(diagnosis.topology, states, titled=False))


def _end(diagnosis: Diagnosis) -> datetime:
    """Where the timeline ends: with the last bar, or now while something goes on."""
    if any(span.end is None for span in diagnosis.spans) or not diagnosis.spans:
        return diagnosis.asked
    return max(span.end or span.start for span in diagnosis.spans)


def _lanes(
    spans: Iterable[TimeSpan], began: datetime, end: datetime, total: float, states: Mapping[str, Any]
) -> list[Lane]:
    grouped: dict[str, list[TimeSpan]] = {}
    for span in spans:
        grouped.setdefault(span.lane, []).append(span)
    lanes = []
    for name, of_lane in grouped.items():
        outcomes = {span.outcome for span in of_lane}
        took = sum(((span.end or end) - span.start).total_seconds() for span in of_lane)
        state = "failed" if "failed" in outcomes else "working" if "working" in outcomes else "done"
        row = states.get(name)
        lanes.append(
            Lane(
                name=name,
                kind=of_lane[0].kind.removeprefix("OS::") if of_lane[0].kind != "node" else "",
                bars=tuple(_bar(span, began, end, total) for span in of_lane),
                note=str(row.state) if row else duration(timedelta(seconds=took)),
                state=str(row.state) if row else state,
                quick=state == "done" and took < total * 0.05,
            )
        )
    return lanes


def _bar(span: TimeSpan, began: datetime, end: datetime, total: float) -> Bar:
    stop = span.end or end
    left = 100 * (span.start - began).total_seconds() / total
    width = max(100 * (stop - span.start).total_seconds() / total, _LEAST)
    tip = f"{span.label}: {_clock(span.start)} to {_clock(span.end) if span.end else 'now'}"
    tip += f", {duration(stop - span.start)}"
    if span.detail:
        tip += f"\n{span.detail}"
    return Bar(
        round(min(max(left, 0.0), 100 - _LEAST), 3),
        round(min(width, 100 - max(left, 0.0)) if left < 100 - _LEAST else _LEAST, 3),
        "signal" if span.label == "signal" else span.outcome,
        tip,
    )


def _ticks(total: float) -> list[Tick]:
    step = next((s for s in _TICKS if total / s <= 7), _TICKS[-1])
    count = int(total // step)
    return [
        Tick(round(100 * n * step / total, 3), duration(timedelta(seconds=n * step)) if n else "0")
        for n in range(count + 1)
        if n * step / total < 0.96
    ]


def _clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}"

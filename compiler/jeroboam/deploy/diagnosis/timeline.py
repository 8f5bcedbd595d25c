"""What happened when: a bar for each action on a resource and for each step of a node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import zip_longest

from jeroboam.deploy.diagnosis.failures import is_of_stack
from jeroboam.deploy.diagnosis.node_table import (
    ConsoleStep,
    Words,
    last_heard,
    node_list,
    step_of,
    steps,
    words,
)
from jeroboam.deploy.diagnosis.types import Evidence, Server, TimeSpan
from jeroboam.deploy.nodes import Node
from jeroboam.deploy.types import COMPLETE, FAILED, IN_PROGRESS, Event


def spans(evidence: Evidence, since: datetime, now: datetime) -> tuple[TimeSpan, ...]:
    """The bars of the last operation, resources in the order of their beginning, then nodes."""
    ended = _ended(evidence, since)
    of_resources = sorted(_of_resources(evidence, since, ended), key=lambda s: (s.start, s.lane))
    first: dict[str, datetime] = {}
    for span in of_resources:
        first.setdefault(span.lane, span.start)
    of_resources.sort(key=lambda s: (first[s.lane], s.lane, s.start))
    return (*of_resources, *_of_nodes(evidence, since, ended, now))


def _ended(evidence: Evidence, since: datetime) -> datetime | None:
    """When the operation was over; None while it goes on."""
    if evidence.stack.status == IN_PROGRESS:
        return None
    ends = [e.time for e in evidence.events if e.time >= since and e.status in (COMPLETE, FAILED)]
    return max(ends, default=since)


def _of_resources(evidence: Evidence, since: datetime, ended: datetime | None) -> Iterator[TimeSpan]:
    types = {(r.stack, r.name): r.type for r in evidence.resources}
    running: dict[tuple[str, str], Event] = {}
    for event in evidence.events:
        if event.time < since or event.action == "SIGNAL" or is_of_stack(event, evidence.stack):
            continue
        key = (event.stack, event.resource)
        if event.status == IN_PROGRESS:
            if key in running:
                yield _bar(running.pop(key), event.time, "working", "began anew", types)
            running[key] = event
            continue
        begun = running.pop(key, event)
        detail = event.reason if event.status == FAILED else ""
        yield _bar(begun, event.time, "failed" if event.status == FAILED else "done", detail, types)
    for event in running.values():
        yield _bar(event, ended, "working", "not over" if ended is None else "never ended", types)


def _bar(
    begun: Event, end: datetime | None, outcome: str, detail: str, types: dict[tuple[str, str], str]
) -> TimeSpan:
    kind = types.get((begun.stack, begun.resource), "")
    return TimeSpan(begun.resource, kind, begun.action.lower(), begun.time, end, outcome, detail)


def _of_nodes(
    evidence: Evidence, since: datetime, ended: datetime | None, now: datetime
) -> Iterator[TimeSpan]:
    servers = {server.resource: server for server in evidence.servers if server.resource}
    consoles = {console.server: steps(console.lines) for console in evidence.consoles}
    said = words(evidence)
    for node in node_list(evidence):
        server = servers.get(f"{node.role}-{node.index}")
        if server is None or server.launched is None or server.launched < since:
            continue
        yield from _of_node(said, node, server, consoles.get(node.name, ()), ended or now)


def _of_node(
    said: Words, node: Node, server: Server, on_console: tuple[ConsoleStep, ...], end: datetime
) -> Iterator[TimeSpan]:
    heard = last_heard(said, node)
    begun = _begun(said, node, on_console, heard, server)
    over = heard if node.end is not None and heard is not None else max(end, server.launched or end)
    boots_until = begun[0][0] if begun else over
    if server.launched is not None and boots_until > server.launched:
        # A boot that nothing followed is not over, as far as anybody knows.
        lost = not begun and node.end is None
        outcome, detail = (
            ("working", "no step of it was reported") if lost else ("boot", "until its first step")
        )
        yield TimeSpan(node.name, "node", "boot", server.launched, boots_until, outcome, detail)
    for (start, label, detail), following in zip_longest(begun, begun[1:]):
        last = following is None
        stop = over if following is None else following[0]
        outcome = "step"
        if last and node.failed:
            outcome = "failed"
        elif last and not node.ready:
            outcome = "working"
        yield TimeSpan(node.name, "node", label, start, max(start, stop), outcome, detail)
    if node.end is not None and heard is not None:
        outcome = "done" if node.ready else "failed"
        yield TimeSpan(node.name, "node", "signal", heard, heard, outcome, node.end.reason)


def _begun(
    said: Words, node: Node, on_console: tuple[ConsoleStep, ...], heard: datetime | None, server: Server
) -> list[tuple[datetime, str, str]]:
    """When each step of a node began, as far as can be told: from its reports, else from its console."""
    told = [
        (time, step, "reported to Heat")
        for time, who, step in said.steps.get(node.role, ())
        if who == node.name
    ]
    if told:
        return sorted(told)
    if on_console and server.launched is not None:
        return _from_console(on_console, node, heard, server.launched)
    if node.last is not None and node.last.step is not None and heard is not None:
        # Where several nodes of a role were at the same step, only the last of these reports is dated.
        at = step_of(node.last)
        same = [t for t, who, step in said.steps.get(node.role, ()) if who == "" and step == at]
        time = min(max(same, default=heard), heard)
        start = time - timedelta(seconds=node.last.seconds or 0)
        if node.last.step > 1 and server.launched is not None and server.launched <= start < time:
            before = f"1 to {node.last.step - 1} of {node.last.steps}"
            return [(start, before, "its reports do not name it one by one"), (time, at, "its last report")]
        return [(time, at, "its last report")]
    return []


def _from_console(
    on_console: tuple[ConsoleStep, ...], node: Node, heard: datetime | None, launched: datetime
) -> list[tuple[datetime, str, str]]:
    """A console has how long steps took, not when: they are hung up at the last one that Heat heard of."""
    took = {s.number: s.seconds for s in on_console if s.status != "start"}
    names = {s.number: f"{s.number}/{s.of} {s.name}" for s in on_console}
    offsets, total = {}, 0
    for number in sorted(names):
        offsets[number] = timedelta(seconds=total)
        total += took.get(number, 0)
    start = launched
    if node.end is not None and heard is not None:
        start = max(launched, heard - timedelta(seconds=total))
    elif node.last is not None and node.last.step in offsets and heard is not None:
        start = max(launched, heard - offsets[node.last.step])
    return [(start + offsets[number], names[number], "from its console") for number in sorted(names)]

"""The nodes of a cluster as a table: who is ready, who failed, who has been silent since when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from jeroboam.deploy.diagnosis.types import Evidence, NodeRow, NodeState, Server
from jeroboam.deploy.nodes import Node, nodes
from jeroboam.deploy.types import NodeReport
from jeroboam.hot.contract import OfRole, cluster_of, parse_handle

NEVER_HEARD = timedelta(minutes=5)
"""How long a running server may take to its first report: boot, cloud-init or Ignition, network."""
SILENT = timedelta(minutes=10)
"""How long a step may take without a word before that is worth saying."""

_SURE = 180
"""How many characters of a reason an event has for certain, whatever Heat puts before it."""

_SIGNAL = re.compile(r"Signal: status:(?P<status>\w+) reason:(?P<reason>.*)", re.DOTALL)
_STEP = re.compile(r"(?:(?P<node>[\w.-]+): )?step (?P<step>\d+)/(?P<steps>\d+) (?P<name>\S+)$")
_LINE = re.compile(
    r"jeroboam: node=(?P<node>\S+) step=(?P<step>\d+)/(?P<steps>\d+) name=(?P<name>\S+) "
    r'status=(?P<status>\S+) seconds=(?P<seconds>\d+)(?: reason="(?P<reason>.*?)"?\s*$)?'
)


@dataclass(frozen=True, slots=True)
class ConsoleStep:
    """A line of a node's bootstrap on its console; `status` is start, ok or failed."""

    number: int
    of: int
    name: str
    status: str
    seconds: int
    reason: str


def node_list(evidence: Evidence) -> tuple[Node, ...]:
    """The nodes that the stack's servers are to become."""
    return nodes(cluster(evidence), evidence.resources, {(r.node, r.final): r for r in evidence.reports})


def cluster(evidence: Evidence) -> str:
    """The cluster's name: what its servers' names begin with; usually the stack's."""
    for server in evidence.servers:
        if (name := cluster_of(server.name, server.resource)) is not None:
            return name
    return evidence.stack.name


def steps(lines: Iterable[str]) -> tuple[ConsoleStep, ...]:
    """What a console says of the bootstrap, in order."""
    return tuple(
        ConsoleStep(
            int(m["step"]), int(m["steps"]), m["name"], m["status"], int(m["seconds"]), m["reason"] or ""
        )
        for m in map(_LINE.search, lines)
        if m
    )


@dataclass(frozen=True, slots=True)
class Words:
    """What nodes signalled, by role, in order: steps (time, node, step) and ends (time, status, reason).

    Where a report does not name its node, the node is the role's only one, or empty.
    """

    steps: Mapping[str, tuple[tuple[datetime, str, str], ...]]
    ends: Mapping[str, tuple[tuple[datetime, str, str], ...]]


def words(evidence: Evidence) -> Words:
    """All signals of nodes, by the events of their handles."""
    only: dict[str, str] = {}
    for node in node_list(evidence):
        only[node.role] = "" if node.role in only else node.name
    begun: dict[str, list[tuple[datetime, str, str]]] = {}
    ends: dict[str, list[tuple[datetime, str, str]]] = {}
    for event in evidence.events:
        handle, signal = parse_handle(event.resource), _SIGNAL.match(event.reason)
        if handle is None or signal is None:
            continue
        role, what = handle
        if what is OfRole.READY_HANDLE:
            ends.setdefault(role, []).append((event.time, signal["status"], signal["reason"]))
            continue
        step = _STEP.match(signal["reason"].strip())
        if step:
            at = f"{step['step']}/{step['steps']} {step['name']}"
            begun.setdefault(role, []).append((event.time, step["node"] or only.get(role, ""), at))
    return Words(
        {role: tuple(found) for role, found in begun.items()},
        {role: tuple(found) for role, found in ends.items()},
    )


def last_heard(said: Words, node: Node) -> datetime | None:
    """When a node's last report came; where several nodes said the same, when the last of them did."""
    if node.end is not None:
        # An event's reason is cut at 255 characters.
        ended = [
            time
            for time, status, reason in said.ends.get(node.role, ())
            if status == node.end.status and node.end.reason.startswith(reason[:_SURE])
        ]
        if ended:
            return max(ended)
    if node.last is None:
        return None
    last = step_of(node.last)
    return max(
        (t for t, who, step in said.steps.get(node.role, ()) if who in ("", node.name) and step == last),
        default=None,
    )


def rows(evidence: Evidence, now: datetime) -> tuple[NodeRow, ...]:
    """A row for each node, masters first."""
    said = words(evidence)
    servers = {server.resource: server for server in evidence.servers if server.resource}
    consoles = {console.server: console.lines for console in evidence.consoles}
    return tuple(
        _row(
            node,
            servers.get(f"{node.role}-{node.index}"),
            last_heard(said, node),
            steps(consoles.get(node.name, ())),
            now,
            asked=not any(question.what == "servers" for question in evidence.unasked),
        )
        for node in node_list(evidence)
    )


def _row(
    node: Node,
    server: Server | None,
    heard: datetime | None,
    on_console: tuple[ConsoleStep, ...],
    now: datetime,
    *,
    asked: bool,
) -> NodeRow:
    step, doing = step_of(node.last), node.doing
    if on_console and not node.ready and not node.failed:
        latest = on_console[-1]
        if latest.status == "failed":
            doing = f"failed: {latest.reason}"
        elif latest.number >= (node.last.step or 0 if node.last else 0):
            step = f"{latest.number}/{latest.of} {latest.name}"
            doing = f"step {step}" + (f" ({latest.status})" if latest.status == "ok" else "")
    return NodeRow(
        name=node.name,
        role=node.role,
        server=server.state if server else "none" if asked else "unknown",
        state=_state(node, server, heard, doing, now),
        doing=doing,
        step=step,
        heard=heard,
    )


def _state(node: Node, server: Server | None, heard: datetime | None, doing: str, now: datetime) -> NodeState:
    if node.ready:
        return NodeState.READY
    if node.failed or doing.startswith("failed:") or (server and server.state == "ERROR"):
        return NodeState.FAILED
    if heard is None:
        if server is None or server.launched is None:
            return NodeState.WAITING
        return NodeState.SILENT if now - server.launched > NEVER_HEARD else NodeState.WORKING
    return NodeState.SILENT if now - heard > SILENT else NodeState.WORKING


def step_of(report: NodeReport | None) -> str:
    """The step of a report as "4/9 40-install", empty where it has none."""
    if report is None or report.step is None:
        return ""
    return f"{report.step}/{report.steps} {report.step_name}"

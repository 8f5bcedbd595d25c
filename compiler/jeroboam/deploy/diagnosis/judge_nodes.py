"""Why a node is not ready: by its own words, its server, its console, or its silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from jeroboam.deploy.clusters import login
from jeroboam.deploy.diagnosis.causes import Known, causes, judged, known
from jeroboam.deploy.diagnosis.failures import failures
from jeroboam.deploy.diagnosis.findings import finding
from jeroboam.deploy.diagnosis.node_table import node_list, steps
from jeroboam.deploy.diagnosis.types import REPORTS, Evidence, Failure, Finding, NodeRow, NodeState
from jeroboam.deploy.durations import duration
from jeroboam.deploy.nodes import Node
from jeroboam.deploy.types import COMPLETE, CONDITION, IN_PROGRESS
from jeroboam.hot.contract import OfRole, role_id, role_of

_UNKNOWN_NODE = "a node"


def of_condition(
    evidence: Evidence, failure: Failure, table: tuple[NodeRow, ...], now: datetime
) -> Iterator[Finding]:
    """Why a wait condition failed: those of its nodes that gave up, or all that it waited for in vain."""
    role = role_of(failure.resource)
    missing = [row for row in table if row.role == role and row.state is not NodeState.READY]
    found = tuple(of_nodes(evidence, missing, failure.time, now))
    if found and "WaitConditionTimeout" in failure.reason:
        yield from found
        return
    gave_up = [f for f, row in zip(found, missing, strict=True) if row.state is NodeState.FAILED]
    # Others only missed their time because of it, unless their consoles know a reason of their own.
    seen_on_console = [f for f in found if f not in gave_up and causes()[f.cause].pattern is not None]
    if gave_up:
        yield from (*gave_up, *seen_on_console)
        return
    # Whoever failed it is gone, or its words could not be read: the reason has them.
    said = failure.reason.partition(f"resources.{failure.resource}: ")[2] or failure.reason
    context = {"stack": evidence.stack.name, "resource": failure.resource, "node": _UNKNOWN_NODE}
    seen = known("node" if "WaitConditionFailure" in failure.reason else "reason", said, context)
    yield finding(
        seen or judged("unexplained", failure.reason, context),
        (f"{failure.resource} ({failure.type})",),
        "Heat",
        failure.time,
    )


def of_nodes(
    evidence: Evidence, missing: Iterable[NodeRow], time: datetime | None, now: datetime
) -> Iterator[Finding]:
    """One finding for each node that is not ready: what it said, what its console shows, or its silence."""
    found = {node.name: node for node in node_list(evidence)}
    for row in missing:
        seen, source = _of_node(evidence, row, found.get(row.name), now)
        yield finding(seen, (row.name,), source, time or row.heard)


def _of_node(evidence: Evidence, row: NodeRow, node: Node | None, now: datetime) -> tuple[Known, str]:
    server = next((s for s in evidence.servers if s.name == row.name), None)
    context = {
        "stack": evidence.stack.name,
        "resource": role_id(row.role, OfRole.READY),
        "node": row.name,
        "server": row.name,
        "step": row.step,
        "id": server.id if server else "",
        "ssh": login(evidence.stack),
    }
    if node is not None and node.end is not None and node.failed:
        seen = known("node", node.end.reason, context)
        return seen or judged("unexplained", node.end.reason, context), "the node's signal"
    if server is not None and server.state == "ERROR":
        seen = known("fault", server.fault, context)
        return seen or judged("server-not-active", server.fault, {**context, "state": server.state}), "Nova"
    lines = next((c.lines for c in evidence.consoles if c.server == row.name), ())
    source = "the node's console"
    on_console = steps(lines)
    if on_console and on_console[-1].status == "failed":
        seen = known("node", on_console[-1].reason, context)
        if seen is not None:
            return replace(seen, quote=on_console[-1].reason), source
    text = "\n".join(line for line in lines if not line.startswith("jeroboam: "))
    seen = known("console", text, context)
    if seen is not None:
        return seen, source
    if row.heard is not None or (node is not None and node.last is not None):
        since = f", {duration(now - row.heard)} ago" if row.heard else ""
        return judged("node-stuck-in-step", f"step {row.step}{since}", context), "the node's last report"
    if on_console:
        return judged(
            "node-cannot-report", next(x for x in reversed(lines) if "jeroboam: " in x), context
        ), source
    if any(line.strip() for line in lines):
        last = next(line for line in reversed(lines) if line.strip())
        return judged("node-no-bootstrap", f"its last line: {last.strip()}", context), source
    return judged("node-unheard", "", context), "nobody"


def of_silence(evidence: Evidence, table: tuple[NodeRow, ...], now: datetime) -> Iterator[Finding]:
    """Nodes that are overdue, and those whose console says that they failed, unless a condition has failed.

    While the stack is in progress, of those that it waits for; a complete one may have them as well, since
    Heat does not wait for a node whose name has signalled before.
    """
    if any(f.type == CONDITION and not f.consequence for f in failures(evidence)):
        return
    late = [row for row in table if row.state in (NodeState.SILENT, NodeState.FAILED)]
    waiting = {role_of(r.name) for r in evidence.resources if r.type == CONDITION and r.status == IN_PROGRESS}
    done = evidence.stack.status == COMPLETE
    if done and any(question.what.startswith(REPORTS) for question in evidence.unasked):
        return
    yield from of_nodes(evidence, [row for row in late if done or row.role in waiting], None, now)

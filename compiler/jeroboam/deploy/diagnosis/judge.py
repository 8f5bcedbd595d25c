"""From what was gathered to what is wrong: each failure's first cause, silent nodes, a Heat that let go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from jeroboam.deploy.diagnosis.causes import judged, known
from jeroboam.deploy.diagnosis.failures import began, failures, is_of_stack
from jeroboam.deploy.diagnosis.findings import balancer_text, finding, listed, merged, volume_text
from jeroboam.deploy.diagnosis.judge_ended import SOON, of_ended
from jeroboam.deploy.diagnosis.judge_heat import of_leftovers, of_running, of_slow, of_standstill
from jeroboam.deploy.diagnosis.judge_nodes import of_condition, of_nodes, of_silence
from jeroboam.deploy.diagnosis.node_table import rows
from jeroboam.deploy.diagnosis.timeline import spans
from jeroboam.deploy.diagnosis.types import Diagnosis, Evidence, Failure, Finding, NodeRow, NodeState, Verdict
from jeroboam.deploy.nodes import SERVER
from jeroboam.deploy.types import COMPLETE, CONDITION, FAILED, IN_PROGRESS
from jeroboam.secrets.endings import Ending

_TIMED_OUT = re.compile(r"\btimed out$", re.IGNORECASE)


def diagnosis(evidence: Evidence, now: datetime, endings: Iterable[Ending] = ()) -> Diagnosis:
    """What is wrong, first cause first; `now` is when the evidence was gathered.

    `endings` are what is known to end besides what nodes say.
    """
    since = began(evidence)
    failed = failures(evidence)
    table = rows(evidence, now)
    found = merged(
        (
            *_of_failures(evidence, failed, table, now),
            *of_standstill(evidence, now),
            *(of_slow(evidence, now) if evidence.stack.status == IN_PROGRESS else ()),
            *(of_silence(evidence, table, now) if evidence.stack.status != FAILED else ()),
            *of_leftovers(evidence, now),
            *(of_running(evidence) if evidence.stack.status == COMPLETE else ()),
            *of_ended(evidence, endings, now),
        )
    )
    judgement = _verdict(evidence, found, table)
    return Diagnosis(
        stack=evidence.stack,
        asked=now,
        began=since,
        verdict=judgement,
        headline=_headline(evidence, judgement, found, table),
        findings=found,
        failures=failed,
        nodes=table,
        spans=spans(evidence, since, now),
        quotas=evidence.quotas,
        unasked=evidence.unasked,
        topology=evidence.topology,
    )


def _verdict(evidence: Evidence, found: tuple[Finding, ...], table: tuple[NodeRow, ...]) -> Verdict:
    if evidence.stack.status == FAILED:
        return Verdict.FAILED
    if any(one.cause != SOON for one in found):
        return Verdict.STUCK if evidence.stack.status == IN_PROGRESS else Verdict.FAILED
    # Heat does not wait for a node whose name has signalled before.
    at_work = evidence.stack.status == IN_PROGRESS or any(r.state is not NodeState.READY for r in table)
    return Verdict.WORKING if at_work else Verdict.WELL


def _headline(
    evidence: Evidence, judgement: Verdict, found: tuple[Finding, ...], table: tuple[NodeRow, ...]
) -> str:
    if found and judgement not in (Verdict.WELL, Verdict.WORKING):
        place = found[0].where[0].partition(" (")[0]
        return found[0].title if place == evidence.stack.name else f"{place}: {found[0].title}"
    if judgement is Verdict.WELL:
        return "nothing is wrong"
    late = [row for row in table if row.state is not NodeState.READY]
    busy = [r.name for r in evidence.resources if r.status == IN_PROGRESS and r.type != CONDITION]
    if busy:
        return f"Heat is working on {listed(busy)}"
    return f"waiting for {len(late)} of {len(table)} nodes" if late else "Heat is working"


def _of_failures(
    evidence: Evidence, failed: tuple[Failure, ...], table: tuple[NodeRow, ...], now: datetime
) -> Iterator[Finding]:
    for failure in failed:
        if failure.consequence:
            continue
        if failure.type == CONDITION:
            yield from of_condition(evidence, failure, table, now)
        else:
            yield _of_resource(evidence, failure)
    stack = evidence.stack
    if stack.status != FAILED or any(not f.consequence for f in failed):
        return
    if _TIMED_OUT.search(stack.reason):
        yield from of_nodes(evidence, [r for r in table if r.state is not NodeState.READY], None, now)
    context = {"stack": stack.name, "resource": stack.name, "id": stack.id}
    seen = known("reason", stack.reason, context) or judged("unexplained", stack.reason, context)
    yield finding(seen, (stack.name,), "Heat", _ended(evidence))


def _of_resource(evidence: Evidence, failure: Failure) -> Finding:
    where = f"{failure.resource} ({failure.type})"
    context = {"stack": evidence.stack.name, "resource": failure.resource, "id": failure.id}
    for kind, source, text in _texts(evidence, failure):
        seen = known(kind, text, context)
        if seen is not None:
            return finding(seen, (where,), source, failure.time)
    return finding(judged("unexplained", failure.reason, context), (where,), "Heat", failure.time)


def _texts(evidence: Evidence, failure: Failure) -> Iterator[tuple[str, str, str]]:
    """What services say of what failed, whoever knows most first: kind, who, text."""
    for volume in evidence.volumes:
        if volume.resource == failure.resource:
            yield "volume", "Cinder", volume_text(volume)
    # What is inside a balancer fails with it.
    if failure.type.startswith("OS::Octavia::"):
        for balancer in evidence.balancers:
            yield "balancer", "Octavia", balancer_text(balancer)
    for server in evidence.servers:
        if server.resource == failure.resource and failure.type == SERVER:
            for port in evidence.ports:
                if port.device == server.id and port.binding == "binding_failed":
                    yield "port", "Neutron", f"port {port.name or port.id} has vif_type binding_failed"
            if server.fault:
                yield "fault", "Nova", server.fault
    yield "reason", "Heat", failure.reason


def _ended(evidence: Evidence) -> datetime | None:
    times = [e.time for e in evidence.events if is_of_stack(e, evidence.stack) and e.status == FAILED]
    return max(times, default=None)

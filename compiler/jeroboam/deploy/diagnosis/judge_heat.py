"""Whether Heat let go of a stack, and what is there or is not well beside what it works on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from jeroboam.deploy.diagnosis.causes import judged, known
from jeroboam.deploy.diagnosis.failures import began
from jeroboam.deploy.diagnosis.findings import balancer_text, finding, listed
from jeroboam.deploy.diagnosis.node_table import NEVER_HEARD, node_list
from jeroboam.deploy.diagnosis.stalled import PATIENCE, let_go, overdue
from jeroboam.deploy.diagnosis.types import Evidence, Finding
from jeroboam.deploy.durations import duration
from jeroboam.deploy.types import COMPLETE, FAILED, IN_PROGRESS, StackResource
from jeroboam.hot.contract import OfRole, role_id

SLOW = timedelta(minutes=10)
"""How long a service may take for one thing: an image to be fetched, a balancer's own servers to boot."""
AT_WORK = frozenset({"BUILD", "creating", "attaching", "downloading", "PENDING_CREATE", "PENDING_UPDATE"})
"""States of Nova's servers, Cinder's volumes and Octavia's balancers that are to pass."""


def of_standstill(evidence: Evidence, now: datetime) -> Iterator[Finding]:
    """Whether Heat let go of the stack: what it says it is at is over, or it is at nothing."""
    stack = evidence.stack
    if stack.status != IN_PROGRESS:
        return
    timed = tuple(_timed(r, evidence) for r in evidence.resources)
    quiet = now - max((e.time for e in evidence.events), default=began(evidence))
    states = {one: state for one, (_, state) in _states(evidence).items()}
    waiting: dict[str, list[bool]] = {}
    for node in node_list(evidence):
        waiting.setdefault(role_id(node.role, OfRole.READY), []).append(node.ready)
    signalled = frozenset(name for name, ready in waiting.items() if all(ready))
    why = list(let_go(timed, states, signalled, now, evidence.limits))
    if not any(r.status == IN_PROGRESS for r in timed) and quiet <= PATIENCE:
        why = []
    why += [
        f"{name}: its dependencies are ready, but Heat has not started it" for name in overdue(timed, now)
    ]
    if not why:
        return
    if stack.action == "DELETE" and quiet <= NEVER_HEARD:
        return
    if evidence.engines:
        why.append(f"Heat's engines on {listed(sorted(set(evidence.engines)))} are down")
    context = {"stack": stack.name, "state": f"{stack.action}_{stack.status}"}
    cause = "heat-let-go-delete" if stack.action == "DELETE" else "heat-let-go"
    seen = judged(cause, "; ".join(why[:5]), context)
    yield finding(seen, (stack.name,), f"no event for {duration(quiet)}", now - quiet)


def of_slow(evidence: Evidence, now: datetime) -> Iterator[Finding]:
    """What Heat rightly waits for, though its service has been at it for longer than that takes."""
    states = _states(evidence)
    for resource in (_timed(r, evidence) for r in evidence.resources if r.status == IN_PROGRESS):
        service, state = states.get(resource.physical_id, ("", ""))
        if state in AT_WORK and now - resource.updated > SLOW:
            context = {"stack": evidence.stack.name, "id": resource.physical_id, "state": state}
            seen = judged("service-slow", f"{state} for {duration(now - resource.updated)}", context)
            yield finding(seen, (f"{resource.name} ({resource.type})",), service, resource.updated)


def _states(evidence: Evidence) -> dict[str, tuple[str, str]]:
    """By physical id: which service has it, and the state that it says."""
    return {
        **{s.id: ("Nova", s.state) for s in evidence.servers},
        **{v.id: ("Cinder", v.state) for v in evidence.volumes},
        **{b.id: ("Octavia", b.provisioning) for b in evidence.balancers},
    }


def _timed(resource: StackResource, evidence: Evidence) -> StackResource:
    """The resource with the time of its last event: Heat sets its own only when an action is over."""
    times = [
        e.time
        for e in evidence.events
        if (e.stack, e.resource) == (resource.stack, resource.name) and e.action != "SIGNAL"
    ]
    return replace(resource, updated=max(times, default=resource.updated))


def of_leftovers(evidence: Evidence, now: datetime) -> Iterator[Finding]:
    """Servers of the cluster that no stack knows, and what keeps a network from being deleted."""
    stack = evidence.stack
    for server in evidence.servers:
        # A server is made a moment before Heat notes its id.
        young = server.created is not None and now - server.created < 2 * PATIENCE
        if not server.resource and not young and stack.status != COMPLETE:
            context = {"stack": stack.name, "id": server.id}
            seen = judged("server-orphaned", f"{server.name} is {server.state}", context)
            yield finding(seen, (f"{server.name} ({server.id})",), "Nova", server.created)
    foreign = [port for port in evidence.ports if not port.resource]
    if foreign and stack.action == "DELETE" and stack.status == FAILED:
        context = {"stack": stack.name}
        quote = "; ".join(f"{p.owner or 'no owner'} {p.device or p.id}" for p in foreign[:5])
        where = tuple(f"port {p.name or p.id}" for p in foreign)
        yield finding(judged("foreign-ports", quote, context), where, "Neutron", None)


def of_running(evidence: Evidence) -> Iterator[Finding]:
    """Of a complete stack: servers that do not run, balancers that are not well."""
    for server in evidence.servers:
        if server.resource and server.state not in ("ACTIVE", "VERIFY_RESIZE"):
            context = {"stack": evidence.stack.name, "id": server.id, "state": server.state}
            seen = judged("server-not-active", server.fault or f"status {server.state}", context)
            yield finding(seen, (server.name,), "Nova", None)
    for balancer in evidence.balancers:
        context = {"stack": evidence.stack.name, "id": balancer.id, "resource": balancer.resource}
        broken = known("balancer", balancer_text(balancer), context)
        if broken is not None:
            yield finding(broken, (balancer.name,), "Octavia", None)

"""What changed from one round to the next, as lines worth telling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jeroboam.deploy.nodes import Node
from jeroboam.deploy.types import COMPLETE, CONDITION, FAILED, Event, StackResource
from jeroboam.deploy.wait.state import Progress, Round, unready


class NoticeKind(StrEnum):
    """What a notice is about."""

    STACK = "stack"
    RESOURCE = "resource"
    NODE = "node"
    OUTAGE = "outage"
    ANSWER = "answer"
    QUIET = "quiet"
    CAUSE = "cause"
    REVIVED = "revived"


@dataclass(frozen=True, slots=True)
class Notice:
    """A line: `subject` is what it is about, `minor` what a person need not see while all is well.

    `next` is what to do about it, a command or property each.
    """

    kind: NoticeKind
    subject: str
    text: str
    minor: bool = False
    next: tuple[str, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """A round of questions: where things stand, what is new, and seconds since waiting began."""

    progress: Progress
    notices: tuple[Notice, ...]
    seconds: float


_NAMES = 4
_WORTH_A_LINE = frozenset(
    {"OS::Nova::Server", "OS::Cinder::Volume", "OS::Octavia::LoadBalancer", "OS::Neutron::Net", CONDITION}
)


def notices(before: Progress | None, after: Progress, heard: Round) -> tuple[Notice, ...]:
    """What a round is told as; `before` is None in the first."""
    return tuple(_notices(before, after, heard))


def _notices(before: Progress | None, after: Progress, heard: Round) -> Iterator[Notice]:
    if heard.problem is not None:
        if before is None or before.unanswered is None:
            text = f"Heat does not answer: {heard.problem.message}; asking on"
            yield Notice(NoticeKind.OUTAGE, after.stack.name, text)
        return
    if before is not None and before.unanswered is not None:
        lasted = heard.at - before.unanswered
        yield Notice(NoticeKind.ANSWER, after.stack.name, f"Heat answers again, after {lasted:.0f} s")
    for event in heard.events:
        if event.action == "SIGNAL":
            continue
        yield _event(event, after.resources.get((event.stack, event.resource)), after.stack.id)
    if after.action != "DELETE":  # how nodes were doing is past
        yield from _nodes(before.nodes if before is not None else (), after.nodes, first=before is None)
    missing = unready(after)
    if after.patience is not None and after.completed == after.at and missing:
        whom = ", ".join(f"{node.name} ({node.doing})" for node in missing[:_NAMES])
        more = f" and {len(missing) - _NAMES} more" if len(missing) > _NAMES else ""
        text = f"{after.stack.name}: Heat is done, but it did not wait for {whom}{more}; waiting on"
        yield Notice(NoticeKind.QUIET, after.stack.name, text)


def _event(event: Event, resource: StackResource | None, stack_id: str) -> Notice:
    state = f"{event.action}_{event.status}"
    data = {
        "type": resource.type if resource else None,
        "state": state,
        "reason": event.reason,
        "time": event.time.isoformat(),
    }
    text = f"{event.resource} {state}" + (f": {event.reason}" if event.status == FAILED else "")
    if event.physical_id == stack_id:
        return Notice(NoticeKind.STACK, event.resource, text, data=data)
    kind = resource.type if resource else ""
    told = event.status == FAILED or (event.status == COMPLETE and kind in _WORTH_A_LINE)
    return Notice(NoticeKind.RESOURCE, event.resource, text, minor=not told, data=data)


def _nodes(before: tuple[Node, ...], after: tuple[Node, ...], *, first: bool) -> Iterator[Notice]:
    known = {node.name: node.doing for node in before}
    for node in after:
        # What was so when the waiting began is no news, nor what the resource's own line says.
        if known.get(node.name) == node.doing or (node.last is None and node.end is None):
            continue
        if first and node.ready:
            continue
        data = {
            "role": node.role,
            "ready": node.ready,
            "failed": node.failed,
            "step": node.last.step if node.last else None,
            "steps": node.last.steps if node.last else None,
            "name": node.last.step_name if node.last else None,
        }
        yield Notice(NoticeKind.NODE, node.name, f"{node.name}: {node.doing}", data=data)

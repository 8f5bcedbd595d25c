"""What is known of a stack that something is done to, and what each round of questions adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.nodes import Node, nodes
from jeroboam.deploy.types import (
    COMPLETE,
    FAILED,
    HANDLE,
    IN_PROGRESS,
    Event,
    NodeReport,
    Stack,
    StackResource,
)

Key = tuple[str, str]
"""A resource: the identity of the stack that owns it, and its name."""
_NONE: Mapping[Key, StackResource] = MappingProxyType({})
_SILENT: Mapping[tuple[str, bool], NodeReport] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of questions learned, at `at` (seconds of a steady clock).

    `resources` is None where they were not asked for; `problem` says why Heat did not answer. `certain` where
    everything was asked for anew, not only what events spoke of.
    """

    at: float
    stack: Stack | None = None
    events: tuple[Event, ...] = ()
    reports: tuple[NodeReport, ...] = ()
    resources: tuple[StackResource, ...] | None = None
    problem: CloudError | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where `action` on a stack stands.

    `begun` once Heat was seen to do it, so that the outcome of what was done before is never taken for its
    outcome; `moved` is when anything last changed, `unanswered` since when Heat gives no answer.

    Heat is done, at `completed`, once it has heard as many nodes as it counts, whichever they are (ADR 3);
    `patience` is for how many seconds nodes are waited for then, None where Heat's word is enough.
    """

    action: str
    stack: Stack
    begun: bool
    moved: float
    at: float = 0.0
    marker: str | None = None
    patience: float | None = None
    completed: float | None = None
    unanswered: float | None = None
    problem: CloudError | None = None
    resources: Mapping[Key, StackResource] = field(default_factory=lambda: _NONE)
    reports: Mapping[tuple[str, bool], NodeReport] = field(default_factory=lambda: _SILENT)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The cluster's nodes, masters first."""
        return nodes(self.stack.name, self.resources.values(), self.reports)

    @property
    def done(self) -> int:
        """How many resources are as they should be."""
        return sum(_settled(resource, self.action) for resource in self.resources.values())


def advanced(before: Progress, heard: Round) -> Progress:
    """`before` with what a round learned."""
    if heard.problem is not None or heard.stack is None:
        since = before.unanswered if before.unanswered is not None else heard.at
        return replace(before, at=heard.at, unanswered=since, problem=heard.problem)
    resources = {(r.stack, r.name): r for r in heard.resources} if heard.resources is not None else None
    known = {**(before.resources if resources is None else resources)}
    for event in heard.events:
        _apply(known, event)
    reports = {**before.reports, **{(r.node, r.final): r for r in heard.reports}}
    changed = bool(heard.events) or reports != before.reports or _state(heard.stack) != _state(before.stack)
    begun = before.begun or _begins(before, heard)
    complete = begun and (heard.stack.action, heard.stack.status) == (before.action, COMPLETE)
    completed = before.completed if before.completed is not None or not heard.certain else heard.at
    return replace(
        before,
        stack=heard.stack,
        begun=begun,
        at=heard.at,
        completed=completed if complete else None,
        moved=heard.at if changed or before.unanswered is not None else before.moved,
        marker=heard.events[-1].id if heard.events else before.marker,
        unanswered=None,
        problem=None,
        resources=MappingProxyType(known),
        reports=MappingProxyType(reports),
    )


def unknown(progress: Progress, events: tuple[Event, ...]) -> bool:
    """Whether events speak of resources that are not known yet."""
    return any(
        (event.stack, event.resource) not in progress.resources
        for event in events
        if event.resource != event.stack.partition("/")[0]
    )


def signalled(progress: Progress, events: tuple[Event, ...]) -> tuple[StackResource, ...]:
    """The handles that nodes reported on in `events`, each once."""
    keys = dict.fromkeys((event.stack, event.resource) for event in events if event.action == "SIGNAL")
    found = (progress.resources.get(key) for key in keys)
    return tuple(resource for resource in found if resource is not None and resource.type == HANDLE)


def _begins(before: Progress, heard: Round) -> bool:
    assert heard.stack is not None
    now = heard.stack
    if now.action == before.action and now.status == IN_PROGRESS:
        return True
    # A small stack may be gone before the first look, and its events with it.
    if before.action == now.action == "DELETE" and now.status == COMPLETE:
        return True
    return any(_of_stack(event, now) and event.action == before.action for event in heard.events)


def _of_stack(event: Event, stack: Stack) -> bool:
    return event.physical_id == stack.id and event.resource == stack.name


def _apply(known: dict[Key, StackResource], event: Event) -> None:
    old = known.get((event.stack, event.resource))
    # A signal does not change what state its handle is in.
    if old is not None and event.action != "SIGNAL" and event.time >= old.updated:
        known[(event.stack, event.resource)] = replace(
            old,
            action=event.action,
            status=event.status,
            reason=event.reason,
            physical_id=event.physical_id or old.physical_id,
            updated=event.time,
        )


def _settled(resource: StackResource, action: str) -> bool:
    if action == "DELETE":
        return (resource.action, resource.status) == ("DELETE", COMPLETE)
    return resource.status == COMPLETE and resource.action != "INIT"


def _state(stack: Stack) -> tuple[str, str, str]:
    return stack.action, stack.status, stack.reason


def unready(progress: Progress) -> tuple[Node, ...]:
    """The nodes that have not said that they are ready, masters first."""
    return tuple(node for node in progress.nodes if not node.ready)


def failures(progress: Progress) -> tuple[StackResource, ...]:
    """The resources that failed, first cause first as far as time tells."""
    broken = [resource for resource in progress.resources.values() if resource.status == FAILED]
    return tuple(sorted(broken, key=lambda resource: resource.updated))

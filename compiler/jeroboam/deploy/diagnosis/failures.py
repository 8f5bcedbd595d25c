"""What failed in a stack's last operation, in the order it did, and what was only taken along."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from jeroboam.deploy.diagnosis.types import Evidence, Failure
from jeroboam.deploy.types import FAILED, IN_PROGRESS, Event, Stack, StackResource

_ABORTED = re.compile(
    r"\b(?:CREATE|UPDATE|DELETE) aborted\b|Operation cancelled|Stack \w+ cancelled", re.IGNORECASE
)
"""How Heat words a resource that was well until another one failed."""


def began(evidence: Evidence) -> datetime:
    """When the stack's last operation began."""
    stack = evidence.stack
    starts = [
        event.time
        for event in evidence.events
        if is_of_stack(event, stack) and (event.action, event.status) == (stack.action, IN_PROGRESS)
    ]
    return max(starts, default=stack.created if stack.updated is None else max(stack.created, stack.updated))


def is_of_stack(event: Event, stack: Stack) -> bool:
    """Whether something happened to the stack as a whole."""
    return event.physical_id == stack.id


def failures(evidence: Evidence) -> tuple[Failure, ...]:
    """The failed leaves, first failure first; those that others took along come last."""
    since = began(evidence)
    failed = [r for r in evidence.resources if r.status == FAILED]
    owners = {r.stack.rpartition("/")[2] for r in failed}
    leaves = [
        _failure(r, [e for e in evidence.events if e.time >= since and _is_of(e, r)])
        # A parent repeats what failed in the stack that it stands for.
        for r in failed
        if not (r.physical_id and r.physical_id in owners)
    ]
    return tuple(
        sorted(leaves, key=lambda f: (f.consequence, f.time, _depth(f, evidence.resources), f.resource))
    )


def _failure(resource: StackResource, events: Iterable[Event]) -> Failure:
    times = [e.time for e in events if e.status == FAILED]
    return Failure(
        stack=resource.stack,
        resource=resource.name,
        type=resource.type,
        id=resource.physical_id,
        reason=resource.reason,
        # Heat does not touch a resource's own time while it works on it.
        time=min(times, default=resource.updated),
        attempts=len(times),
        consequence=bool(_ABORTED.search(resource.reason)),
    )


def _is_of(event: Event, resource: StackResource) -> bool:
    return (event.stack, event.resource) == (resource.stack, resource.name)


def _depth(failure: Failure, resources: Iterable[StackResource]) -> int:
    """How many resources a failure's own waits for, directly: what needs least failed first."""
    return sum(1 for r in resources if r.stack == failure.stack and failure.resource in r.depended_on_by)

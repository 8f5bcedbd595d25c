"""When a stack was last complete: a cluster that never was may become anything, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.types import COMPLETE, IN_PROGRESS, Event, Stack

_NEVER = datetime.min.replace(tzinfo=UTC)


def last_complete(stack: Stack, events: Iterable[Event]) -> datetime | None:
    """When a stack was last complete: the earliest of times where it never was, None where that is not known.

    Heat forgets the oldest of a thousand events (`max_events_per_stack`).
    """
    own = [event for event in events if event.physical_id == stack.id and event.resource == stack.name]
    made = [event for event in own if event.action in ("CREATE", "UPDATE", "ROLLBACK")]
    complete = [event.time for event in made if event.status == COMPLETE]
    if complete:
        return max(complete)
    return _NEVER if any((it.action, it.status) == ("CREATE", IN_PROGRESS) for it in made) else None


def since_complete(cloud: Cloud, stack: Stack) -> datetime | None:
    """The same of a stack that is not complete; Heat is asked for events where its state does not tell.

    None for one that is complete. Raises CloudError.
    """
    if stack.status == COMPLETE:
        return None
    if stack.action == "CREATE":
        return _NEVER
    return last_complete(stack, stacks.events(cloud, stack))


def lives(since: datetime | None) -> bool:
    """Whether a stack was ever complete, or may have been, as `since_complete` tells."""
    return since != _NEVER

"""Whether Heat has let go of a stack: nothing moves, and what it says it is busy with is over.

An engine that dies, or a message that gets lost, leaves a stack IN_PROGRESS for good: convergence does not
take up what a dead engine had in hand. An update with the stack's own template does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from jeroboam.deploy.nodes import SERVER
from jeroboam.deploy.types import COMPLETE, CONDITION, IN_PROGRESS, StackResource

PATIENCE = timedelta(seconds=60)
"""How long after a thing is done Heat may take to notice."""

_OVER: Mapping[str, frozenset[str]] = {
    SERVER: frozenset({"ACTIVE", "ERROR"}),
    "OS::Cinder::Volume": frozenset({"available", "in-use", "error"}),
    "OS::Octavia::LoadBalancer": frozenset({"ACTIVE", "ERROR"}),
}
"""By type: the states in which Heat has nothing left to wait for."""


def let_go(
    found: Iterable[StackResource],
    states: Mapping[str, str],
    signalled: frozenset[str],
    now: datetime,
    limits: Mapping[str, timedelta],
) -> tuple[str, ...]:
    """Why Heat must have let go of the stack, a line for each resource; empty where it may still be at work.

    `states` are the services' own by physical id, `signalled` the conditions with all signals, `limits` time
    limits by condition; a resource's `updated` is when it was last heard of.
    """
    busy = [r for r in found if r.status == IN_PROGRESS]
    if not busy:
        return ("no resource is in progress",)
    why = [_why(r, states.get(r.physical_id), signalled) for r in busy if now - r.updated > PATIENCE]
    expired = [r.name for r in busy if r.name in limits and now - r.updated > limits[r.name] + PATIENCE]
    return (
        *(reason for reason in why if reason),
        *(f"{name}: its timeout has passed, but Heat has not acted on it" for name in expired),
    )


def overdue(found: Iterable[StackResource], now: datetime) -> list[str]:
    """Resources not begun with, though all that they need has been there for longer than a message takes."""
    resources = tuple(found)
    needs: dict[tuple[str, str], list[StackResource]] = {}
    for resource in resources:
        for needed_by in resource.depended_on_by:
            needs.setdefault((resource.stack, needed_by), []).append(resource)
    return [
        r.name
        for r in resources
        if r.action == "INIT"
        and (needed := needs.get((r.stack, r.name), []))
        and all(
            n.action != "INIT" and n.status == COMPLETE and now - n.updated > 3 * PATIENCE for n in needed
        )
    ]


def _why(resource: StackResource, state: str | None, signalled: frozenset[str]) -> str | None:
    if resource.type == CONDITION:
        return (
            f"{resource.name}: all nodes have signalled, but Heat is still waiting"
            if resource.name in signalled
            else None
        )
    if not resource.physical_id:
        return f"{resource.name}: started, but its service was never called"
    if state in _OVER.get(resource.type, ()):
        return f"{resource.name}: it is {state}, but Heat is still waiting"
    return None

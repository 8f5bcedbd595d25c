"""Whether Heat has let go of a stack: nothing moves, and what it says it is busy with is over.

An engine that dies, or a message that gets lost, leaves a stack IN_PROGRESS for good: convergence does not
take up what a dead engine had in hand. An update with the stack's own template does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.nodes import SERVER
from jeroboam.deploy.problems import CloudProblem, asking
from jeroboam.deploy.types import CONDITION, IN_PROGRESS, StackResource
from jeroboam.deploy.wait.state import Progress

PATIENCE = timedelta(seconds=60)
"""How long after a thing is done Heat may take to notice."""
_ASKED_AT_MOST = 10

_STATE_OF: Mapping[str, tuple[Callable[[Any, str], str], frozenset[str]]] = {
    SERVER: (lambda sdk, it: str(sdk.compute.get_server(it).status), frozenset({"ACTIVE", "ERROR"})),
    "OS::Cinder::Volume": (
        lambda sdk, it: str(sdk.block_storage.get_volume(it).status),
        frozenset({"available", "in-use", "error"}),
    ),
    "OS::Octavia::LoadBalancer": (
        lambda sdk, it: str(sdk.load_balancer.get_load_balancer(it).provisioning_status),
        frozenset({"ACTIVE", "ERROR"}),
    ),
}
"""By type: how to ask the service for a state, and the states in which Heat has nothing left to wait for."""


def let_go(cloud: Cloud, progress: Progress, now: datetime) -> tuple[str, ...]:
    """Why Heat must have let go of the stack, a line for each resource; empty where it may still be at work.

    Asks the services about at most ten resources. Raises CloudProblem.
    """
    found = stacks.resources(cloud, progress.stack)
    busy = [r for r in found if r.status == IN_PROGRESS]
    slow = [r for r in busy if r.physical_id and r.type in _STATE_OF][:_ASKED_AT_MOST]
    states = {r.physical_id: _state(cloud, r) for r in slow}
    return verdict(found, states, _all_signalled(progress), now, _limits(cloud, busy))


def verdict(
    found: Iterable[StackResource],
    states: Mapping[str, str],
    signalled: frozenset[str],
    now: datetime,
    limits: Mapping[str, timedelta],
) -> tuple[str, ...]:
    """`let_go` from facts: states by physical id, conditions with all signals, time limits by condition."""
    busy = [r for r in found if r.status == IN_PROGRESS]
    if not busy:
        return ("no resource is being worked on",)
    why = [_why(r, states.get(r.physical_id), signalled) for r in busy if now - r.updated > PATIENCE]
    expired = [r.name for r in busy if r.name in limits and now - r.updated > limits[r.name] + PATIENCE]
    return (
        *(reason for reason in why if reason),
        *(f"{name}: its time limit has passed, and Heat did not notice" for name in expired),
    )


def _why(resource: StackResource, state: str | None, signalled: frozenset[str]) -> str | None:
    if resource.type == CONDITION:
        return (
            f"{resource.name}: all nodes signalled, and Heat waits on" if resource.name in signalled else None
        )
    if not resource.physical_id:
        return f"{resource.name}: begun, and never asked of its service"
    if resource.type in _STATE_OF and state in _STATE_OF[resource.type][1]:
        return f"{resource.name}: it is {state}, and Heat waits on"
    return None


def _state(cloud: Cloud, resource: StackResource) -> str:
    ask, _ = _STATE_OF[resource.type]
    try:
        with asking(f"ask for the state of '{resource.name}'"):
            return ask(cloud.sdk, resource.physical_id)
    except CloudProblem:
        return "unknown"


def _all_signalled(progress: Progress) -> frozenset[str]:
    roles: dict[str, bool] = {}
    for node in progress.nodes:
        roles[node.role] = roles.get(node.role, True) and node.ready
    return frozenset(f"{role}-ready" for role, all_ready in roles.items() if all_ready)


def _limits(cloud: Cloud, busy: Iterable[StackResource]) -> dict[str, timedelta]:
    limits: dict[str, timedelta] = {}
    templates: dict[str, Mapping[str, Any]] = {}
    for resource in busy:
        if resource.type != CONDITION:
            continue
        if resource.stack not in templates:
            templates[resource.stack] = stacks.template(cloud, resource.stack)
        properties = templates[resource.stack]["resources"].get(resource.name, {}).get("properties", {})
        if isinstance(properties.get("timeout"), int):
            limits[resource.name] = timedelta(seconds=properties["timeout"])
    return limits

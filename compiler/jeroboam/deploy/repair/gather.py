"""The facts of a repair: what Heat, the COE and Nova say of a cluster's nodes. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.plan.effects import CONDITION
from jeroboam.deploy.repair.judge import GONE, LATELY
from jeroboam.deploy.repair.types import RepairFacts, ServerState
from jeroboam.deploy.roll.types import RollNode
from jeroboam.deploy.roll.under_way import Roll, looked
from jeroboam.deploy.stacks import events, live_templates
from jeroboam.deploy.types import IN_PROGRESS, Stack
from jeroboam.hot.flat import flattened

STOPPED = "jeroboam-stopped"
"""Nova's metadata of a server that a repair stops, to take it out: the time. It goes with the server."""
USUAL_MINUTES = 30.0
"""For how long a node may take to become ready, where its stack does not say so."""


def bootstrap_minutes(cloud: Cloud, stack: Stack) -> float:
    """For how long a node of a stack may take to become ready, as its template waits. Raises CloudError."""
    found = flattened(live_templates(cloud, stack)).values()
    seconds = [flat.properties.get("timeout") for flat in found if flat.type == CONDITION]
    return max((it / 60 for it in seconds if isinstance(it, int)), default=USUAL_MINUTES)


def gathered(roll: Roll, observed: Mapping[str, datetime], now: datetime) -> RepairFacts:
    """How things stand; `observed` as in RepairFacts. Raises CloudError, ClientError and DeployError."""
    world = looked(roll)
    facts = RepairFacts(
        world, _servers(roll.cloud, world.stack, world.nodes), now, roll.bootstrap_minutes, observed
    )
    missed = any(node.out or node.member is None or not node.member.ready for node in world.nodes)
    return replace(facts, made=_made(roll.cloud, facts)) if missed and world.answers else facts


def _servers(cloud: Cloud, stack: Stack, nodes: tuple[RollNode, ...]) -> dict[str, ServerState]:
    """The servers that nodes have, by the nodes' names."""
    compute = cloud.sdk.compute
    with asking(f"ask Nova for the servers of '{stack.name}'"):
        found = {it.id: _state(it) for it in compute.servers(details=True, name=f"^{stack.name}-")}
    # A list may be of less than there is; that something is gone is for Nova to say of it alone.
    return {
        node.name: found.get(node.server) or _one(cloud, node.server, node.name)
        for node in nodes
        if node.server
    }


def _one(cloud: Cloud, id_: str, name: str) -> ServerState:
    try:
        with asking(f"ask Nova for the server '{name}'"):
            return _state(cloud.sdk.compute.get_server(id_))
    except CloudError as error:
        if error.missing:
            return ServerState(GONE)
        raise


def marked_as_stopped(cloud: Cloud, node: RollNode, now: datetime) -> None:
    """Notes down at a node's server, where it can be, that a repair is about to stop it."""
    try:
        with asking(f"mark the server '{node.name}' as stopped"):
            cloud.sdk.compute.set_server_metadata(node.server, **{STOPPED: now.isoformat("T", "seconds")})
    except CloudError as error:
        # Nova may have none, or hold all that it may of it: a run that is cut off finds it stopped, then.
        if error.temporary:
            raise


def _state(raw: Any) -> ServerState:
    task, locked = getattr(raw, "task_state", None), getattr(raw, "is_locked", None)
    return ServerState(str(raw.status), str(task or ""), locked is True, _stopped(raw))


def _stopped(raw: Any) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(str((raw.metadata or {}).get(STOPPED, ""))).astimezone(UTC)
    return None


def _made(cloud: Cloud, facts: RepairFacts) -> dict[str, tuple[datetime, ...]]:
    """When servers were made lately, well or not, by the names of nodes."""
    names = {node.id: node.name for node in facts.world.nodes}
    found: dict[str, tuple[datetime, ...]] = {}
    for event in events(cloud, facts.world.stack):
        ended = event.action == "CREATE" and event.status != IN_PROGRESS
        if ended and event.resource in names and facts.now - event.time < LATELY:
            name = names[event.resource]
            found[name] = (*found.get(name, ()), event.time)
    return found

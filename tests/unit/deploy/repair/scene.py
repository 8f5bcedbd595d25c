"""Nodes of a cluster that is repaired in a test: what Nova and the COE say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jeroboam.deploy.repair.types import RepairFacts, ServerState
from jeroboam.deploy.roll.types import RollNode, World
from jeroboam.deploy.types import Stack
from jeroboam.model.client import Member
from tests.unit.deploy.roll.scene import NEW, node
from tests.unit.deploy.wait.facts import stack

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
OUTPUTS = {"coe_version": "1.37.2", "node_configs": {"master": "new", "default": "new"}}


def ago(minutes: float) -> str:
    """A time as COEs tell it."""
    return f"{NOW - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def well(role: str, index: int, **other: object) -> RollNode:
    """One that works, and is as a new one would be."""
    return node(role, index, **{"made_from": NEW, "why": (), **other})


def silent(role: str, index: int, minutes: float = 60, **other: object) -> RollNode:
    """One that its COE has missed for so long."""
    it = well(role, index)
    why = "its kubelet reports no more"
    member = Member(it.name, manager=it.master, ready=False, why=why, since=ago(minutes))
    return well(role, index, **{"member": member, **other})


def unknown(role: str, index: int, **other: object) -> RollNode:
    """One that its COE does not list."""
    return well(role, index, **{"member": None, **other})


def out(role: str, index: int) -> RollNode:
    """One that has no server."""
    return well(role, index, server="", ready=False, doing="out", made_from=None, member=None)


def the_stack(**other: Any) -> Stack:
    return replace(stack("UPDATE_COMPLETE"), parameters={"out": ""}, outputs=OUTPUTS, **other)


def facts(*nodes: RollNode, servers: Mapping[str, ServerState] | None = None, **other: Any) -> RepairFacts:
    """How things stand: Nova has each server ACTIVE, unless it is said otherwise by the node's id."""
    states = {it.name: (servers or {}).get(it.id, ServerState("ACTIVE")) for it in nodes if it.server}
    found = the_stack()
    gone = ",".join(it.id for it in nodes if it.out)
    found = replace(
        found, parameters={"out": gone}, tags=("jeroboam", "jeroboam-roll-1") if gone else ("jeroboam",)
    )
    known = RepairFacts(World(found, nodes, True), states, NOW, 30.0)
    return replace(known, **other)

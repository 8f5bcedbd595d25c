"""The nodes of a swarm as its API lists them: which one a name means, and how one is closed and opened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jeroboam.escape import escaped
from jeroboam.model.client import Member

_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=[.Z])")
ACTIVE, DRAIN = "active", "drain"
MANAGER, WORKER = "manager", "worker"
CLOSED = "jeroboam.closed-from"
"""The label of a node that we drained: its availability before."""
DEMOTED = "jeroboam.demoted"
"""The label of a manager that we made a worker."""

ALONE = "jeroboam.alone"
"""The label of a manager that goes on alone: wanted-MARK, and done-MARK once its etcd does too."""
WANTED, DONE = "wanted-", "done-"


@dataclass(frozen=True, slots=True)
class SwarmNode:
    """A node of the API; `index` is its version.

    `state` is ready, down, unknown or disconnected. `spec` is what an update sends, with the role that is
    wanted of it; `reachability` is empty where it is no manager yet, or no more.
    """

    id: str
    name: str
    index: int
    created: str
    updated: str
    state: str
    message: str
    spec: Mapping[str, Any]
    engine: str
    engine_labels: Mapping[str, str]
    address: str
    platform: tuple[str, str]
    reachability: str
    leader: bool

    @property
    def ready(self) -> bool:
        """Whether it does what it is there for."""
        return self.state == "ready" and (not self.manager or self.reachability == "reachable")

    @property
    def votes(self) -> bool:
        """Whether it counts where managers are counted."""
        return bool(self.reachability)

    @property
    def manager(self) -> bool:
        """Whether it is a manager, or is to be one."""
        return self.votes or self.role == MANAGER

    @property
    def role(self) -> str:
        """What is wanted of it."""
        return str(self.spec.get("Role", WORKER))

    @property
    def availability(self) -> str:
        """Its availability: active, pause or drain."""
        return str(self.spec.get("Availability", ACTIVE))

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels in the swarm; its engine's are others."""
        return self.spec.get("Labels") or {}

    @property
    def since(self) -> str:
        """Since when at the latest it is down, as ISO 8601 has it in UTC; empty where unknown.

        Whatever the swarm writes of a node, its state too, sets the time of its update (touchMeta in
        manager/state/store/memory.go of swarmkit); whether a manager is reachable is written nowhere.
        """
        second = _SECOND.match(self.updated)
        return f"{second[0]}Z" if second and self.state != "ready" else ""

    @property
    def why(self) -> str:
        """What is wrong with it; empty where nothing is."""
        if self.state != "ready":
            return f"the swarm calls it {self.state}{self.message and ': '}{self.message}"
        if self.ready:
            return ""
        return f"the other managers call it {self.reachability}" if self.votes else "it has no vote yet"


def nodes_of(answer: Any) -> tuple[SwarmNode, ...]:
    """The nodes of an answer of /nodes.

    Raises AttributeError, KeyError, TypeError or ValueError if it is none.
    """
    return tuple(map(_node, answer))


def _node(raw: Mapping[str, Any]) -> SwarmNode:
    status, description = raw["Status"], raw.get("Description") or {}
    engine, platform = description.get("Engine") or {}, description.get("Platform") or {}
    manager = raw.get("ManagerStatus") or {}
    return SwarmNode(
        id=str(raw["ID"]),
        name=str(description.get("Hostname", "")),
        index=int(raw["Version"]["Index"]),
        created=str(raw.get("CreatedAt", "")),
        updated=str(raw.get("UpdatedAt", "")),
        state=escaped(str(status["State"])),
        message=escaped(str(status.get("Message", ""))),
        spec=dict(raw["Spec"]),
        engine=escaped(str(engine.get("EngineVersion", ""))),
        engine_labels=engine.get("Labels") or {},
        address=str(status.get("Addr", "")),
        platform=(str(platform.get("OS", "")), str(platform.get("Architecture", ""))),
        reachability=escaped(str(manager.get("Reachability", "unknown"))) if manager else "",
        leader=bool(manager.get("Leader")),
    )


def named(nodes: Iterable[SwarmNode], name: str) -> SwarmNode | None:
    """The node of a name: of several the one that lives, or was made last; its predecessors are gone."""
    found = [node for node in nodes if node.name == name]
    return max(found, key=lambda node: (node.state == "ready", node.created), default=None)


def members(nodes: tuple[SwarmNode, ...]) -> tuple[Member, ...]:
    """One for each name."""
    each = (named(nodes, name) for name in sorted({node.name for node in nodes}))
    return tuple(_member(node) for node in each if node)


def _member(node: SwarmNode) -> Member:
    return Member(
        name=node.name,
        manager=node.manager,
        ready=node.ready,
        takes_work=node.availability == ACTIVE,
        ours=CLOSED in node.labels or DEMOTED in node.labels,
        leader=node.leader,
        version=node.engine,
        why=node.why,
        since=node.since,
    )


def problems(nodes: tuple[SwarmNode, ...], away: frozenset[str]) -> tuple[str, ...]:
    """What is wrong with the managers as a whole, whatever those of `away` do.

    A swarm of one manager has no quorum to keep: it is away, and comes back with what it knew.
    """
    voters = [node for node in nodes if node.votes]
    left = [node for node in voters if node.ready and node.name not in away]
    needed = len(voters) // 2 + 1
    found = [
        f"manager {node.name!r} is not ready: {node.why}"
        for node in nodes
        if node.manager and not node.ready and node.name not in away
    ]
    if not any(node.leader for node in voters):
        found.append("no manager leads the swarm")
    if len(voters) > 1 and len(left) < needed:
        without = f" without {', '.join(map(repr, sorted(away)))}" if away else ""
        found.append(f"{len(left)} of {len(voters)} managers are left{without}, the swarm needs {needed}")
    return tuple(found)


def closed(node: SwarmNode) -> Mapping[str, Any] | None:
    """Its specification when we close it; None where it is closed, by whomever."""
    if node.availability == DRAIN:
        return None
    labels = {**node.labels, CLOSED: node.availability}
    return {**node.spec, "Availability": DRAIN, "Labels": labels}


def demoted(node: SwarmNode) -> Mapping[str, Any] | None:
    """Its specification as a worker; None where it is to be one."""
    if node.role == WORKER:
        return None
    return {**node.spec, "Role": WORKER, "Labels": {**node.labels, DEMOTED: "true"}}


def opened(node: SwarmNode) -> Mapping[str, Any] | None:
    """Its specification without what we did; None where we did nothing, or others have undone it."""
    before, manager = node.labels.get(CLOSED), DEMOTED in node.labels
    if before is None and not manager:
        return None
    labels = {name: value for name, value in node.labels.items() if name not in (CLOSED, DEMOTED)}
    spec = {**node.spec, "Labels": labels}
    if before and node.availability == DRAIN:
        spec["Availability"] = before
    return {**spec, "Role": MANAGER} if manager else spec


def alone(node: SwarmNode, mark: str) -> Mapping[str, Any] | None:
    """Its specification when it is to go on alone; None where it was told so, or has."""
    if node.labels.get(ALONE) == f"{WANTED}{mark}":
        return None
    return {**node.spec, "Labels": {**node.labels, ALONE: f"{WANTED}{mark}"}}


def went_alone(nodes: Iterable[SwarmNode], mark: str) -> bool:
    """Whether one of them has gone on alone, for this mark."""
    return any(node.labels.get(ALONE) == f"{DONE}{mark}" for node in nodes)

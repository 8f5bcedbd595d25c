"""What a repair knows, what it may do, and what it makes of a node: immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jeroboam.deploy.roll.types import RollNode, World

PERCENT = 40
"""Of a cluster's nodes are replaced in one run at most, where nothing else is asked for."""
DEAD_MINUTES = 10.0
"""For how long a node has to be missed by its COE, where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Cap:
    """How many nodes one run may replace: a number of them, or `percent` of the cluster's nodes."""

    number: int = PERCENT
    percent: bool = True

    def of(self, nodes: int) -> int:
        """That many of `nodes`: a share is rounded down, and at least one."""
        return max(nodes * self.number // 100, 1) if self.percent else self.number


@dataclass(frozen=True, slots=True)
class RepairAim:
    """What is asked for: at most `cap` nodes, and only those that their COE missed for `dead_minutes`."""

    cap: Cap = Cap()
    dead_minutes: float = DEAD_MINUTES


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server as Nova has it: `status` is GONE where it has none such; `task` is what Nova does to it.

    `stopped` is when a repair stopped it, to take it out; None where none has.
    """

    status: str
    task: str = ""
    locked: bool = False
    stopped: datetime | None = None


@dataclass(frozen=True, slots=True)
class RepairFacts:
    """How things stand `now`, in UTC.

    `servers` are by the names of nodes. `observed` is since when this run has seen nodes not ready, `made`
    when their servers were made within the last day, by Heat's events, oldest first; both by name.
    `bootstrap_minutes` is for how long a node may take to become ready.
    """

    world: World
    servers: Mapping[str, ServerState]
    now: datetime
    bootstrap_minutes: float
    observed: Mapping[str, datetime] = field(default_factory=dict)
    made: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)


class Condition(StrEnum):
    """What a node is, as far as a repair is concerned."""

    WELL = "well"
    DEAD = "dead"
    DOUBTFUL = "doubtful"
    """Not ready, and not yet for long enough."""
    BOOTING = "booting"
    """Made lately: it may still come."""
    SET_ASIDE = "set aside"
    """Stopped, locked or being worked on: somebody's intent."""


@dataclass(frozen=True, slots=True)
class NodeJudgement:
    """What a node is, `why`, and since when at the latest, where that is known.

    `veto` is why a dead one is not replaced all the same, empty where it is. `unseen` where nothing but this
    run's own observation says for how long.
    """

    node: RollNode
    condition: Condition
    why: str = ""
    since: datetime | None = None
    veto: str = ""
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """All nodes, masters first. `refused` is why nothing may be done at all, empty where something may."""

    nodes: tuple[NodeJudgement, ...]
    refused: str = ""

    def of(self, *conditions: Condition) -> tuple[NodeJudgement, ...]:
        """Those that are one of these."""
        return tuple(it for it in self.nodes if it.condition in conditions)

    @property
    def dead(self) -> tuple[NodeJudgement, ...]:
        """The dead ones."""
        return self.of(Condition.DEAD)

    @property
    def replaceable(self) -> tuple[NodeJudgement, ...]:
        """The dead ones that nothing speaks against replacing."""
        return () if self.refused else tuple(it for it in self.dead if not it.veto)

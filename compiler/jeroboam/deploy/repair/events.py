"""What happens in the course of a repair, as data, beside what happens in a roll."""

from __future__ import annotations

from dataclasses import dataclass

from jeroboam.deploy.repair.plan import RepairPlan
from jeroboam.deploy.repair.types import NodeJudgement
from jeroboam.deploy.roll.events import RollEvent
from jeroboam.deploy.types import Stack


@dataclass(frozen=True, slots=True)
class RepairPlanned:
    """What will be done to nodes; consent is asked for next, where that is anything."""

    plan: RepairPlan


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """The end: somebody works on the cluster at the moment, `why` as a clause; nothing was done."""

    stack: Stack
    why: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """The end: `nodes` were made anew by this run, in `seconds`; `dead` are those that still are.

    `declined` where the plan was not consented to.
    """

    stack: Stack
    nodes: tuple[str, ...]
    dead: tuple[NodeJudgement, ...]
    seconds: float
    declined: bool = False


RepairEvent = RollEvent | RepairPlanned | LeftAlone | Repaired

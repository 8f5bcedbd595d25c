"""What happens in the course of a roll, as data, beside what happens in any deployment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jeroboam.deploy.events import (
    ApiChanged,
    ApiPlanned,
    Checked,
    Declined,
    Diagnosed,
    Planned,
)
from jeroboam.deploy.roll.plan import RollPlan
from jeroboam.deploy.types import Note, Stack
from jeroboam.deploy.wait.notices import Moved


@dataclass(frozen=True, slots=True)
class RollPlanned:
    """What will be done to nodes; consent is asked for next."""

    plan: RollPlan


class RollStage(StrEnum):
    """Where a node is on its way, in this order."""

    HEALTH = "health"
    DRAIN = "drain"
    STOP = "stop"
    OUT = "out"
    FORGET = "forget"
    IN = "in"
    WAIT = "wait"
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Staged:
    """Nodes have come to a stage, or say something new in it; `done` of `count` nodes are made anew."""

    stage: RollStage
    nodes: tuple[str, ...]
    text: str
    done: int
    count: int


@dataclass(frozen=True, slots=True)
class Rolled:
    """The end: all is healthy, and nothing asked for is behind; `nodes` were made anew by this run."""

    stack: Stack
    nodes: tuple[str, ...]
    seconds: float


RollEvent = (
    Note
    | Checked
    | Planned
    | RollPlanned
    | Staged
    | Moved
    | Diagnosed
    | ApiPlanned
    | ApiChanged
    | Declined
    | Rolled
)

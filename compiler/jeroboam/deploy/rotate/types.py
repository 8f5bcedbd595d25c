"""What is asked of a rotation, what will be done, and what happens, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.events import RollEvent
from jeroboam.deploy.roll.plan import RollPlan
from jeroboam.deploy.roll.types import Aim
from jeroboam.model.rotation import Phase, Rotation, Values
from jeroboam.secrets.rotating import Rotating


class SecretsStore(Protocol):
    """The secrets file; each write leaves the file before it, or the file after it."""

    def rotating(self) -> Rotating | None:
        """The rotation that it is in the middle of."""

    def begin(self, rotation: Rotation, given: Values) -> None:
        """Makes the new values, but for those `given`, and notes them down; a copy of the file is kept."""

    def enter(self, rotation: Rotation, phase: int) -> None:
        """Takes the values of a phase, from 1."""

    def end(self, rotation: Rotation) -> None:
        """Forgets the old values."""


@dataclass(frozen=True, slots=True)
class RotateRequest:
    """What is asked for: `deploy` and `aim` as for a roll; `finish` for the phases that wait to be told, too.

    `command` is the one that goes on with it, and `command_of` that of another rotation, by its name. `given`
    are new values that the user supplies, base64.
    """

    deploy: Request
    aim: Aim
    rotation: Rotation
    store: SecretsStore
    approve: Callable[[RotationPlan], bool]
    command: str
    command_of: Callable[[str], str]
    finish: bool = False
    given: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RotationPlan:
    """The phases that are left, from number `first`, and the nodes that they make anew, None for none.

    `rolling` are the numbers of the phases that make nodes anew; of the first, this may be done already.
    `held` is the phase that waits for `--finish`, if one does; `notes` are what a reader should know besides.
    """

    name: str
    rotation: Rotation
    first: int
    phases: tuple[Phase, ...]
    roll: RollPlan | None
    rolling: tuple[int, ...] = ()
    held: Phase | None = None
    notes: tuple[str, ...] = ()
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class RotationPlanned:
    """What will be done; consent is asked for next."""

    plan: RotationPlan


@dataclass(frozen=True, slots=True)
class PhaseBegun:
    """A phase, the `number`-th of `count`, is begun."""

    number: int
    count: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Halted:
    """All phases but those that wait to be told are done; `phase` is the first of those."""

    phase: Phase
    command: str


@dataclass(frozen=True, slots=True)
class Turned:
    """The end: the old secret is of no use any more."""

    rotation: Rotation
    seconds: float


RotateEvent = RollEvent | RotationPlanned | PhaseBegun | Halted | Turned

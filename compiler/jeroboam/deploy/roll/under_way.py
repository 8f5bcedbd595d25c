"""A roll under way: what it was asked for, whom it asks, and what it has done."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.request import Request, SentToHeat
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.events import RollEvent, RollStage, Staged
from jeroboam.deploy.roll.look import look
from jeroboam.deploy.roll.types import Aim, RollNode, World
from jeroboam.deploy.types import Stack
from jeroboam.model.client import Client

Steps = Generator[RollEvent, None, None]


@dataclass(slots=True)
class Roll:
    """A roll under way. `mine` is its tag, `seen` the one on the stack; `done` are the nodes made anew.

    `current` where the stack was told this version of the spec; `command` as in a RollRequest. Without a
    `request` the stack keeps the template that it has. `bootstrap_minutes` is for how long a node may take to
    become ready.
    """

    request: Request | None
    aim: Aim
    cloud: Cloud
    client: Client
    clock: Clock
    stack: Stack
    sent: SentToHeat
    mine: str
    seen: str | None
    command: Callable[[Container[str]], str]
    bootstrap_minutes: float
    current: bool = False
    count: int = 0
    done: set[str] = field(default_factory=set)

    @property
    def again(self) -> str:
        """The command that goes on with it."""
        return self.command(self.done)

    def staged(self, stage: RollStage, nodes: tuple[RollNode, ...], text: str) -> Staged:
        """The event of nodes that come to a stage."""
        return Staged(
            stage, tuple(node.name for node in nodes), text, len(self.done), max(self.count, len(self.done))
        )


def looked(roll: Roll, outputs: Mapping[str, Any] | None = None) -> World:
    """How things stand now; see `look`."""
    # Where an update is still to be sent, what it says of secrets is, too.
    parameters = roll.sent.parameters if outputs else None
    return look(roll.cloud, roll.stack, roll.client, roll.bootstrap_minutes, outputs, parameters)


def seen(roll: Roll, outputs: Mapping[str, Any] | None = None) -> Generator[RollEvent, None, World]:
    """The same, asked for again while the cloud is away."""
    return (yield from retried(lambda: looked(roll, outputs), insist=True))

"""What a roll knows and what it may do: immutable, and the whole of what decides its next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from jeroboam.deploy.types import MadeFrom, Stack
from jeroboam.hot.contract import MASTER, node_id
from jeroboam.model.client import Member


@dataclass(frozen=True, slots=True)
class RollNode:
    """A node as its stack and its COE see it.

    `server` is the id of its server in Nova, empty while it is out; `young` where that was made so lately
    that it may still be booting. `ready` where the node said that it is, `failed` why it gave up, empty
    where it did not; `doing` is what it is at. `why` says what is behind, empty where a new one would be the
    same. `member` is None where the COE does not know it, or could not be asked. `volume_came_later` where
    the volume for its state is newer than its server, so that the state may still be elsewhere. `given_up`
    where Heat makes its server anew with the next update, whatever that is for.
    """

    name: str
    role: str
    index: int
    server: str
    young: bool
    ready: bool
    failed: str
    doing: str
    made_from: MadeFrom | None
    why: tuple[str, ...]
    member: Member | None
    volume_came_later: bool = False
    given_up: bool = False

    @property
    def id(self) -> str:
        """What the stack's parameter `out` calls it."""
        return node_id(self.role, self.index)

    @property
    def master(self) -> bool:
        """Whether it is one of the masters."""
        return self.role == MASTER

    @property
    def out(self) -> bool:
        """Whether it has no server."""
        return not self.server

    @property
    def begun(self) -> bool:
        """Whether a roll has closed it, this one or one before."""
        return self.member is not None and self.member.ours

    @property
    def works(self) -> bool:
        """Whether its server is up, and the COE counts on it."""
        return self.ready and not self.out and self.member is not None and self.member.ready


@dataclass(frozen=True, slots=True)
class World:
    """How things stand. `answers` is whether the COE could be asked, `problem` why not.

    `lost` are names that the COE still lists with our mark, and that no node has any more.
    """

    stack: Stack
    nodes: tuple[RollNode, ...]
    answers: bool
    problem: str = ""
    lost: tuple[str, ...] = ()

    def named(self, names: tuple[str, ...]) -> tuple[RollNode, ...]:
        """The nodes of these names."""
        return tuple(node for node in self.nodes if node.name in names)


@dataclass(frozen=True, slots=True)
class Aim:
    """What is asked for.

    `group` is the role to stay within, empty for all; `nodes` are names of nodes to make anew, behind or not.
    At most `max_unavailable` nodes of a group are away at a time, and one master. `drain_minutes` is for how
    long a node may take to be drained, None where none is. `workers_first` is the COE's order of roles.
    """

    group: str = ""
    nodes: tuple[str, ...] = ()
    max_unavailable: int = 1
    drain_minutes: float | None = 10.0
    workers_first: bool = False

    def wants(self, node: RollNode) -> bool:
        """Whether a node is to be made anew."""
        if self.nodes:
            return node.name in self.nodes
        return bool(node.why) and self.group in ("", node.role)


@dataclass(frozen=True, slots=True)
class Return:
    """Have the COE forget these nodes, whose servers are gone, and make them anew."""

    nodes: tuple[RollNode, ...]


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until these nodes, which are on their way in, are counted in."""

    nodes: tuple[RollNode, ...]


@dataclass(frozen=True, slots=True)
class Reopen:
    """Give these nodes work again: they are as they should be, and still closed."""

    nodes: tuple[RollNode, ...]


@dataclass(frozen=True, slots=True)
class Retire:
    """Drain these nodes, stop them and take them out, once everything else is healthy."""

    nodes: tuple[RollNode, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to do but to see that all is healthy."""


Step: TypeAlias = Return | Await | Reopen | Retire | Finish

"""A cluster that is rolled in a test: what its stack and its COE are, and steps done to it in small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jeroboam.deploy.roll.steps import next_step, targets
from jeroboam.deploy.roll.types import Aim, Await, Finish, Reopen, Retire, Return, RollNode, World
from jeroboam.deploy.types import MadeFrom
from jeroboam.hot.contract import server_name
from jeroboam.model.client import Member
from tests.unit.deploy.wait.facts import stack

OLD, NEW = MadeFrom("1.36.5", "0ld", "Ubuntu"), MadeFrom("1.37.2", "new", "Ubuntu")
BEHIND = ("another version",)


def node(role: str, index: int, **other: object) -> RollNode:
    """One that is behind, and works."""
    name = server_name("prod", role, index)
    known = RollNode(
        name=name,
        role=role,
        index=index,
        server=f"{name}-1",
        young=False,
        ready=True,
        failed="",
        doing="ready",
        made_from=OLD,
        why=BEHIND,
        member=Member(name, manager=role == "master", ready=True),
    )
    return replace(known, **other)  # type: ignore[arg-type]


def new(of: RollNode) -> RollNode:
    """The same, made anew."""
    return replace(of, made_from=NEW, why=())


def world(*nodes: RollNode, answers: bool = True) -> World:
    return World(stack("UPDATE_COMPLETE"), nodes, answers, "" if answers else "no answer")


class Killed(Exception):  # noqa: N818
    """The end of a run in the middle."""


@dataclass
class Scene:
    """A cluster as steps change it. A run is killed once it has done `left` more small things."""

    nodes: dict[str, RollNode]
    left: int = 10_000
    made: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    def world(self) -> World:
        return world(*self.nodes.values())

    def run(self, aim: Aim) -> None:
        """A whole run, with nothing known from before."""
        done: set[str] = set()
        while True:
            step = next_step(self.world(), aim, frozenset(done))
            match step:
                case Finish():
                    for late in [it.name for it in self.nodes.values() if it.ready and not it.works]:
                        self._count_in(late)
                    return
                case Return(nodes):
                    for _ in self._returned(nodes):
                        self._did()
                    done |= {it.name for it in nodes}
                case Await(nodes):
                    for it in nodes:
                        self._becomes(it.name, ready=True, young=False, doing="ready")
                        self._count_in(it.name)
                    done |= {it.name for it in nodes}
                case Reopen(nodes):
                    for it in nodes:
                        self._mark(it.name, ours=False)
                        self._did()
                case Retire(nodes):
                    assert {it.name for it in nodes} <= {
                        it.name for it in targets(self.world(), aim, frozenset(done))
                    }
                    for _ in self._retired(nodes):
                        self._did()

    def _retired(self, nodes: tuple[RollNode, ...]) -> Iterator[None]:
        for it in nodes:
            self._mark(it.name, ours=True)
            yield
        for it in nodes:
            self._becomes(it.name, member=replace(self._member(it.name), ready=False, why="stopped"))
            yield
        for it in nodes:
            self._becomes(it.name, server="", ready=False, doing="out", made_from=None, why=())
        for role in {it.role for it in self.nodes.values()}:
            count = sum(it.out for it in self.nodes.values() if it.role == role)
            self.most[role] = max(self.most.get(role, 0), count)
        yield

    def _returned(self, nodes: tuple[RollNode, ...]) -> Iterator[None]:
        for it in nodes:
            self._becomes(it.name, member=None)
            yield
        for it in nodes:
            self.made[it.name] = self.made.get(it.name, 0) + 1
            self._becomes(it.name, server=f"{it.name}-{self.made[it.name] + 1}", young=True, doing="booting")
        yield
        for it in nodes:
            self._becomes(it.name, made_from=NEW, ready=True, young=False)
            yield
            self._count_in(it.name)
            yield

    def _count_in(self, name: str) -> None:
        role = self.nodes[name].role
        member = Member(name, manager=role == "master", ready=True)
        self._becomes(name, member=member, made_from=NEW, why=())

    def _member(self, name: str) -> Member:
        member = self.nodes[name].member
        assert member is not None
        return member

    def _mark(self, name: str, *, ours: bool) -> None:
        self._becomes(name, member=replace(self._member(name), ours=ours))

    def _becomes(self, name: str, **other: object) -> None:
        self.nodes[name] = replace(self.nodes[name], **other)  # type: ignore[arg-type]

    def _did(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

"""What a roll is going to do: each node in its order, what is lost, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jeroboam.deploy.roll.steps import reason, targets
from jeroboam.deploy.roll.types import Aim, RollNode, World
from jeroboam.model.types import ClusterModel

MINUTES_OF_HEAT = 3.0
"""What a node takes beside its drain and its start: to stop, to go and to be made."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """One node of a plan: what it runs, what it will run, why, and what a drain cannot move or will lose."""

    name: str
    group: str
    runs: str
    becomes: str
    why: tuple[str, ...]
    obstacles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RollPlan:
    """The nodes in their order; `minutes` is the longest it may take, `begun` whether one is under way.

    `elsewhere` are nodes that are behind and were not asked for.
    """

    name: str
    nodes: tuple[Rolling, ...]
    others: int
    notes: tuple[str, ...]
    minutes: float
    begun: bool = False
    elsewhere: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.nodes and not self.begun


def roll_plan(
    world: World,
    aim: Aim,
    model: ClusterModel,
    obstacles: Mapping[str, tuple[str, ...]],
    going: tuple[RollNode, ...] = (),
    objections: tuple[str, ...] = (),
) -> RollPlan:
    """The plan by how things stand; `obstacles` are by node, as the COE's client tells of them.

    `going` are nodes that the spec has no more, and that are none of the world's; `objections` are what the
    COE has against the spec's version.
    """
    left = tuple(node for node in world.nodes if node.out) + tuple(
        node for node in targets(world, aim, frozenset()) if not node.out
    )
    begun = any(node.out or node.begun for node in (*world.nodes, *going))
    return RollPlan(
        name=world.stack.name,
        nodes=tuple(_rolling(node, aim, model, obstacles.get(node.name, ())) for node in left),
        others=len(world.nodes) - len(left),
        notes=(*objections, *_goodbye(going), *_notes(world, left, aim)),
        minutes=_longest(left, aim, model.spec.timeouts.node_bootstrap_minutes),
        begun=begun,
        elsewhere=tuple(node.name for node in world.nodes if node.why and node not in left),
    )


def _rolling(node: RollNode, aim: Aim, model: ClusterModel, obstacles: tuple[str, ...]) -> Rolling:
    why = node.why or (("it is out",) if node.out else ("it was named",))
    made = node.made_from
    runs = f"{made.coe_version} on {made.system or 'an unknown system'}" if made else "unknown"
    sick = () if node.works or node.out or not node.member else (f"not ready: {reason(node)}",)
    kept = obstacles if aim.drain_minutes is not None else ()
    return Rolling(node.name, node.role, runs, model.coe_version, (*why, *sick), kept)


def _goodbye(going: tuple[RollNode, ...]) -> Iterator[str]:
    if going:
        yield f"first {', '.join(node.name for node in going)} leave for good, drained, masters one at a time"


def _notes(world: World, left: tuple[RollNode, ...], aim: Aim) -> Iterator[str]:
    """What a reader should know of all of it."""
    if not left:
        return
    yield (
        "each node keeps its name, port, addresses and data volumes; what is on the server's own disk is lost"
    )
    if aim.drain_minutes is None:
        yield "no node is drained: what runs there ends with the server"
    masters = [node for node in world.nodes if node.master]
    if len(masters) == 1 and masters[0] in left:
        yield f"{masters[0].name} is the only master: the API is away until it is back; workers' work runs on"
    elif any(node.master for node in left):
        yield "masters one at a time; the API answers by the others"


def _longest(left: tuple[RollNode, ...], aim: Aim, bootstrap: float) -> float:
    """Minutes, if every drain and every start take as long as they may."""
    each = (aim.drain_minutes or 0) + bootstrap + MINUTES_OF_HEAT
    rounds = 0
    for role in dict.fromkeys(node.role for node in left):
        of_role = [node for node in left if node.role == role]
        size = 1 if of_role[0].master else aim.max_unavailable
        # The first one goes alone.
        rounds += 1 + -(-(len(of_role) - 1) // size)
    return rounds * each

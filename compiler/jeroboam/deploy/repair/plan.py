"""What a repair is going to do: which nodes are replaced, in which order, and what becomes of the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jeroboam.deploy.repair.types import Condition, Judgement, NodeJudgement, RepairAim, RepairFacts
from jeroboam.deploy.roll.plan import MINUTES_OF_HEAT

OVER_THE_CAP = "left for the next run: this one has as many as it may replace"


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """`replaced` are in their order; `left` are dead too, each with its veto.

    `doubtful` are not dead yet, `quiet` booting or set aside; `behind` are the names of nodes that are not as
    new ones would be, and keep their servers all the same. `made` is when the servers of those that are
    replaced were made last, where that is within a day. `minutes` is the longest it may take.
    """

    name: str
    total: int
    replaced: tuple[NodeJudgement, ...]
    left: tuple[NodeJudgement, ...]
    doubtful: tuple[NodeJudgement, ...]
    quiet: tuple[NodeJudgement, ...]
    behind: tuple[str, ...]
    made: dict[str, datetime]
    minutes: float


def repair_plan(facts: RepairFacts, judgement: Judgement, aim: RepairAim) -> RepairPlan:
    """The plan by how things stand."""
    order = sorted(judgement.replaceable, key=lambda it: _place(it, facts))
    most = aim.cap.of(len(facts.world.nodes))
    replaced = tuple(order[:most])
    vetoed = tuple(it for it in judgement.dead if it.veto)
    return RepairPlan(
        name=facts.world.stack.name,
        total=len(facts.world.nodes),
        replaced=replaced,
        left=(*vetoed, *order[most:]),
        doubtful=judgement.of(Condition.DOUBTFUL),
        quiet=judgement.of(Condition.BOOTING, Condition.SET_ASIDE),
        behind=tuple(it.node.name for it in judgement.of(Condition.WELL) if it.node.why),
        made={
            name: times[-1] for it in replaced for name in (it.node.name,) if (times := _times(name, facts))
        },
        minutes=len(batches(replaced)) * (facts.bootstrap_minutes + MINUTES_OF_HEAT),
    )


def batches(nodes: tuple[NodeJudgement, ...]) -> tuple[tuple[NodeJudgement, ...], ...]:
    """What is replaced together: each master alone, and all others at once, as none of them works."""
    masters = tuple((it,) for it in nodes if it.node.master)
    workers = tuple(it for it in nodes if not it.node.master)
    return (*masters, workers) if workers else masters


def _place(it: NodeJudgement, facts: RepairFacts) -> tuple[bool, bool, bool, int, str, int]:
    """Who is out comes first, and whom Heat makes anew anyway; then masters, for their quorum.

    What failed often keeps no others off.
    """
    node = it.node
    return (
        not node.out,
        not node.given_up,
        not node.master,
        len(_times(node.name, facts)),
        node.role,
        node.index,
    )


def _times(name: str, facts: RepairFacts) -> tuple[datetime, ...]:
    return facts.made.get(name, ())

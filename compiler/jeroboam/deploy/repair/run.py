"""A cluster's dead nodes made anew: the table of contents.

Nothing here prints or asks: `run` yields what happens, and consent is a function of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex

from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.door import opened
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.last_complete import lives, since_complete
from jeroboam.deploy.repair.events import LeftAlone, Repaired, RepairEvent, RepairPlanned
from jeroboam.deploy.repair.gather import bootstrap_minutes, gathered, marked_as_stopped
from jeroboam.deploy.repair.judge import alive, in_the_way, is_out, judged, under_way
from jeroboam.deploy.repair.plan import RepairPlan, batches, repair_plan
from jeroboam.deploy.repair.types import Condition, Judgement, NodeJudgement, RepairAim, RepairFacts
from jeroboam.deploy.request import SentToHeat, require_ours
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.carry_out import HEALTH_MINUTES, HEALTHY, PAUSE_SECONDS, retired, returned
from jeroboam.deploy.roll.events import RollStage
from jeroboam.deploy.roll.look import not_answering
from jeroboam.deploy.roll.types import Aim, RollNode
from jeroboam.deploy.roll.under_way import Roll
from jeroboam.deploy.stacks import find
from jeroboam.deploy.tags import roll_mark, rolled_by
from jeroboam.deploy.types import Note
from jeroboam.hot.contract import OutputName, parse_identity
from jeroboam.model.client import ClientError

WATCH_SECONDS = 30.0
"""Between two looks at nodes of which the COE does not say since when it has missed them."""


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """What is asked for: `name` is the stack's, `values` are the cluster's secrets, in base64.

    `approve` is asked for consent to a plan that does something; `command` goes on with it. `at` is where the
    COE's API is reached from here, None for its own address.
    """

    name: str
    values: Mapping[str, str]
    aim: RepairAim
    approve: Callable[[RepairPlan], bool]
    command: str
    at: tuple[str, int] | None = None


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Repair:
    """A repair under way; `observed` is since when nodes have been seen not ready by it.

    `chosen` are the names of the nodes that it replaces.
    """

    roll: Roll
    aim: RepairAim
    now: Callable[[], datetime]
    observed: dict[str, datetime] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()


Looks = Generator[RepairEvent, None, tuple[RepairFacts, Judgement]]


def run(
    request: RepairRequest, cloud: Cloud, clock: Clock | None = None, now: Callable[[], datetime] = _now
) -> Iterator[RepairEvent]:
    """Makes dead nodes anew, as far as the iterator is consumed; yields what happens.

    The last event is Repaired or LeftAlone. Raises DeployError where it is refused or failed, CloudError
    where the cloud cannot be asked, ClientError where the COE refuses. Whoever stops consuming leaves things
    as they are, and a later run goes on from there.
    """
    clock = clock or steady()
    began = clock.now()
    stack = yield from retried(lambda: find(cloud, request.name))
    since = None if stack is None else (yield from retried(partial(since_complete, cloud, stack)))
    if stack is None or not lives(since):
        raise DeployError(f"there is no running cluster '{request.name}'")
    require_ours(stack)
    identity = parse_identity(stack.outputs.get(OutputName.CLUSTER))
    if identity is None:
        raise DeployError(
            f"the stack '{stack.name}' does not say which cluster it is",
            "its template is of an early release: deploy it once more with this one",
        )
    minutes = yield from retried(partial(bootstrap_minutes, cloud, stack))
    mine = roll_mark(token_hex(4))
    with opened(cloud, stack, identity.name, identity.coe, request.values, request.at) as client:
        roll = Roll(
            request=None,
            aim=Aim(drain_minutes=None),
            cloud=cloud,
            client=client,
            clock=clock,
            stack=stack,
            # What the stack was told is to hold; another version of it is somebody else's doing.
            sent=SentToHeat(stack.tags, {}, {}),
            mine=mine,
            seen=rolled_by(stack),
            command=lambda _: request.command,
            bootstrap_minutes=minutes,
            current=True,
        )
        repair = _Repair(roll, request.aim, now)
        facts, judgement = yield from _observed(repair)
        busy = under_way(facts)
        if busy:
            yield LeftAlone(facts.world.stack, busy)
            return
        plan = repair_plan(facts, judgement, request.aim)
        repair.chosen = frozenset(it.node.name for it in plan.replaced)
        _require_sure(repair, facts, judgement)
        yield RepairPlanned(plan)
        if plan.replaced and not request.approve(plan):
            yield Repaired(facts.world.stack, (), judgement.dead, clock.now() - began, declined=True)
            return
        roll.count = len(plan.replaced)
        for batch in batches(plan.replaced):
            yield from _replaced(repair, tuple(it.node.name for it in batch))
        if plan.replaced:
            facts, judgement = yield from _looked(repair)
        yield Repaired(facts.world.stack, tuple(sorted(roll.done)), judgement.dead, clock.now() - began)


def _looked(repair: _Repair) -> Looks:
    """How things stand, and what is made of it; nodes that came back are no longer observed."""
    facts = yield from retried(lambda: gathered(repair.roll, repair.observed, repair.now()), insist=True)
    judgement = judged(facts, repair.aim)
    repair.observed = {
        it.node.name: repair.observed.get(it.node.name, facts.now) for it in judgement.nodes if it.unseen
    }
    return facts, judgement


def _observed(repair: _Repair) -> Looks:
    """The same, once it is known of all nodes for how long they have been missed."""
    said: tuple[str, ...] = ()
    while True:
        facts, judgement = yield from _looked(repair)
        waits = tuple(it.node.name for it in judgement.of(Condition.DOUBTFUL) if it.unseen)
        if judgement.refused or under_way(facts) or not waits:
            return facts, judgement
        if waits != said:
            said = waits
            yield repair.roll.staged(
                RollStage.HEALTH,
                facts.world.named(waits),
                f"not ready, and nothing says since when: watching for {repair.aim.dead_minutes:g} minutes",
            )
        repair.roll.clock.sleep(WATCH_SECONDS)


def _require_sure(repair: _Repair, facts: RepairFacts, judgement: Judgement) -> None:
    """Refuses what may be somebody's mistake about the cluster, or in the middle of somebody's roll."""
    if not facts.world.answers:
        raise not_answering(facts.world)
    if judgement.refused:
        raise DeployError(
            f"nothing is replaced: {judgement.refused}",
            "look at the network first; nodes that are dead all the same are replaced one by one, by "
            "'jeroboam roll SPEC --node NAME --no-drain'",
        )
    wrong, way = in_the_way(facts, judgement, repair.chosen)
    if wrong and judgement.dead:
        dead = ", ".join(it.node.name for it in judgement.dead)
        raise DeployError(f"nothing is replaced: {wrong}; dead: {dead}", way)


def _replaced(repair: _Repair, names: tuple[str, ...]) -> Iterator[RepairEvent]:
    """Makes those of a batch anew that still are dead."""
    roll = repair.roll
    facts, nodes = yield from _confirmed(repair, names)
    there = tuple(node for node in nodes if not is_out(node, facts.world))
    for node in there:
        yield from retried(partial(marked_as_stopped, roll.cloud, node, repair.now()))
    if there:
        yield from retired(roll, there)
    if nodes:
        yield from returned(roll, nodes)


def _confirmed(
    repair: _Repair, names: tuple[str, ...]
) -> Generator[RepairEvent, None, tuple[RepairFacts, tuple[RollNode, ...]]]:
    """Those of the nodes that are dead twice in a row, with a cluster beside them that can bear it."""
    roll, good, said = repair.roll, 0, ""
    until = roll.clock.now() + HEALTH_MINUTES * 60
    while True:
        facts, judgement = yield from _looked(repair)
        _require_sure(repair, facts, judgement)
        still = tuple(it.node for it in judgement.replaceable if it.node.name in names)
        spared = [it for it in judgement.nodes if it.node.name in names and it.node not in still]
        if spared:
            yield Note("; ".join(map(_spared, spared)))
            names = tuple(node.name for node in still)
        wrong = _problems(repair, facts, still)
        good = 0 if wrong else good + 1
        if wrong and wrong != said:
            said = wrong
            yield roll.staged(RollStage.HEALTH, still, f"not healthy yet: {wrong}")
        if not still or good == HEALTHY:
            return facts, still
        if wrong and roll.clock.now() > until:
            raise DeployError(
                f"the cluster is not healthy, so no master is taken: {wrong}", f"mend it first: {roll.again}"
            )
        roll.clock.sleep(PAUSE_SECONDS)


def _spared(it: NodeJudgement) -> str:
    if it.condition is Condition.DEAD:
        return f"{it.node.name} is left alone: {it.veto}"
    return f"{it.node.name} is not dead any more, and left alone"


def _problems(repair: _Repair, facts: RepairFacts, chosen: tuple[RollNode, ...]) -> str:
    """What is wrong with a cluster that is to lose a master, beside the nodes that do not work."""
    if not any(node.master for node in chosen):
        return ""
    away = frozenset(node.name for node in facts.world.nodes if not alive(node))
    try:
        return "; ".join(repair.roll.client.problems(away))
    except ClientError as error:
        if not error.unreachable:
            raise
        return error.message

"""Carries out the steps of a roll. Each may be done again from its beginning, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from functools import partial

from jeroboam.deploy.clusters import out_of
from jeroboam.deploy.drain import drained, insisted
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.events import RollEvent, RollStage
from jeroboam.deploy.roll.servers import let_go, may_answer, runs, stopped
from jeroboam.deploy.roll.steps import away, reason, targets, unhealthy
from jeroboam.deploy.roll.types import Await, Finish, Reopen, Retire, Return, RollNode, Step, World
from jeroboam.deploy.roll.under_way import Roll, Steps, seen
from jeroboam.deploy.roll.updates import told
from jeroboam.deploy.run import diagnosed
from jeroboam.deploy.types import Note, Stack
from jeroboam.model.client import ClientError

PAUSE_SECONDS = 5.0
"""Between two looks at a cluster."""
HEALTH_MINUTES = 10.0
"""For how long a cluster may take to be healthy before its next node is taken."""
HEALTHY = 2
"""How often in a row a cluster has to be found healthy."""


def carried_out(roll: Roll, step: Step) -> Steps:
    """Does one step. Raises DeployError, CloudError and ClientError."""
    match step:
        case Return(nodes):
            yield from returned(roll, nodes)
        case Await(nodes):
            yield from awaited(roll, nodes, ours=False)
        case Reopen(nodes):
            yield from _insisted(roll, [node.name for node in nodes], roll.client.open)
            yield roll.staged(RollStage.OPEN, nodes, "open for work again")
        case Retire(nodes):
            world = yield from _healthy(roll, nodes)
            yield from retired(roll, _counted(nodes, world))
        case Finish():
            yield from _healthy(roll, ())


def _healthy(
    roll: Roll, chosen: tuple[RollNode, ...], going: tuple[RollNode, ...] = ()
) -> Generator[RollEvent, None, World]:
    """Waits until all is healthy without `chosen`, twice in a row; nodes that are `going` are not missed.

    Returns how things stand then.
    """
    until, good = roll.clock.now() + HEALTH_MINUTES * 60, 0
    said: tuple[str, ...] = ()
    while True:
        world = yield from seen(roll)
        found = unhealthy(world, (*chosen, *going), targets(world, roll.aim, frozenset(roll.done)))
        if not found and _can_tell(roll, world, chosen) and not _dead(roll, world, chosen):
            found = _problems(roll, world, chosen)
        good = 0 if found else good + 1
        if found and found != said:
            said = found
            yield roll.staged(RollStage.HEALTH, chosen, f"not healthy yet: {'; '.join(found)}")
        if found and roll.clock.now() > until:
            so = "so no node is taken" if chosen else "though no node is left to make anew"
            raise DeployError(
                f"the cluster is not healthy, {so}: {'; '.join(found)}",
                f"mend it, or replace what is dead: {roll.again} --node NAME --no-drain; then: {roll.again}",
            )
        if good == HEALTHY:
            return world
        roll.clock.sleep(PAUSE_SECONDS)


def _can_tell(roll: Roll, world: World, chosen: tuple[RollNode, ...]) -> bool:
    """Whether the COE is to be asked how it is: of a master that goes undrained, nothing is expected."""
    return world.answers or (roll.aim.drain_minutes is not None and may_answer(roll, chosen))


def _dead(roll: Roll, world: World, chosen: tuple[RollNode, ...]) -> bool:
    """Whether taking `chosen` can cost nothing: workers that do not work, and need not be drained.

    What is missing elsewhere may be what was on them, and have no other place.
    """
    now = [node for node in world.nodes if node.name in away(chosen)]
    return bool(now) and roll.aim.drain_minutes is None and not any(node.master or node.works for node in now)


def _counted(nodes: tuple[RollNode, ...], world: World) -> tuple[RollNode, ...]:
    """The nodes as the COE counts them now; it may have been away when they were chosen."""
    members = {node.name: node.member for node in world.nodes}
    return tuple(replace(node, member=members.get(node.name)) for node in nodes)


def _problems(roll: Roll, world: World, chosen: tuple[RollNode, ...]) -> tuple[str, ...]:
    sick = frozenset(node.name for node in world.nodes if not node.works)
    try:
        return roll.client.problems(away(chosen) | sick)
    except ClientError as error:
        if not error.unreachable:
            raise
        return (error.message,)


def retired(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    """Drains nodes where that is asked for, stops them and takes them out. Raises as `carried_out` does."""
    yield from _emptied(roll, nodes)
    yield from let_go(roll, nodes)
    yield roll.staged(RollStage.OUT, nodes, "taking its server out")
    yield from told(roll, lambda now: out_of(now) | {node.id for node in nodes}, nodes)


def _emptied(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    """Drains and stops nodes, in as far as they run."""
    running = yield from retried(lambda: tuple(node for node in nodes if runs(roll, node)))
    if roll.aim.drain_minutes is not None:
        yield from _drain(roll, tuple(node for node in running if node.member is not None))
    known = [node.name for node in nodes if node.member is not None]
    yield from _insisted(roll, known, roll.client.leave)
    if running:
        yield roll.staged(RollStage.STOP, running, "stopping its server")
        yield from stopped(roll, running)


def all_out(roll: Roll, masters: tuple[RollNode, ...]) -> Steps:
    """Takes masters out at once: what one of them still has must not be what another goes on with.

    Raises as `carried_out` does.
    """
    running = yield from retried(lambda: tuple(node for node in masters if runs(roll, node)))
    if running:
        yield roll.staged(RollStage.STOP, running, "stopping its server")
        yield from stopped(roll, running)
    yield roll.staged(RollStage.OUT, masters, "taking its server out")
    yield from told(roll, lambda now: out_of(now) | {node.id for node in masters})


def departed(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    """Has nodes go that the spec has no more, before Heat deletes what is theirs: masters one at a time."""
    # What is dead goes first: it counts in the quorum until then.
    for node in sorted((it for it in nodes if it.master), key=lambda it: (it.works, -it.index)):
        if not node.out:
            world = yield from _healthy(roll, (node,), nodes)
            yield from _emptied(roll, _counted((node,), world))
            yield from let_go(roll, (node,))
            yield from _insisted(roll, (node.name,), roll.client.remove_vote)
            yield roll.staged(RollStage.OUT, (node,), "taking its server out, for good")
            yield from told(roll, partial(_and_out, node.id), (node,), existing=True)
        if node.member is not None:
            yield roll.staged(RollStage.FORGET, (node,), "having the COE forget it")
            yield from _insisted(roll, (node.name,), roll.client.forget)
    workers = tuple(node for node in nodes if not node.master and not node.out)
    if workers:
        world = yield from _healthy(roll, workers, nodes)
        yield from _emptied(roll, _counted(workers, world))
        yield from let_go(roll, workers)


def forgotten(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    """Has the COE forget these workers that went for good, and those of a run that ended before it did so."""
    world = yield from seen(roll)
    went = {node.name for node in nodes if node.member is not None and not node.master}
    yield from _insisted(roll, sorted({*went, *world.lost}), roll.client.forget)


def _and_out(id_: str, now: Stack) -> frozenset[str]:
    return out_of(now) | {id_}


def _insisted(roll: Roll, names: Iterable[str], tell: Callable[[str], None]) -> Steps:
    """Tells the COE something of each node, again while it cannot be told. Raises ClientError."""
    yield from map(Note, insisted(names, tell, roll.clock))


def _drain(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    assert roll.aim.drain_minutes is not None
    names = tuple(node.name for node in nodes)
    for text in drained(roll.client, names, roll.aim.drain_minutes, roll.clock, roll.again):
        yield roll.staged(RollStage.DRAIN, nodes, text)


def returned(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    """Has the COE forget nodes that are out, makes them anew and waits for them. Raises the same."""
    known = yield from _known(roll, nodes)
    if known:
        yield roll.staged(RollStage.FORGET, known, "having the COE forget it")
        yield from _insisted(roll, [node.name for node in known], roll.client.forget)
    yield roll.staged(RollStage.IN, nodes, "making it anew")
    yield from told(roll, lambda now: out_of(now) - {node.id for node in nodes})
    yield from awaited(roll, nodes)


def _known(roll: Roll, nodes: tuple[RollNode, ...]) -> Generator[RollEvent, None, tuple[RollNode, ...]]:
    """Those that the COE knows; it is waited for, where a master is up that may answer."""
    until, said = roll.clock.now() + HEALTH_MINUTES * 60, ""
    while True:
        world = yield from seen(roll)
        if world.answers or not may_answer(roll, tuple(node for node in world.nodes if node.master)):
            return tuple(node for node in _counted(nodes, world) if node.member is not None)
        if said != world.problem:
            said = world.problem
            yield roll.staged(RollStage.FORGET, nodes, f"waiting for the COE: {said}")
        if roll.clock.now() > until:
            raise DeployError(
                f"the COE cannot be told that {', '.join(node.name for node in nodes)} went: {said}",
                f"once it answers: {roll.again}",
            )
        roll.clock.sleep(PAUSE_SECONDS)


def awaited(roll: Roll, nodes: tuple[RollNode, ...], *, ours: bool = True) -> Steps:
    """Until all of them work, each change told. Raises DeployError where one gives up, or takes too long."""
    names = tuple(node.name for node in nodes)
    until, doing = roll.clock.now() + roll.bootstrap_minutes * 60, dict[str, str]()
    while True:
        world = yield from seen(roll)
        now = world.named(names)
        for node in now:
            what = _doing(node, world)
            if doing.get(node.name) != what:
                doing[node.name] = what
                yield roll.staged(RollStage.WAIT, (node,), what)
        if len(now) == len(names) and all(node.works for node in now):
            # What another run has made may be of an earlier version of the spec.
            roll.done.update(node.name for node in now if ours or not node.why)
            yield roll.staged(RollStage.DONE, now, "counted in")
            return
        failed = [node for node in now if node.failed]
        if failed or roll.clock.now() > until:
            yield diagnosed(roll.cloud, roll.stack)
            said = "; ".join(
                f"{node.name}: {_doing(node, world)}" for node in (failed or now) if not node.works
            )
            raise DeployError(
                f"no further node is taken: {said or 'a node did not come back'}",
                f"after fixing the cause, the same command goes on with it: {roll.again}",
            )
        roll.clock.sleep(PAUSE_SECONDS)


def _doing(node: RollNode, world: World) -> str:
    if node.failed:
        return f"failed: {node.failed}"
    if node.works:
        return "ready"
    if not node.ready:
        return node.doing
    return f"it says that it is ready; the COE: {reason(node) if world.answers else world.problem}"

"""Which nodes are dead, and which of them are replaced: by facts alone.

Dead is what its COE does not count as ready, for as long as is asked for, unless somebody may have meant it
so or it is still booting; where Nova has lost the server, or gave it up, that takes no time. A majority of
dead nodes is none: then something between them and here is broken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jeroboam.deploy.clusters import out_of
from jeroboam.deploy.repair.types import (
    Condition,
    Judgement,
    NodeJudgement,
    RepairAim,
    RepairFacts,
    ServerState,
)
from jeroboam.deploy.roll.steps import reason
from jeroboam.deploy.roll.types import RollNode, World
from jeroboam.deploy.tags import rolled_by
from jeroboam.deploy.types import FAILED, IN_PROGRESS
from jeroboam.hot.contract import OutputName
from jeroboam.hot.parameters import OUT

GONE = "GONE"
LOST = {
    GONE: "Nova has no such server any more",
    "DELETED": "its server is deleted in Nova",
    "SOFT_DELETED": "its server is deleted in Nova",
    "ERROR": "its server is in ERROR in Nova",
}
"""States of Nova's in which a server does not come back by itself, and that nobody asks for a node."""
MEANT = ("SHUTOFF", "PAUSED", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED", "RESCUE")
"""States that somebody asks for; Nova does not tell a guest that went down by itself from one stopped."""
LATELY = timedelta(days=1)
MOST_MADE = 3
"""How often a node's server is made within `LATELY` before a repair leaves it to a person."""
CUT_OFF = timedelta(minutes=15)
"""After which a run that took a node out and has not put it back is taken for dead itself."""
_IMAGE = ("image", "block_device_mapping_v2")


def judged(facts: RepairFacts, aim: RepairAim) -> Judgement:
    """What each node is, and why nothing may be done where that is so."""
    world = facts.world
    if not world.answers:
        return Judgement((), f"the cluster's API cannot be asked from here: {world.problem}")
    each = tuple(_judged(node, facts, aim) for node in world.nodes)
    each = tuple(it if it.condition is not Condition.DEAD else _vetoed(it, facts) for it in each)
    # Somebody's intent is known from Nova: it says nothing of the way to the others.
    told = [it for it in each if it.condition is not Condition.SET_ASIDE]
    missed = [it for it in told if it.condition in (Condition.DEAD, Condition.DOUBTFUL) and not it.node.out]
    if len(missed) * 2 > len(told):
        names = ", ".join(it.node.name for it in missed)
        return Judgement(
            each,
            f"{len(missed)} of {len(told)} nodes look dead ({names}): that is likelier the network, here or "
            "in the cloud, than so many nodes",
        )
    return Judgement(each)


def under_way(facts: RepairFacts) -> str:
    """Who works on the cluster at the moment, as a clause; empty where nobody does."""
    stack = facts.world.stack
    if stack.status == IN_PROGRESS:
        return f"it is {stack.action}_IN_PROGRESS"
    nodes = facts.world.nodes
    stopped = [node.name for node in nodes if _just_stopped(node, facts)]
    if stopped:
        return f"{', '.join(stopped)} {'is' if len(stopped) == 1 else 'are'} being taken out"
    if rolled_by(stack) is None:
        return ""
    coming = [node.name for node in nodes if _booting(node, facts)]
    if coming:
        return f"{', '.join(coming)} {'is' if len(coming) == 1 else 'are'} being made anew"
    out = [node.name for node in nodes if is_out(node, facts.world)]
    if out and facts.now - (stack.updated or stack.created) < CUT_OFF:
        return f"{', '.join(out)} {'is' if len(out) == 1 else 'are'} out just now"
    return ""


def in_the_way(facts: RepairFacts, judgement: Judgement, chosen: Collection[str]) -> tuple[str, str]:
    """Why the nodes of these names cannot be replaced without more being done, and what to do first.

    Empty where they can. Any update of a stack has Heat finish what the last one left, and make anew what it
    has marked, all at once.
    """
    world = facts.world
    closed = [node.name for node in world.nodes if node.begun and alive(node)]
    if closed:
        return (
            f"a roll is not over, {', '.join(closed)} is closed by it",
            "go on with the roll, 'jeroboam roll SPEC'; it replaces a dead node by --node NAME --no-drain",
        )
    stack = world.stack
    if stack.status == FAILED and stack.action != "CHECK" and rolled_by(stack) is None:
        return (
            f"the last deployment failed, {stack.action}_FAILED, and Heat would go on with it",
            "bring it to its end: jeroboam deploy SPEC",
        )
    # What failed to boot lately does no work: Heat may try it once more.
    given_up = [
        it.node for it in judgement.nodes if it.node.given_up and it.condition is not Condition.BOOTING
    ]
    alone = sum(node.master for node in given_up) < 2
    marked = [node.name for node in given_up if node.name not in chosen or (node.master and not alone)]
    if marked:
        return (
            f"Heat has {', '.join(marked)} marked as failed, and would make its server anew, too",
            "take the mark off: openstack stack resource mark unhealthy --reset STACK RESOURCE",
        )
    return "", ""


def since_of(node: RollNode) -> datetime | None:
    """Since when at the latest its COE has missed it, where the COE says so."""
    with suppress(ValueError):
        return datetime.fromisoformat(node.member.since).astimezone(UTC) if node.member else None
    return None


def alive(node: RollNode) -> bool:
    """Whether its COE counts on it; what it said of itself may have been lost on the way."""
    return not node.out and node.member is not None and node.member.ready


def is_out(node: RollNode, world: World) -> bool:
    """Whether the stack was told that it is out; without a server it may be, too, as it could not be made."""
    return node.out and node.id in out_of(world.stack)


def _booting(node: RollNode, facts: RepairFacts) -> bool:
    """Whether it was made lately, and may still come; Nova has it."""
    server = facts.servers.get(node.name, ServerState(GONE))
    waited_for = node.young and not (node.out or node.ready or node.failed or alive(node))
    return waited_for and server.status not in LOST


def _judged(node: RollNode, facts: RepairFacts, aim: RepairAim) -> NodeJudgement:
    server = facts.servers.get(node.name, ServerState(GONE))
    if node.out:
        return _without_server(node, facts)
    if alive(node):
        lost = LOST.get(server.status)
        return (
            NodeJudgement(node, Condition.DOUBTFUL, f"{lost}, and the COE counts on it")
            if lost and server.status != "ERROR"
            else NodeJudgement(node, Condition.WELL)
        )
    aside = "" if _stopped_by_us(node, server, facts) else _set_aside(server)
    if aside:
        return NodeJudgement(node, Condition.SET_ASIDE, aside)
    if node.failed and node.young:
        return NodeJudgement(node, Condition.BOOTING, f"it failed, and is tried again later: {node.failed}")
    if _booting(node, facts):
        return NodeJudgement(node, Condition.BOOTING, node.doing)
    return _missed(node, server, facts, aim)


def _stopped_by_us(node: RollNode, server: ServerState, facts: RepairFacts) -> bool:
    """Whether a repair stopped it that was cut off then; what was back since is stopped by somebody else."""
    if server.stopped is None or server.status != "SHUTOFF" or server.locked:
        return False
    since = since_of(node)
    return since - server.stopped < CUT_OFF if since else facts.now - server.stopped < LATELY


def _without_server(node: RollNode, facts: RepairFacts) -> NodeJudgement:
    if not is_out(node, facts.world):
        return NodeJudgement(node, Condition.DEAD, "its server could not be made")
    if rolled_by(facts.world.stack) is None:
        return NodeJudgement(node, Condition.SET_ASIDE, "it is out by hand; 'jeroboam deploy' puts it back")
    return NodeJudgement(
        node, Condition.DEAD, "it is out, and the run that took it was cut off", facts.world.stack.updated
    )


def _just_stopped(node: RollNode, facts: RepairFacts) -> bool:
    stopped = facts.servers.get(node.name, ServerState(GONE)).stopped
    return stopped is not None and not alive(node) and facts.now - stopped < CUT_OFF


def _set_aside(server: ServerState) -> str:
    """Why a server that does not do its work may be meant not to."""
    if server.status in MEANT:
        return f"its server is {server.status} in Nova, as somebody may want it"
    if server.locked:
        return "its server is locked in Nova"
    if server.task and server.status not in LOST:
        return f"Nova is at it: {server.task}"
    if server.status not in ("ACTIVE", *LOST):
        return f"its server is {server.status} in Nova"
    return ""


def _missed(node: RollNode, server: ServerState, facts: RepairFacts, aim: RepairAim) -> NodeJudgement:
    """A node that its COE misses, and that nothing explains."""
    known = since_of(node)
    since = known or facts.observed.get(node.name)
    said = reason(node) if node.member else "the COE does not know it"
    if server.status in LOST:
        return NodeJudgement(node, Condition.DEAD, LOST[server.status], known)
    if _stopped_by_us(node, server, facts):
        return NodeJudgement(node, Condition.DEAD, "a repair stopped it, and was cut off", known)
    if node.failed:
        return NodeJudgement(node, Condition.DEAD, f"it failed: {node.failed}", known)
    if node.member is not None and node.member.by_us:
        return NodeJudgement(
            node, Condition.SET_ASIDE, f"Nova has it ACTIVE, and only the way from here to it says: {said}"
        )
    long = since is not None and facts.now - since >= timedelta(minutes=aim.dead_minutes)
    condition = Condition.DEAD if long else Condition.DOUBTFUL
    return NodeJudgement(node, condition, said, since, unseen=known is None)


def _vetoed(it: NodeJudgement, facts: RepairFacts) -> NodeJudgement:
    return replace(it, veto=next(_vetoes(it.node, facts), ""))


def _vetoes(node: RollNode, facts: RepairFacts) -> Iterator[str]:
    """What speaks against replacing a dead node, as clauses, the weightiest first."""
    world = facts.world
    if OUT.name not in world.stack.parameters:
        yield "the template of its stack is of an earlier release, and takes no node out: roll once first"
    if node.master:
        masters = [one for one in world.nodes if one.master]
        work, needed = sum(map(alive, masters)), len(masters) // 2 + 1
        if len(masters) == 1:
            yield "it is the only master, and the cluster's state is with it: docs/lost-master.md"
        elif work < needed:
            yield f"{work} of {len(masters)} masters work, and its place is left alone until {needed} do"
    made = facts.made.get(node.name, ())
    if len(made) >= MOST_MADE:
        yield f"its server was made {len(made)} times within a day, last at {_at(made[-1])}: find out why"
    yield from _another(node, world)


def _another(node: RollNode, world: World) -> Iterator[str]:
    """What a new one would be that the cluster is not ready for: only a roll knows the order."""
    outputs: Mapping[str, Any] = world.stack.outputs
    version = outputs.get(OutputName.COE_VERSION)
    for master in (one for one in world.nodes if one.master and alive(one)):
        runs = master.made_from.coe_version if master.made_from else master.member and master.member.version
        if version and runs != version:
            yield f"it would get {version} while {master.name} runs {runs or 'an unknown version'}: roll"
    held = outputs.get(OutputName.HELD_NODES)
    kept = held.get(node.id) if isinstance(held, Mapping) else None
    if isinstance(kept, list) and any(name in kept for name in _IMAGE):
        yield "its stack holds it to the image it had, and the configuration is of another one: roll"


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"

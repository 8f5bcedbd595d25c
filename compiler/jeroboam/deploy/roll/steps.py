"""The next step of a roll, by how things stand alone: whoever begins in the middle goes on from there."""

from __future__ import annotations

from itertools import groupby

from jeroboam.deploy.roll.types import Aim, Await, Finish, Reopen, Retire, Return, RollNode, Step, World


def next_step(world: World, aim: Aim, done: frozenset[str]) -> Step:
    """What to do now; `done` are the names of nodes that this run has made anew."""
    away = tuple(node for node in world.nodes if node.out)
    if away:
        return Return(away)
    coming = tuple(node for node in world.nodes if is_coming(node))
    if coming:
        return Await(coming)
    left = targets(world, aim, done)
    finished = tuple(node for node in world.nodes if node.begun and node not in left)
    if finished:
        return Reopen(finished)
    return Retire(batch(world, aim, left)) if left else Finish()


def is_coming(node: RollNode) -> bool:
    """Whether its server was made lately, and has not said how it went."""
    return not node.out and node.young and not node.ready and not node.failed


def targets(world: World, aim: Aim, done: frozenset[str]) -> tuple[RollNode, ...]:
    """The nodes that are still to be made anew, in their order.

    Masters first, or last, as the COE has it. In a role: begun before, then sick, then those that say what
    they run, then the others; the master that leads and the first one come last, as others turn to them.
    """
    roles = {role: number for number, role in enumerate(dict.fromkeys(node.role for node in world.nodes))}
    wanted = (node for node in world.nodes if aim.wants(node) and node.name not in done)

    def order(node: RollNode) -> tuple[bool, int, bool, bool, bool, bool, bool, int]:
        member = node.member
        sick = bool(node.failed) or (world.answers and not node.works)
        return (
            node.master is aim.workers_first,
            roles[node.role],
            not node.begun,
            not sick,
            node.made_from is None,
            member is not None and member.leader,
            node.master and node.index == 0,
            node.index,
        )

    return tuple(sorted(wanted, key=order))


def batch(world: World, aim: Aim, left: tuple[RollNode, ...]) -> tuple[RollNode, ...]:
    """The nodes to take out next, of one role: one master; one node where none of its group is new yet."""
    role, of_role = next((role, tuple(nodes)) for role, nodes in groupby(left, key=lambda node: node.role))
    begun = tuple(node for node in of_role if node.begun)
    first = of_role[0]
    if first.master:
        return (first,)
    peers = [node for node in world.nodes if node.role == role]
    proven = any(not node.why and node.works for node in peers if node not in of_role)
    size = aim.max_unavailable if proven else 1
    return begun[:size] or of_role[:size]


def away(nodes: tuple[RollNode, ...]) -> frozenset[str]:
    """The names of nodes."""
    return frozenset(node.name for node in nodes)


def unhealthy(world: World, chosen: tuple[RollNode, ...], left: tuple[RollNode, ...]) -> tuple[str, ...]:
    """What speaks against taking `chosen` out, a sentence each: nodes that are away already.

    Those that are to be made anew themselves do not, unless they are masters: what is sick is mended first.
    """
    if not world.answers and away(chosen) >= {node.name for node in world.nodes if node.master}:
        # Nobody is left to ask once the masters are away, nor needs to be.
        return ()
    if not world.answers:
        return (world.problem or "the COE does not answer",)
    mended = away(chosen) | {node.name for node in left if not node.master}
    return tuple(
        f"{node.name} is not ready: {reason(node)}"
        for node in world.nodes
        if node.name not in mended and not node.works
    )


def reason(node: RollNode) -> str:
    """Why a node does not work, as far as anybody has said."""
    said = node.failed or (node.member.why if node.member else "")
    return said or ("the COE does not count it" if node.ready else node.doing)

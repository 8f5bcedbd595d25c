"""What a roll has Heat do: updates of a stack that say who is out, none beside somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from typing import Any

from jeroboam.deploy.clusters import out_of
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.plan.gather import kept_as_made
from jeroboam.deploy.request import request_for
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.events import RollEvent
from jeroboam.deploy.roll.types import RollNode
from jeroboam.deploy.roll.under_way import Roll, Steps, looked
from jeroboam.deploy.run import diagnosed, failure
from jeroboam.deploy.stacks import find
from jeroboam.deploy.stale_signals import set_aside_for
from jeroboam.deploy.submit import TRIES, updated
from jeroboam.deploy.tags import rolled_by, same_spec
from jeroboam.deploy.types import IN_PROGRESS, Note, Stack
from jeroboam.deploy.wait.follow import Wait, follow
from jeroboam.deploy.wait.loop import marker
from jeroboam.deploy.wait.verdict import WaitOutcome, verdict
from jeroboam.hot.contract import STACK_TAG, parse_node_id, server_name
from jeroboam.hot.parameters import OUT


def told(
    roll: Roll,
    out: Callable[[Stack], frozenset[str]],
    expected: tuple[RollNode, ...] = (),
    *,
    existing: bool = False,
) -> Steps:
    """Has Heat make the stack what the spec says, without the nodes that `out` names; waits until it has.

    Servers that run stay what they are. An update that fails is sent again. `expected` are the servers that
    have to be as they were seen. With `existing`, or without a spec, the stack keeps the template that it
    has. Raises DeployError and CloudError.
    """
    existing = existing or roll.request is None
    for attempt in range(TRIES):
        now = yield from settled(roll)
        after = yield from _sent(roll, now, out(now), expected, existing=existing)
        roll.seen, roll.current = roll.mine, roll.current or not existing
        progress = yield from follow(roll.cloud, now, Wait("UPDATE", after, False, None, True), roll.clock)
        outcome = verdict(progress)
        if outcome is WaitOutcome.COMPLETE:
            return
        if outcome is WaitOutcome.WAITING:
            said = f": {progress.problem.message}" if progress.problem else ""
            raise DeployError(
                f"Heat gave no usable answer for too long{said}",
                f"it goes on with '{now.name}' meanwhile; once it answers: {roll.again}",
            )
        if outcome is not WaitOutcome.FAILED or attempt == TRIES - 1:
            if outcome is WaitOutcome.FAILED:
                yield diagnosed(roll.cloud, roll.stack)
            raise failure(progress, outcome, "UPDATE", roll.again)
        yield Note(f"{now.name}: {progress.stack.reason}; sending it again")


def _sent(
    roll: Roll, now: Stack, out: frozenset[str], expected: tuple[RollNode, ...], *, existing: bool
) -> Generator[RollEvent, None, str | None]:
    """Sends the update; returns the id of the last event before it."""
    body = _only_out(roll, now, out) if existing else (yield from retried(lambda: _body(roll, now, out)))
    # Those that are out and will not be.
    coming = _named(now, out_of(now) - out)
    yield from retried(lambda: set_aside_for(roll.cloud, now, coming, _unsaid))
    yield from retried(lambda: _require_unchanged(roll, expected))
    return (yield from updated(roll.cloud, now, body))


def _unsaid(_: str) -> None:
    """That a node made anew has to report anew goes without saying."""


def _named(now: Stack, ids: Iterable[str]) -> list[str]:
    """The names of the servers of nodes."""
    parsed = filter(None, map(parse_node_id, sorted(ids)))
    return [server_name(now.name, role, index) for role, index, _ in parsed]


def _body(roll: Roll, now: Stack, out: frozenset[str]) -> dict[str, Any]:
    assert roll.request is not None
    bundle = kept_as_made(roll.cloud, now, roll.request.compiled.bundle, roll.sent.known, out)
    parameters = {**roll.sent.parameters, OUT.name: ",".join(sorted(out))}
    return request_for(roll.request, bundle, replace(roll.sent, parameters=parameters))


def _only_out(roll: Roll, now: Stack, out: frozenset[str]) -> dict[str, Any]:
    """The body of an update that changes nothing but who is out, and whose roll it is."""
    # A stack made by hand may have none.
    kept = dict.fromkeys((STACK_TAG, *(tag for tag in now.tags if tag != rolled_by(now))))
    tags = (*kept, roll.mine)
    return {
        "existing": True,
        "parameters": {OUT.name: ",".join(sorted(out))},
        "tags": ",".join(tags),
        "disable_rollback": True,
        **({"timeout_mins": now.timeout_minutes} if now.timeout_minutes else {}),
    }


def settled(roll: Roll) -> Generator[RollEvent, None, Stack]:
    """The stack, once Heat works on it no more. Raises DeployError where it is gone."""
    now = yield from retried(lambda: find(roll.cloud, roll.stack.identity), insist=True)
    if now is not None and now.status == IN_PROGRESS and now.action != "DELETE":
        yield Note(f"{now.name}: {now.action}_IN_PROGRESS; waiting for it")
        after = yield from retried(lambda: marker(roll.cloud, roll.stack), insist=True)
        progress = yield from follow(roll.cloud, now, Wait(now.action, after, True, None, True), roll.clock)
        now = progress.stack
    if now is None or now.action == "DELETE":
        raise DeployError(f"the stack '{roll.stack.name}' was deleted meanwhile, by someone else")
    return now


def _require_unchanged(roll: Roll, expected: tuple[RollNode, ...]) -> None:
    """Refuses to go on where somebody else works on the stack: asked last before it is told anything."""
    world = looked(roll)
    now = world.stack
    mark = rolled_by(now)
    if mark and mark not in (roll.seen, roll.mine):
        raise DeployError(
            f"another roll works on '{now.name}', and this one leaves it to that",
            f"when that has ended: {roll.again}",
        )
    # A deployment takes a roll's mark away.
    deployed = mark is None and roll.seen is not None
    if now.status == IN_PROGRESS or deployed or (roll.current and not same_spec(now, roll.sent.tags)):
        raise DeployError(
            f"somebody else updates '{now.name}', or has meanwhile",
            f"with the version that is to hold: {roll.again}",
        )
    # An update that failed may have taken them out all the same.
    servers = {node.name: node.server for node in world.nodes if not node.out}
    changed = [node.name for node in expected if servers.get(node.name, node.server) != node.server]
    if changed:
        raise DeployError(
            f"{', '.join(changed)}: made anew meanwhile by someone else", f"go on from there: {roll.again}"
        )

"""A spec to a running cluster, or a running cluster to what its spec says now: the table of contents.

Nothing here prints or asks: `run` yields what happens, and consent is a function of the request.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from jeroboam import plugins
from jeroboam.deploy.actions import give_up
from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.clusters import out_of
from jeroboam.deploy.connection import Cloud, watch_command
from jeroboam.deploy.diagnosis import diagnosis, evidence
from jeroboam.deploy.door import opened
from jeroboam.deploy.errors import CloudError, DeployError
from jeroboam.deploy.events import (
    Checked,
    Declined,
    Deployed,
    DeployEvent,
    Diagnosed,
    Planned,
    Submitted,
    Unfinished,
    UpToDate,
)
from jeroboam.deploy.keypairs import ensured
from jeroboam.deploy.plan import Plan, Planning, planned
from jeroboam.deploy.preflight import failed, preflight, without
from jeroboam.deploy.request import (
    Request,
    SentToHeat,
    request_for,
    require_no_loss,
    require_ours,
    require_possible,
    sent_to_heat,
)
from jeroboam.deploy.retry import retried
from jeroboam.deploy.shrink import emptied, forgotten, leaving
from jeroboam.deploy.stacks import find, get
from jeroboam.deploy.stale_signals import set_aside
from jeroboam.deploy.submit import TRIES, created, updated
from jeroboam.deploy.tags import other_secrets, same_spec
from jeroboam.deploy.through_api import through_api
from jeroboam.deploy.types import COMPLETE, IN_PROGRESS, Note, Stack
from jeroboam.deploy.versions import coming_workers, require_workers_to_fit
from jeroboam.deploy.wait.follow import Wait, follow
from jeroboam.deploy.wait.loop import marker, snapshot
from jeroboam.deploy.wait.state import Progress, unready
from jeroboam.deploy.wait.verdict import WaitOutcome, verdict
from jeroboam.escape import shell
from jeroboam.hot.contract import MASTER
from jeroboam.model.types import ClusterModel
from jeroboam.secrets import Environment
from jeroboam.secrets.seal import keypairs

Steps = Generator[DeployEvent, None, None]


@dataclass(frozen=True, slots=True)
class _Work:
    """What Heat was told to do: `after` is the marker from before, `begun` where it is surely under way."""

    stack: Stack
    action: str
    after: str | None
    begun: bool


def run(request: Request, cloud: Cloud, clock: Clock | None = None) -> Iterator[DeployEvent]:
    """Makes the cluster what its spec says, as far as the iterator is consumed; yields what happens.

    The last event is UpToDate, Declined, Deployed, Unfinished or, without `wait`, Submitted; nodes that are
    not ready are waited for after UpToDate, too.
    Raises DeployError where it is refused or failed, CloudError where the cloud cannot be asked, and KeyError
    for an id in `ignore` that no check has. Whoever stops consuming leaves the stack as it is. `clock` is
    this machine's unless given.
    """
    bundle, model = request.compiled.bundle, request.compiled.model
    clock = clock or steady()
    stack = yield from retried(lambda: find(cloud, bundle.name))
    if stack is not None:
        require_ours(stack)
    secrets = request.secrets(stack is None)
    sent = sent_to_heat(request, secrets, stack)
    if stack is not None and _under_way(cloud, stack, sent, request):
        yield Note(f"{stack.name}: {stack.action}_IN_PROGRESS with this spec; resuming the wait")
        yield from _then_api(request, cloud, secrets, _resume(request, cloud, stack, sent, clock))
        return
    findings = without(preflight(cloud, model, bundle, stack), request.ignore)
    yield Checked(findings)
    if failed(findings):
        raise DeployError(
            "nothing was changed: the cloud would refuse it, or it would fail later",
            "fix the errors above, or skip a check with --ignore ID",
        )
    pairs = tuple(keypairs(model.spec.name, secrets.seal).values())
    if stack is not None:
        # Heat's preview looks for them.
        yield from ensured(cloud, model, pairs)
    planning = yield from retried(lambda: planned(cloud, stack, bundle, sent.known, request.allow_replace))
    plan, bundle = planning.plan, planning.bundle
    if stack is not None and out_of(stack):
        yield Note(
            f"{', '.join(sorted(out_of(stack)))}: out, by a roll that was cut off or by hand, and back with "
            f"this update; {shell('jeroboam', 'roll', request.spec)} goes on where the roll was"
        )
    yield Planned(plan)
    if stack is not None and not plan.different and stack.status == COMPLETE and same_spec(stack, sent.tags):
        known = yield from retried(lambda: get(cloud, bundle.name, outputs=True))
        applied = yield from through_api(request, cloud, known, secrets.values)
        yield UpToDate(stack, applied)
        yield from _await_unready(request, cloud, stack, sent, clock)
        return
    require_possible(planning)
    require_no_loss(plan, request)
    if stack is not None and planning.lives and coming_workers(plan):
        yield from _require_masters(cloud, stack, plan, model)
    if not request.approve(plan):
        yield Declined(plan)
        return
    if stack is None:
        yield from ensured(cloud, model, pairs)
        stack = yield from created(cloud, bundle, request_for(request, bundle, sent), sent.tags)
        work = _Work(stack, "CREATE", None, True)
        yield from _then_api(request, cloud, secrets, _finish(request, cloud, work, sent, clock))
        return
    going = leaving(plan) if planning.lives and request.drain_minutes is not None else ()
    with ExitStack() as doors:
        client = None
        if going:
            known = yield from retried(lambda: get(cloud, bundle.name, outputs=True))
            client = doors.enter_context(
                opened(cloud, known, model.spec.name, model.spec.coe, secrets.values, request.at)
            )
            yield from emptied(client, going, request.drain_minutes or 0, clock, request.again)
        work = yield from _update(cloud, stack, planning, request_for(request, bundle, sent))
        for event in _then_api(request, cloud, secrets, _finish(request, cloud, work, sent, clock)):
            if client is not None and isinstance(event, Deployed):
                yield from forgotten(client, going)
            elif client is not None and (isinstance(event, Unfinished) or not request.wait):
                roll = shell("jeroboam", "roll", request.spec)
                yield Note(f"{', '.join(going)}: still listed by the cluster once gone; {roll} ends that")
            yield event


def _then_api(request: Request, cloud: Cloud, secrets: Environment, events: Steps) -> Steps:
    """Events of Heat's work, and before the one that ends it what comes through the COE's API."""
    for event in events:
        if isinstance(event, Deployed):
            yield from through_api(request, cloud, event.stack, secrets.values)
        yield event


def _under_way(cloud: Cloud, stack: Stack, sent: SentToHeat, request: Request) -> bool:
    """Whether what is asked for is being done already. Raises DeployError where something else is."""
    if other_secrets(stack, sent.tags):
        raise DeployError(
            f"the stack '{stack.name}' was created with other secrets than those in '{request.secrets_file}'",
            "pass the right file with --secrets; with these, new nodes could not join the old ones",
        )
    if stack.status != IN_PROGRESS:
        return False
    if not same_spec(stack, sent.tags) and not request.supersede:
        raise DeployError(
            f"the stack '{stack.name}' is {stack.action}_IN_PROGRESS with another version of the spec",
            f"watch it: {watch_command(cloud, stack.name)}; or go ahead with --supersede",
        )
    return same_spec(stack, sent.tags)


def _update(
    cloud: Cloud, stack: Stack, planning: Planning, body: dict[str, Any]
) -> Generator[Note, None, _Work]:
    said: list[str] = []
    yield from retried(lambda: set_aside(cloud, stack, planning.plan.changes, said.append))
    for text in said:
        yield Note(text)
    for server in planning.given_up:
        yield from retried(partial(give_up, cloud, server))
    after = yield from updated(cloud, stack, body)
    return _Work(stack, "UPDATE", after, False)


def _require_masters(cloud: Cloud, stack: Stack, plan: Plan, model: ClusterModel) -> Steps:
    """Refuses workers that would be newer than the masters that really run."""
    driver = plugins.driver(model.spec.coe)
    assert driver is not None
    progress = yield from retried(lambda: snapshot(cloud, stack))
    masters = {node.name: node.made_from for node in progress.nodes if node.role == MASTER}
    require_workers_to_fit(plan, masters, model, driver)


def _resume(request: Request, cloud: Cloud, stack: Stack, sent: SentToHeat, clock: Clock) -> Steps:
    """Waits for what Heat was told by an earlier run."""
    after = yield from retried(lambda: marker(cloud, stack), insist=True)
    yield from _finish(request, cloud, _Work(stack, stack.action, after, True), sent, clock)


def _await_unready(request: Request, cloud: Cloud, stack: Stack, sent: SentToHeat, clock: Clock) -> Steps:
    """Waits for nodes that are not ready though Heat is done: a run that did so may have been cut off."""
    if not request.wait or stack.action not in ("CREATE", "UPDATE"):
        return
    progress = yield from retried(lambda: snapshot(cloud, stack))
    if unready(progress):
        yield from _resume(request, cloud, stack, sent, clock)


def _finish(request: Request, cloud: Cloud, work: _Work, sent: SentToHeat, clock: Clock) -> Steps:
    stack = work.stack
    patience = request.compiled.model.spec.timeouts.node_bootstrap_minutes * 60
    for _ in range(TRIES):
        yield Submitted(stack, work.action)
        if not request.wait:
            return
        began = clock.now()
        wait = Wait(work.action, work.after, work.begun, request.minutes, True, patience)
        progress = yield from follow(cloud, stack, wait, clock)
        outcome = verdict(progress)
        if outcome is WaitOutcome.WAITING:
            yield Unfinished(progress, clock.now() - began)
            return
        if outcome is not WaitOutcome.COMPLETE:
            yield from _fail(request, cloud, progress, outcome, work.action)
        now = yield from retried(lambda: find(cloud, stack.identity), insist=True)
        if now is None:
            yield from _fail(request, cloud, progress, WaitOutcome.GONE, work.action)
        elif same_spec(now, sent.tags):
            yield Deployed(now)
            return
        # Heat lost the update before it had written it down, and finished the one before.
        yield Note(f"{stack.name}: Heat finished an earlier version; sending this one again")
        again = yield from retried(
            lambda: planned(cloud, stack, request.compiled.bundle, sent.known, request.allow_replace)
        )
        after = yield from updated(cloud, stack, request_for(request, again.bundle, sent))
        work = _Work(stack, "UPDATE", after, False)
    raise DeployError(
        f"Heat finished an earlier version of '{stack.name}' {TRIES} times, and not the one it was sent",
        "someone else may be updating the stack: openstack stack event list " + shell(stack.name),
    )


def _fail(request: Request, cloud: Cloud, progress: Progress, outcome: WaitOutcome, action: str) -> Steps:
    """Says why it failed, and raises the DeployError."""
    stack = progress.stack
    if outcome is WaitOutcome.FAILED:
        yield diagnosed(cloud, stack)
    raise failure(progress, outcome, action, request.again)


def diagnosed(cloud: Cloud, stack: Stack) -> Note | Diagnosed:
    """Why `stack`, as Heat has it now, failed; where the cloud cannot be asked, that."""
    try:
        now = find(cloud, stack.id)
        if now is None:
            return Note("the reason could not be found out: the stack is gone")
        return Diagnosed(diagnosis(evidence(cloud, now), datetime.now(UTC)))
    except CloudError as error:
        return Note(f"the reason could not be found out: {error.message}")


def failure(progress: Progress, outcome: WaitOutcome, action: str, again: str) -> DeployError:
    """What a deployment fails with: what became of the stack, and what to do; `again` goes on with it."""
    stack = progress.stack
    if outcome is WaitOutcome.GONE:
        how = "was deleted" if stack.status == COMPLETE else "is being deleted"
        return DeployError(
            f"the stack '{stack.name}' {how} meanwhile, by someone else", f"make it again: {again}"
        )
    if outcome is WaitOutcome.UNREADY:
        # The diagnosis is of stacks, and nothing is wrong with this one.
        missing = "; ".join(f"{node.name}: {node.doing}" for node in unready(progress))
        return DeployError(
            f"Heat is done with '{stack.name}', but not all of its nodes are ready: {missing}",
            "read its console: openstack console log show NODE | grep jeroboam:; after fixing the cause, run "
            "on the node: systemctl restart jeroboam-bootstrap, or replace it (node_groups[].retired); "
            f"then: {again}",
        )
    return DeployError(
        f"the stack '{stack.name}' failed; {_left(stack, action)}",
        f"once the cause is fixed, go on from here: {again}",
    )


def _left(stack: Stack, action: str) -> str:
    """What a failure left of a stack."""
    if stack.action != "ROLLBACK":
        return "it is left as it is"
    if stack.status != COMPLETE:
        return f"Heat could not undo it all, and left it so: {stack.reason}"
    if action == "CREATE":
        return "Heat undid it: all that was made of it is deleted again"
    return "Heat undid it: its resources are as they were before this update"

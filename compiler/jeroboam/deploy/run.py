"""A spec to a running cluster, or a running cluster to what its spec says now: the table of contents.

Nothing here prints or asks: `run` yields what happens, and consent is a function of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jeroboam.deploy.actions import request_body
from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.connection import Cloud, watch_command
from jeroboam.deploy.diagnosis import diagnosis, evidence
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
from jeroboam.deploy.plan import Plan, planned
from jeroboam.deploy.plan.plans import lasting
from jeroboam.deploy.plan.refusals import losses
from jeroboam.deploy.preflight import failed, preflight, without
from jeroboam.deploy.retry import retried
from jeroboam.deploy.stacks import find
from jeroboam.deploy.stale_signals import set_aside
from jeroboam.deploy.submit import TRIES, created, updated
from jeroboam.deploy.tags import marks, other_secrets, ours, same_spec
from jeroboam.deploy.types import COMPLETE, FAILED, IN_PROGRESS, Note, Stack
from jeroboam.deploy.wait.follow import Wait, follow
from jeroboam.deploy.wait.loop import marker, snapshot
from jeroboam.deploy.wait.state import Progress, unready
from jeroboam.deploy.wait.verdict import WaitOutcome, verdict
from jeroboam.emit import Compiled
from jeroboam.escape import shell
from jeroboam.hot.contract import STACK_TAG
from jeroboam.secrets import Environment
from jeroboam.secrets.seal import keypairs

Steps = Generator[DeployEvent, None, None]


def _always(_: Plan) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    `secrets` is called once, with whether the cluster is a new one, and gives what its stack is made with;
    `approve` is asked for consent to a plan. `spec` and `secrets_file` are how messages name the two.
    `minutes` is how long to wait at most, None for as long as Heat may take. `allow_replace` names masters
    and volumes with data that may be lost, `ignore` checks of the preflight that may fail.
    """

    compiled: Compiled
    secrets: Callable[[bool], Environment]
    spec: str
    secrets_file: str
    approve: Callable[[Plan], bool] = _always
    wait: bool = True
    minutes: float | None = None
    rollback: bool = False
    supersede: bool = False
    allow_replace: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def again(self) -> str:
        """The command that goes on with it."""
        return shell("jeroboam", "deploy", self.spec)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What Heat was or would be sent."""

    tags: tuple[str, ...]
    body: dict[str, Any]


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
        _require_ours(stack)
    secrets = request.secrets(stack is None)
    sent = _request_to_heat(request, secrets)
    if stack is not None and _under_way(cloud, stack, sent, request):
        yield Note(f"{stack.name}: {stack.action}_IN_PROGRESS with this spec; resuming the wait")
        yield from _resume(request, cloud, stack, sent, clock)
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
    known = lasting(secrets.parameters, model.secrets, stack)
    plan = yield from retried(lambda: planned(cloud, stack, bundle, known))
    yield Planned(plan)
    if stack is not None and not plan.different and stack.status == COMPLETE and same_spec(stack, sent.tags):
        yield UpToDate(stack)
        yield from _await_unready(request, cloud, stack, sent, clock)
        return
    _require_no_loss(plan, request)
    if not request.approve(plan):
        yield Declined(plan)
        return
    if stack is None:
        yield from ensured(cloud, model, pairs)
        stack = yield from created(cloud, bundle, sent.body, sent.tags)
        work = _Work(stack, "CREATE", None, True)
    else:
        work = yield from _update(cloud, stack, plan, sent)
    yield from _finish(request, cloud, work, sent, clock)


def _request_to_heat(request: Request, secrets: Environment) -> _Sent:
    bundle, spec = request.compiled.bundle, request.compiled.model.spec
    tags = (*marks(bundle, secrets.values), *spec.tags)
    minutes = spec.timeouts.create_minutes
    body = request_body(bundle, secrets.parameters, tags, timeout_minutes=minutes, rollback=request.rollback)
    return _Sent(tags, body)


def _require_ours(stack: Stack) -> None:
    if not ours(stack):
        raise DeployError(
            f"there is a stack '{stack.name}' in this project that Jeroboam did not create",
            f"give the cluster another name, or tag the stack if it is yours: "
            f"{shell('openstack', 'stack', 'update', '--existing', '--tags', STACK_TAG, stack.name)}",
        )
    if stack.action == "DELETE":
        state = "could not be deleted" if stack.status == FAILED else "is being deleted"
        raise DeployError(
            f"the stack '{stack.name}' {state}",
            f"{shell('jeroboam', 'delete', stack.name)} first"
            if stack.status == FAILED
            else "wait until it is gone",
        )


def _under_way(cloud: Cloud, stack: Stack, sent: _Sent, request: Request) -> bool:
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


def _require_no_loss(plan: Plan, request: Request) -> None:
    refused = losses(plan.changes, request.allow_replace)
    if refused:
        raise DeployError(
            "refused: " + "; ".join(refusal.message for refusal in refused),
            "if you mean it: " + " ".join(f"--allow-replace {refusal.name}" for refusal in refused),
        )


def _update(cloud: Cloud, stack: Stack, plan: Plan, sent: _Sent) -> Generator[Note, None, _Work]:
    said: list[str] = []
    yield from retried(lambda: set_aside(cloud, stack, plan.changes, said.append))
    for text in said:
        yield Note(text)
    after = yield from updated(cloud, stack, sent.body)
    return _Work(stack, "UPDATE", after, False)


def _resume(request: Request, cloud: Cloud, stack: Stack, sent: _Sent, clock: Clock) -> Steps:
    """Waits for what Heat was told by an earlier run."""
    after = yield from retried(lambda: marker(cloud, stack), insist=True)
    yield from _finish(request, cloud, _Work(stack, stack.action, after, True), sent, clock)


def _await_unready(request: Request, cloud: Cloud, stack: Stack, sent: _Sent, clock: Clock) -> Steps:
    """Waits for nodes that are not ready though Heat is done: a run that did so may have been cut off."""
    if not request.wait or stack.action not in ("CREATE", "UPDATE"):
        return
    progress = yield from retried(lambda: snapshot(cloud, stack))
    if unready(progress):
        yield from _resume(request, cloud, stack, sent, clock)


def _finish(request: Request, cloud: Cloud, work: _Work, sent: _Sent, clock: Clock) -> Steps:
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
        now = yield from retried(lambda: find(cloud, stack.identity, outputs=True), insist=True)
        if now is None:
            yield from _fail(request, cloud, progress, WaitOutcome.GONE, work.action)
        elif same_spec(now, sent.tags):
            yield Deployed(now)
            return
        # Heat lost the update before it had written it down, and finished the one before.
        yield Note(f"{stack.name}: Heat finished an earlier version; sending this one again")
        after = yield from updated(cloud, stack, sent.body)
        work = _Work(stack, "UPDATE", after, False)
    raise DeployError(
        f"Heat finished an earlier version of '{stack.name}' {TRIES} times, and not the one it was sent",
        "someone else may be updating the stack: openstack stack event list " + shell(stack.name),
    )


def _fail(request: Request, cloud: Cloud, progress: Progress, outcome: WaitOutcome, action: str) -> Steps:
    """Says why it failed, and raises the DeployError."""
    stack = progress.stack
    if outcome is WaitOutcome.FAILED:
        yield _diagnosed(cloud, stack)
    raise failure(progress, outcome, action, request.again)


def _diagnosed(cloud: Cloud, stack: Stack) -> DeployEvent:
    """Why `stack`, as Heat has it now, failed; where the cloud cannot be asked, that."""
    try:
        now = find(cloud, stack.id, outputs=True)
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

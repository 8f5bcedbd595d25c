"""`deploy`: a spec to a running cluster, or a running cluster to what its spec says now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from jeroboam import escape
from jeroboam.cli.clouds import CloudOption, RegionOption, connected, refusals
from jeroboam.cli.consent import Order, consented, require_ours, require_sound, under_way
from jeroboam.cli.diagnose import explain
from jeroboam.cli.environment import kept
from jeroboam.cli.inputs import OutsideOption, cluster
from jeroboam.cli.keypairs import ensured
from jeroboam.cli.live import Lines
from jeroboam.cli.strict import ErrorOnOption
from jeroboam.cli.terminal import Failure, result, say, shell
from jeroboam.cli.watching import Wait, follow, resume
from jeroboam.deploy.actions import marks, request, same_spec
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.handover import TRIES, created, updated
from jeroboam.deploy.patience import patiently
from jeroboam.deploy.plan.plans import lasting
from jeroboam.deploy.stacks import find
from jeroboam.deploy.types import Stack
from jeroboam.deploy.voiding import set_aside
from jeroboam.deploy.wait.loop import marker, snapshot
from jeroboam.deploy.wait.state import Progress, unready
from jeroboam.deploy.wait.verdict import Verdict
from jeroboam.emit import Bundle
from jeroboam.hot.contract import OutputName
from jeroboam.model.types import ClusterModel


@dataclass(frozen=True, slots=True)
class _Work:
    """What Heat was told to do: `after` is the marker from before, `begun` where it is surely under way."""

    stack: Stack
    action: str
    after: str | None
    begun: bool


@dataclass(frozen=True, slots=True)
class _Sent:
    """What Heat was or would be sent, and for how many seconds nodes are waited for once Heat is done."""

    tags: tuple[str, ...]
    body: dict[str, Any]
    patience: float


def deploy(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask; for pipelines.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until the cluster is up, or only hand it over.")
    ] = True,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            min=0,
            help="How long to wait; then the stack is left to itself.  [default: as long as Heat may take]",
            show_default=False,
        ),
    ] = None,
    secrets: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The cluster's secrets; made on first use.  [default: <name>.secrets.yaml]",
            show_default=False,
        ),
    ] = None,
    make_secrets: Annotated[
        bool,
        typer.Option(
            "--make-secrets", help="Make the secrets without a terminal too: this machine keeps them."
        ),
    ] = False,
    allow_replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A master or data volume that may be replaced or removed; repeatable."
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="A check of the preflight to pass over; repeatable."),
    ] = None,
    error_on: ErrorOnOption = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Let Heat undo what fails. Evidence of the cause goes with it.")
    ] = False,
    supersede: Annotated[
        bool, typer.Option("--supersede", help="Update a stack that another deployment is still working on.")
    ] = False,
    form: Annotated[
        Lines, typer.Option("--format", help="How progress is printed where there is no terminal.")
    ] = Lines.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Make a cluster what its spec says, and wait until it is.

    Compiles the spec, looks at the cloud for what would fail later, shows what would change and why, and
    after your consent creates the stack or updates it. Then it shows how each node gets on. When
    the stack fails, or nothing moves any more, it says why and what to do.

    Only a stack that Jeroboam made is updated. One that is being worked on with the same spec is waited for:
    a run that was cut off is simply started again. A change that would replace or remove a master, or a
    volume with data, is refused unless --allow-replace names it.

    The cluster's secrets are made on first use, into <name>.secrets.yaml, and are needed ever after. What
    nodes join with ends after days, and is made afresh in time.
    Without a terminal they are not made, since a runner that is thrown away would take the cluster's CA with
    it: run 'jeroboam secrets' where the file is kept, or say --make-secrets.

    Ctrl-C, a lost connection or --timeout leave the stack as it is; it goes on, and the line to watch it
    again is printed. A failed stack is left too, so that its cause can be found (--rollback undoes it).

    Examples:
      jeroboam deploy prod.yaml
      jeroboam deploy prod.yaml --yes --timeout 45      in a pipeline
      jeroboam deploy prod.yaml --format ndjson --yes | jq .text
      jeroboam deploy prod.yaml --allow-replace prod-master-2

    Exit status:
      0  the cluster is up, or there was nothing to do
      1  refused or failed; the reason is printed
      2  wrong usage, or consent is needed (--yes)
      3  the spec has errors, or what --error-on names
      5  still in progress when --timeout was over, or after ten minutes
         without a usable answer of Heat's
    """
    order = Order(
        spec, secrets, yes, wait, timeout, rollback, supersede, tuple(allow_replace or ()),
        tuple(ignore or ()), form, os_cloud, os_region_name, make_secrets,
    )  # fmt: skip
    bundle, model = cluster(spec, error_on=error_on, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    _deploy(order, bundle, model, cloud)


def _deploy(order: Order, bundle: Bundle, model: ClusterModel, cloud: Cloud) -> None:
    with refusals():
        stack = patiently(lambda: find(cloud, bundle.name), say)
    if stack is not None:
        require_ours(stack)
    path = order.secrets or f"{bundle.name}.secrets.yaml"
    held = kept(bundle.name, model.secrets, path, order.spec, first=stack is None, make=order.make_secrets)
    tags = (*marks(bundle, held.values), *model.spec.tags)
    minutes = model.spec.timeouts.create_minutes
    body = request(bundle, held.parameters, tags, timeout_minutes=minutes, rollback=order.rollback)
    sent = _Sent(tags, body, model.spec.timeouts.node_bootstrap_minutes * 60)
    if stack is not None and under_way(stack, tags, path, order):
        with refusals():
            after = patiently(lambda: marker(cloud, stack), say, insist=True)
        _finish(order, cloud, _Work(stack, stack.action, after, True), sent)
        return
    require_sound(order, cloud, model, bundle, stack)
    if stack is not None:
        # Heat's preview looks for them.
        ensured(cloud, model, held.seal)
    known = lasting(held.parameters, model.secrets, stack)
    planned = consented(order, cloud, bundle, known, stack, tags)
    if planned is None:
        assert stack is not None
        _await_nodes(order, cloud, stack, sent)
        return
    with refusals():
        if stack is None:
            ensured(cloud, model, held.seal)
            work = _Work(created(cloud, bundle, body, tags, say), "CREATE", None, True)
        else:
            patiently(lambda: set_aside(cloud, stack, planned.changes, say), say)
            work = _Work(stack, "UPDATE", updated(cloud, stack, body, say), False)
    _finish(order, cloud, work, sent)


def _await_nodes(order: Order, cloud: Cloud, stack: Stack, sent: _Sent) -> None:
    """Waits for nodes that are not ready though Heat is done: a run that did so may have been cut off."""
    if not order.wait or stack.action not in ("CREATE", "UPDATE"):
        return
    with refusals():
        if not unready(patiently(lambda: snapshot(cloud, stack), say)):
            return
        after = patiently(lambda: marker(cloud, stack), say, insist=True)
    _finish(order, cloud, _Work(stack, stack.action, after, True), sent)


def _finish(order: Order, cloud: Cloud, work: _Work, sent: _Sent) -> None:
    stack = work.stack
    again = resume(stack.name, order.cloud, order.region)
    if not order.wait:
        say(f"{stack.name}: {work.action} is under way; to watch it: {again}")
        return
    for _ in range(TRIES):
        wait = Wait(
            work.action, work.after, work.begun, order.minutes, order.form, True, again,
            sent.patience, shell("jeroboam", "deploy", order.spec),
        )  # fmt: skip
        outcome, progress = follow(cloud, stack, wait)
        if outcome is not Verdict.COMPLETE:
            raise _failed(order, cloud, progress, outcome, work.action)
        with refusals():
            now = patiently(lambda: find(cloud, stack.identity, outputs=True), say, insist=True)
        if now is None:
            raise _failed(order, cloud, progress, Verdict.GONE, work.action)
        if same_spec(now, sent.tags):
            _tell(now, order, cloud)
            return
        # Heat lost the update before it had written it down, and finished the one before.
        say(f"{stack.name}: Heat finished an earlier version; sending this one again")
        with refusals():
            work = _Work(stack, "UPDATE", updated(cloud, stack, sent.body, say), False)
    raise Failure(
        f"Heat finished an earlier version of '{stack.name}' {TRIES} times, and not the one it was sent",
        "someone else may be updating the stack: openstack stack event list " + shell(stack.name),
    )


def _failed(order: Order, cloud: Cloud, progress: Progress, outcome: Verdict, action: str) -> Failure:
    """Says why, and gives what the command fails with."""
    stack = progress.stack
    retry = shell("jeroboam", "deploy", order.spec)
    if outcome is Verdict.GONE:
        how = "was deleted" if stack.status == "COMPLETE" else "is being deleted"
        return Failure(
            f"the stack '{stack.name}' {how} meanwhile, by someone else", f"make it again: {retry}"
        )
    if outcome is Verdict.UNREADY:
        # The diagnosis is of stacks, and nothing is wrong with this one.
        missing = "; ".join(f"{node.name}: {node.doing}" for node in unready(progress))
        return Failure(
            f"Heat is done with '{stack.name}', but not all of its nodes are ready: {missing}",
            "what it printed: openstack console log show NODE | grep jeroboam:; when mended, run on it: "
            "systemctl restart jeroboam-bootstrap, or replace it (node_groups[].retired); "
            f"then: {retry}",
        )
    with refusals():
        explain(cloud, stack)
    return Failure(
        f"the stack '{stack.name}' failed; {_left(stack, action)}",
        f"once the cause is gone, go on from here: {retry}",
    )


def _left(stack: Stack, action: str) -> str:
    """What a failure left of a stack."""
    if stack.action != "ROLLBACK":
        return "it is left as it is"
    if stack.status != "COMPLETE":
        return f"Heat could not undo it all, and left it so: {stack.reason}"
    if action == "CREATE":
        return "Heat undid it: all that was made of it is deleted again"
    return "Heat undid it: its resources are as they were before this update"


def _tell(stack: Stack, order: Order, cloud: Cloud) -> None:
    say(f"{stack.name}: {stack.action}_COMPLETE; {sum(cloud.requests.values())} requests were made")
    if order.form is Lines.TEXT:
        for name in (
            OutputName.API_URL,
            OutputName.MASTER_PRIVATE_ADDRESSES,
            OutputName.NODE_PRIVATE_ADDRESSES,
        ):
            result(escape.lines([f"{name}: {_words(stack.outputs.get(name))}"]))
    say(f"  next: {shell('jeroboam', 'credentials', stack.name)}")


def _words(value: Any) -> str:
    """An output as text: a list's items, and a map's lists each after their name."""
    if isinstance(value, dict):
        return "; ".join(f"{name} {_words(items)}" for name, items in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)

"""What stands between `deploy` and a change: whose stack it is, preflight, plan, and the user's consent."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import typer

from jeroboam.cli.clouds import refusals
from jeroboam.cli.diff import shown
from jeroboam.cli.live import Lines
from jeroboam.cli.preflight import checked
from jeroboam.cli.terminal import Exit, Failure, confirmed, say, shell
from jeroboam.cli.watching import resume
from jeroboam.deploy.actions import other_secrets, ours, same_spec
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.patience import patiently
from jeroboam.deploy.plan import Plan
from jeroboam.deploy.plan.refusals import losses
from jeroboam.deploy.types import COMPLETE, FAILED, IN_PROGRESS, Stack
from jeroboam.emit import Bundle
from jeroboam.model.types import ClusterModel


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asked for, besides the spec."""

    spec: str
    secrets: str | None
    yes: bool
    wait: bool
    minutes: float | None
    rollback: bool
    supersede: bool
    allowed: tuple[str, ...]
    ignored: tuple[str, ...]
    form: Lines
    cloud: str | None
    region: str | None
    make_secrets: bool = False


def require_ours(stack: Stack) -> None:
    """Fails unless Jeroboam may update the stack."""
    if not ours(stack):
        raise Failure(
            f"there is a stack '{stack.name}' in this project that Jeroboam did not make",
            f"give the cluster another name, or tag the stack if it is yours: "
            f"{shell('openstack', 'stack', 'update', '--existing', '--tags', 'jeroboam', stack.name)}",
        )
    if stack.action == "DELETE":
        state = "could not be deleted" if stack.status == FAILED else "is being deleted"
        raise Failure(
            f"the stack '{stack.name}' {state}",
            f"{shell('jeroboam', 'delete', stack.name)} first"
            if stack.status == FAILED
            else "wait until it is gone",
        )


def under_way(stack: Stack, tags: tuple[str, ...], path: str, order: Order) -> bool:
    """Whether what is asked for is being done already; a Failure where something else is."""
    if other_secrets(stack, tags):
        raise Failure(
            f"the stack '{stack.name}' was made with other secrets than those in '{path}'",
            "name the right file with --secrets; with these, new nodes could not join the old ones",
        )
    if stack.status != IN_PROGRESS:
        return False
    if same_spec(stack, tags):
        say(f"{stack.name}: {stack.action}_IN_PROGRESS with this very spec; taking up the wait")
        return True
    if not order.supersede:
        raise Failure(
            f"the stack '{stack.name}' is {stack.action}_IN_PROGRESS with another version of the spec",
            f"watch it: {resume(stack.name, order.cloud, order.region)}; or go ahead with --supersede",
        )
    return False


def require_sound(
    order: Order, cloud: Cloud, model: ClusterModel, bundle: Bundle, stack: Stack | None
) -> None:
    """Fails where the preflight finds what the cloud would refuse."""
    if not checked(cloud, model, bundle, stack, order.ignored):
        raise Failure(
            "nothing was changed: the cloud would refuse it, or it would fail later",
            "mend the above, or pass over a check that errs: --ignore ID",
        )


def consented(
    order: Order, cloud: Cloud, bundle: Bundle, secrets: Any, stack: Stack | None, tags: tuple[str, ...]
) -> Plan | None:
    """What is to be done, once shown and agreed to; None where there is nothing to do."""
    with refusals():
        planned = patiently(lambda: shown(cloud, stack, bundle, secrets), say)
    if stack is not None and not planned.different and stack.status == COMPLETE and same_spec(stack, tags):
        say(f"{bundle.name}: up to date; nothing to do")
        return None
    refused = losses(planned.changes, order.allowed)
    if refused:
        raise Failure(
            "refused: " + "; ".join(refusal.message for refusal in refused),
            "if you mean it: " + " ".join(f"--allow-replace {refusal.name}" for refusal in refused),
        )
    if order.yes:
        return planned
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        say("nothing was changed; to go on without being asked: --yes")
        raise typer.Exit(Exit.USAGE)
    if not confirmed("Go on?"):
        raise typer.Exit(Exit.DONE)
    return planned

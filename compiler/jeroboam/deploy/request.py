"""What is asked of a deployment, what Heat is sent for it, and what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.plan import Plan, Planning
from jeroboam.deploy.plan.plans import lasting
from jeroboam.deploy.plan.refusals import losses
from jeroboam.deploy.tags import marks, ours
from jeroboam.deploy.types import FAILED, Stack
from jeroboam.emit import Bundle, Compiled
from jeroboam.escape import shell
from jeroboam.hot.by_hand import existing_line
from jeroboam.hot.contract import STACK_TAG
from jeroboam.model.applied import ObjectChange
from jeroboam.secrets import Environment


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    `secrets` is called once, with whether the cluster is a new one, and gives what its stack is made with;
    `approve` is asked for consent to a plan, `approve_api` to what is changed through the COE's API. `spec`
    and `secrets_file` are how messages name the two. `minutes` is how long to wait at most, None for as long
    as Heat may take. `allow_replace` names masters and volumes with data that may be lost, `ignore` checks of
    the preflight that may fail. Nodes that go are drained for `drain_minutes` at most, None for not at all.
    `at` is where the COE's API is reached from here, None for its own address; `options` are words of the
    command that go on with it, too.
    """

    compiled: Compiled
    secrets: Callable[[bool], Environment]
    spec: str
    secrets_file: str
    approve: Callable[[Plan], bool] = _always
    approve_api: Callable[[tuple[ObjectChange, ...]], bool] = _always
    wait: bool = True
    minutes: float | None = None
    rollback: bool = False
    supersede: bool = False
    allow_replace: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    drain_minutes: float | None = 10.0
    at: tuple[str, int] | None = None
    options: tuple[str, ...] = ()

    @property
    def again(self) -> str:
        """The command that goes on with it."""
        return shell("jeroboam", "deploy", self.spec, *self.options)


@dataclass(frozen=True, slots=True)
class SentToHeat:
    """What Heat is sent beside a template: `known` are secrets that are compared with those it has."""

    tags: tuple[str, ...]
    parameters: Mapping[str, str]
    known: Mapping[str, str]


def sent_to_heat(request: Request, secrets: Environment, stack: Stack | None) -> SentToHeat:
    """What Heat is sent for a new stack, or for one that is there."""
    bundle, model = request.compiled.bundle, request.compiled.model
    tags = (*marks(bundle, secrets.values), *model.spec.tags)
    return SentToHeat(tags, secrets.parameters, lasting(secrets.parameters, model.secrets, stack))


def request_for(request: Request, bundle: Bundle, sent: SentToHeat) -> dict[str, Any]:
    """The body of a create or an update with a bundle."""
    minutes = request.compiled.model.spec.timeouts.create_minutes
    return request_body(
        bundle, sent.parameters, sent.tags, timeout_minutes=minutes, rollback=request.rollback
    )


def require_ours(stack: Stack) -> None:
    """Refuses a stack that is not Jeroboam's, or goes. Raises DeployError."""
    if not ours(stack):
        raise DeployError(
            f"there is a stack '{stack.name}' in this project that Jeroboam did not create",
            f"give the cluster another name, or tag the stack if it is yours: "
            f"{existing_line(stack.name, '--tags', STACK_TAG)}",
        )
    if stack.action == "DELETE":
        state = "could not be deleted" if stack.status == FAILED else "is being deleted"
        raise DeployError(
            f"the stack '{stack.name}' {state}",
            f"{shell('jeroboam', 'delete', stack.name)} first"
            if stack.status == FAILED
            else "wait until it is gone",
        )


def require_possible(planning: Planning) -> None:
    """Refuses what a living cluster cannot change; one that never was complete may become anything.

    Raises DeployError.
    """
    if not planning.lives:
        return
    refused = [change for change in planning.plan.properties if change.refused]
    if refused:
        raise DeployError(
            "refused: " + "; ".join(f"{change.path} cannot change: {change.why}" for change in refused),
            "; ".join(dict.fromkeys(change.instead for change in refused)),
        )


def require_no_loss(plan: Plan, request: Request) -> None:
    """Refuses to lose masters and data that the request does not name. Raises DeployError."""
    refused = losses(plan.changes, request.allow_replace)
    if refused:
        raise DeployError(
            "refused: " + "; ".join(refusal.message for refusal in refused),
            f"nodes leave and are made anew in their order by {shell('jeroboam', 'roll', request.spec)}; "
            "if you mean it: " + " ".join(f"--allow-replace {refusal.name}" for refusal in refused),
        )


def request_body(
    bundle: Bundle,
    secrets: Mapping[str, str],
    tags: tuple[str, ...],
    *,
    timeout_minutes: int,
    rollback: bool,
) -> dict[str, Any]:
    """The body of a create or an update, as the Orchestration API v1 takes it."""
    children = {a.path: a.content for a in bundle.artifacts if a.path.startswith("nested/")}
    return {
        "template": bundle.hot,
        "files": children,
        "environment": {"parameters": dict(secrets)},
        "tags": ",".join(tags),
        "timeout_mins": timeout_minutes,
        "disable_rollback": not rollback,
    }

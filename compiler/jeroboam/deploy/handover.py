"""Handing a template to Heat for certain: once, however often the answer gets lost on the way."""

from __future__ import annotations

from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.actions import create, other_secrets, same_spec, update
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.patience import Tell, patiently
from jeroboam.deploy.problems import CloudProblem
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait.loop import marker
from jeroboam.emit import Bundle

TRIES = 3
_TAKEN = 409


def created(cloud: Cloud, bundle: Bundle, body: dict[str, Any], tags: tuple[str, ...], tell: Tell) -> Stack:
    """The stack, made once: where Heat's answer is lost, the stack is looked for before it is asked again.

    Raises CloudProblem.
    """
    nowhere = CloudProblem(
        f"Heat took the request for '{bundle.name}', and knows no such stack", temporary=True
    )
    lost = nowhere
    for _ in range(TRIES):
        lost = nowhere
        try:
            create(cloud, bundle, body)
        except CloudProblem as problem:
            # A create whose answer was lost may have been sent twice: the second finds the name taken.
            if not problem.temporary and problem.status != _TAKEN:
                raise
            lost = problem
        stack = patiently(lambda: stacks.find(cloud, bundle.name), tell, insist=True)
        if stack is not None and same_spec(stack, tags) and not other_secrets(stack, tags):
            return stack
        if stack is not None:
            # The same spec in another checkout has other secrets: adopted, its nodes would never be reached.
            also = ", of this spec and with other secrets" if same_spec(stack, tags) else ""
            raise CloudProblem(
                f"someone else made a stack '{bundle.name}' just now{also}", "give the cluster another name"
            )
        tell(f"{lost.message}; sending it again")
    raise CloudProblem(
        f"the stack '{bundle.name}' could not be created: {lost.message}", "look at the Orchestration service"
    )


def updated(cloud: Cloud, stack: Stack, body: dict[str, Any], tell: Tell) -> str | None:
    """Sends an update, and gives the marker from before it. Raises CloudProblem."""
    after = patiently(lambda: marker(cloud, stack), tell)
    # The same however often it is sent.
    patiently(lambda: update(cloud, stack, body), tell)
    return after

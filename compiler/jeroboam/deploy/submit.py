"""Sending a template to Heat for certain: once, however often the answer gets lost on the way."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.actions import create, update
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.retry import retried
from jeroboam.deploy.tags import other_secrets, same_spec
from jeroboam.deploy.types import Note, Stack
from jeroboam.deploy.wait.loop import marker
from jeroboam.emit import Bundle

TRIES = 3
_TAKEN = 409


def created(
    cloud: Cloud, bundle: Bundle, body: dict[str, Any], tags: tuple[str, ...]
) -> Generator[Note, None, Stack]:
    """The stack, made once: where Heat's answer is lost, the stack is looked for before it is asked again.

    Raises CloudError.
    """
    nowhere = CloudError(
        f"Heat accepted the request for '{bundle.name}', but has no such stack", temporary=True
    )
    lost = nowhere
    for _ in range(TRIES):
        lost = nowhere
        try:
            create(cloud, bundle, body)
        except CloudError as error:
            # A create whose answer was lost may have been sent twice: the second finds the name taken.
            if not error.temporary and error.status != _TAKEN:
                raise
            lost = error
        stack = yield from retried(lambda: stacks.find(cloud, bundle.name), insist=True)
        if stack is not None and same_spec(stack, tags) and not other_secrets(stack, tags):
            return stack
        if stack is not None:
            # The same spec in another checkout has other secrets: adopted, its nodes would never be reached.
            also = ", of this spec and with other secrets" if same_spec(stack, tags) else ""
            raise CloudError(
                f"someone else made a stack '{bundle.name}' just now{also}", "give the cluster another name"
            )
        yield Note(f"{lost.message}; sending it again")
    raise CloudError(
        f"the stack '{bundle.name}' could not be created: {lost.message}", "look at the Orchestration service"
    )


def updated(cloud: Cloud, stack: Stack, body: dict[str, Any]) -> Generator[Note, None, str | None]:
    """Sends an update; returns the id of the last event before it. Raises CloudError."""
    after = yield from retried(lambda: marker(cloud, stack))
    # The same however often it is sent.
    yield from retried(lambda: update(cloud, stack, body))
    return after

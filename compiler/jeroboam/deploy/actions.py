"""What Heat is told to do with a stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import asking
from jeroboam.deploy.types import Stack, StackResource
from jeroboam.emit import Bundle


def create(cloud: Cloud, bundle: Bundle, request: Mapping[str, Any]) -> None:
    """Makes the stack; `request` is from `request.request_body`. Raises CloudError."""
    with asking(f"create the stack '{bundle.name}'"):
        cloud.heat.stacks.create(stack_name=bundle.name, **request)


def update(cloud: Cloud, stack: Stack, request: Mapping[str, Any]) -> None:
    """Makes the stack what `request` says. Raises CloudError."""
    with asking(f"update the stack '{stack.name}'"):
        cloud.heat.stacks.update(stack.identity, **request)


def give_up(cloud: Cloud, resource: StackResource) -> None:
    """Has the next update replace a resource that Heat would leave as it is. Raises CloudError.

    Fact: what is CHECK_FAILED an update replaces (`_needs_update`, heat/engine/resource.py).
    """
    with asking(f"tell Heat to make '{resource.name}' anew"):
        cloud.heat.resources.mark_unhealthy(
            resource.stack, resource.name, True, "jeroboam deploy: its node was never ready"
        )


def revive(cloud: Cloud, stack: Stack) -> None:
    """Updates the stack with its own template: Heat takes up what an engine that died had in hand.

    Raises CloudError.
    """
    with asking(f"revive the stack '{stack.name}'"):
        cloud.heat.stacks.update(
            stack.identity,
            existing=True,
            disable_rollback=True,
            tags=",".join(stack.tags),
            **({"timeout_mins": stack.timeout_minutes} if stack.timeout_minutes else {}),
        )

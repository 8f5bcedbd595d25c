"""What Heat is told to do with a stack, and the tags by which a stack of ours is known again."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import asking
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.hot.contract import STACK_TAG, OutputName, parse_identity

_SPEC, _CA = "jeroboam-spec-", "jeroboam-ca-"
_DIGITS = 16


def marks(bundle: Bundle, secrets: Mapping[str, str]) -> tuple[str, ...]:
    """The tags of a stack made from `bundle` and the secrets' base64 values: whose, which spec, which CA.

    Only certificates of CAs are part of the last: they are no secret, and others are renewed.
    """
    compiled = sha256("".join(f"{a.path}\0{a.content}\0" for a in bundle.artifacts).encode())
    certificates = sha256(
        "".join(f"{n}\0{v}\0" for n, v in sorted(secrets.items()) if n.endswith("ca_cert")).encode()
    )
    return (STACK_TAG, _SPEC + compiled.hexdigest()[:_DIGITS], _CA + certificates.hexdigest()[:_DIGITS])


def ours(stack: Stack) -> bool:
    """Whether Jeroboam made the stack, or someone by hand with a template of Jeroboam's."""
    return STACK_TAG in stack.tags or parse_identity(stack.outputs.get(OutputName.CLUSTER)) is not None


def same_spec(stack: Stack, tags: tuple[str, ...]) -> bool:
    """Whether the last that the stack was told is what `tags`, from `marks`, stand for."""
    return _marked(stack.tags, _SPEC) == _marked(tags, _SPEC)


def other_secrets(stack: Stack, tags: tuple[str, ...]) -> bool:
    """Whether the stack is known to have been made with another CA than `tags` stand for."""
    made_with = _marked(stack.tags, _CA)
    return made_with is not None and made_with != _marked(tags, _CA)


def create(cloud: Cloud, bundle: Bundle, request: Mapping[str, Any]) -> None:
    """Makes the stack; `request` is from `request_body`. Raises CloudError."""
    with asking(f"create the stack '{bundle.name}'"):
        cloud.heat.stacks.create(stack_name=bundle.name, **request)


def update(cloud: Cloud, stack: Stack, request: Mapping[str, Any]) -> None:
    """Makes the stack what `request` says. Raises CloudError."""
    with asking(f"update the stack '{stack.name}'"):
        cloud.heat.stacks.update(stack.identity, **request)


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


def _marked(tags: tuple[str, ...], prefix: str) -> str | None:
    return next((tag for tag in tags if tag.startswith(prefix)), None)

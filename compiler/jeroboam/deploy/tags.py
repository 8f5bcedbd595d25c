"""The tags of a stack: whose it is, and which spec and which secrets it was last told."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.hot.contract import STACK_TAG, OutputName, parse_identity

_SPEC, _CA, _ROLL = "jeroboam-spec-", "jeroboam-ca-", "jeroboam-roll-"
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


def roll_mark(run: str) -> str:
    """The tag of a stack that a roll works on; `run` tells one from another."""
    return _ROLL + run


def rolled_by(stack: Stack) -> str | None:
    """The tag of the last roll that worked on a stack, None where none has since it was last deployed."""
    return _marked(stack.tags, _ROLL)


def _marked(tags: tuple[str, ...], prefix: str) -> str | None:
    return next((tag for tag in tags if tag.startswith(prefix)), None)

"""Loads a complete secrets file, for deployments from Python."""

from __future__ import annotations

from datetime import UTC, datetime
from random import SystemRandom

from jeroboam.errors import JeroboamError
from jeroboam.model.types import ClusterModel
from jeroboam.secrets.contents import Refusal, contents
from jeroboam.secrets.environment import Environment, environment


class SecretsError(JeroboamError):
    """A secrets file is not one of this cluster, or lacks something."""


def load(model: ClusterModel, text: str) -> Environment:
    """What the text of a secrets file, as `jeroboam secrets` writes it, holds for a cluster.

    Join tokens and certificates that have expired are renewed, in memory. Raises SecretsError.
    """
    old = contents(text, model.secrets)
    made: Environment | Refusal = old if isinstance(old, Refusal) else environment(
        model.spec.name, model.secrets, old, text, {},
        rotate=False, random=SystemRandom(), now=datetime.now(UTC),
    )  # fmt: skip
    if isinstance(made, Refusal):
        raise SecretsError(f"the secrets file {made.message}", made.hint)
    if made.added:
        raise SecretsError(
            f"the secrets file lacks {', '.join(made.added)}", "add what is new: jeroboam secrets SPEC"
        )
    return made

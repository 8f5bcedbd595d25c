"""Template parameters: names of things that the cloud has, and secrets."""

from __future__ import annotations

from jeroboam.hot.types import Parameter
from jeroboam.model.limits import secret_length
from jeroboam.model.types import Secret


def named(name: str, label: str, description: str, default: str, constraint: str) -> Parameter:
    """A parameter that names something in the cloud; `constraint` lets Heat look whether it is there."""
    return Parameter(
        name, "string", label, description, default, constraints=({"custom_constraint": constraint},)
    )


def secret(wanted: Secret) -> Parameter:
    """The hidden parameter of a secret: base64 without a default, bounded so that sizes can be judged."""
    return Parameter(
        name=wanted.name,
        type="string",
        label=wanted.description,
        description="From the secrets file: base64 on one line.",
        hidden=True,
        constraints=(
            {"allowed_pattern": "[A-Za-z0-9+/]+={0,2}"},
            {"length": {"max": secret_length(wanted.recipe)}},
        ),
    )

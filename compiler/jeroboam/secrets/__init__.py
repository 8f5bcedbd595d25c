"""A cluster's secrets: keys, certificates and tokens as a Heat environment file."""

from jeroboam.secrets.environment import (
    ANOTHER,
    EMPTY,
    Contents,
    Environment,
    Refusal,
    contents,
    environment,
    given,
    of_another,
    supplied,
    unreadable,
    unreadable_values,
)

__all__ = [
    "ANOTHER",
    "EMPTY",
    "Contents",
    "Environment",
    "Refusal",
    "contents",
    "environment",
    "given",
    "of_another",
    "supplied",
    "unreadable",
    "unreadable_values",
]

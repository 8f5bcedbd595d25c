"""A cluster's secrets: keys, certificates and tokens as a Heat environment file."""

from jeroboam.secrets.contents import (
    ANOTHER,
    EMPTY,
    Contents,
    Refusal,
    contents,
    given,
    of_another,
    supplied,
    unreadable,
    unreadable_values,
)
from jeroboam.secrets.environment import Environment, environment
from jeroboam.secrets.load import SecretsError, load

__all__ = [
    "ANOTHER",
    "EMPTY",
    "Contents",
    "Environment",
    "Refusal",
    "SecretsError",
    "contents",
    "environment",
    "given",
    "load",
    "of_another",
    "supplied",
    "unreadable",
    "unreadable_values",
]

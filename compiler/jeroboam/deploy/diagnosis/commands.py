"""The commands within a step of what to do next, told from the prose around them."""

from __future__ import annotations

import re
from typing import NamedTuple

_COMMAND = re.compile(r"(\b(?:openstack|jeroboam|curl|journalctl|ssh|systemctl) (?:'[^']*'|[^;,()'])+)(?<! )")
"""What is typed, up to where prose goes on."""


class StepPart(NamedTuple):
    """A piece of a step: prose, or a command."""

    text: str
    command: bool


def parts(step: str) -> list[StepPart]:
    """A step as prose and commands in turn."""
    pieces = _COMMAND.split(step)
    return [StepPart(piece, command=index % 2 == 1) for index, piece in enumerate(pieces) if piece]

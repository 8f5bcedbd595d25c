"""What mesos-master and mesos-agent take: options and the types of their values; read from programs.json.

`python -m tests.labs.mesos_flags` writes that file, from the declarations in Mesos' sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from jeroboam import resources


class Flags(NamedTuple):
    """The options of a program with the types of their values, which are C++'s, Mesos' own or `text`.

    `former` are names that still are understood, each with today's.
    """

    types: Mapping[str, str]
    former: Mapping[str, str]


def flags(program: str) -> Flags:
    """Those of mesos-master or of mesos-agent."""
    return Flags(_data()["flags"][program], _data()["former"][program])


@cache
def _data() -> Any:
    return json.loads(resources.data(__file__, "programs.json"))

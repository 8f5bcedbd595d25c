"""Where a node finds its units and its values: those known when compiling, and those that only Heat knows."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.types import placeholder

CLUSTER_ENV = "/etc/jeroboam/cluster.env"
HEAT_ENV = "/etc/jeroboam/heat.env"
UNITS = "/etc/systemd/system"


def environment_text(values: Mapping[str, str]) -> str:
    """`NAME='value'` lines, sorted; any value survives, as POSIX single quotes keep all but themselves."""
    return "".join(f"{name}={_quoted(values[name])}\n" for name in sorted(values))


def heat_text(names: tuple[str, ...]) -> str:
    """The lines of heat.env, placeholders for values; HeatValue promises none has a single quote."""
    return "".join(f"{name}='{placeholder(name)}'\n" for name in names)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"

"""SwarmOptions: the spec's `swarm` block, typed."""

from __future__ import annotations

from typing import NamedTuple, cast

from jeroboam.spec.types import ClusterSpec


class SwarmOptions(NamedTuple):
    """Field names are the spec's."""

    availability_of_managers: str
    autolock: bool
    default_address_pools: tuple[str, ...]
    task_history_limit: int


def swarm_options(spec: ClusterSpec) -> SwarmOptions:
    """The block, whose defaults the schema has filled in. Raises KeyError for a block that is not whole."""
    block = spec.options
    return SwarmOptions(
        availability_of_managers=str(block["availability_of_managers"]),
        autolock=bool(block["autolock"]),
        default_address_pools=cast(tuple[str, ...], block["default_address_pools"]),
        task_history_limit=cast(int, block["task_history_limit"]),
    )


def never_alone(spec: ClusterSpec) -> str:
    """Docker has no swarm go on by force while its data are locked (moby, daemon/cluster/swarm.go, Init)."""
    return "swarm.autolock: Docker has no locked swarm go on by force" if swarm_options(spec).autolock else ""

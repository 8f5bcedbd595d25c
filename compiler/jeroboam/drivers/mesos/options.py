"""MesosOptions: the spec's `mesos` block, typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from jeroboam.spec.types import ClusterSpec


class MesosOptions(NamedTuple):
    """Field names are the spec's."""

    marathon: bool
    containerizers: tuple[str, ...]
    isolation: tuple[str, ...]
    attributes: Mapping[str, str]
    master_args: Mapping[str, str]
    agent_args: Mapping[str, str]
    authentication: bool


def mesos_options(spec: ClusterSpec) -> MesosOptions:
    """The block, whose defaults the schema has filled in. Raises KeyError for a block that is not whole."""
    block = spec.options
    return MesosOptions(
        marathon=bool(block["marathon"]),
        containerizers=cast(tuple[str, ...], block["containerizers"]),
        isolation=cast(tuple[str, ...], block["isolation"]),
        attributes=cast(Mapping[str, str], block["attributes"]),
        master_args=cast(Mapping[str, str], block["master_args"]),
        agent_args=cast(Mapping[str, str], block["agent_args"]),
        authentication=bool(block["authentication"]),
    )

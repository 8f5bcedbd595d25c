"""The kinds of nodes that a spec has."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Pointer
from jeroboam.source.pointers import child
from jeroboam.spec.types import ClusterSpec, NodeSpec


def node_specs(spec: ClusterSpec) -> Iterator[tuple[Pointer, NodeSpec]]:
    """What is said of nodes, with its pointer: of the masters, then of each node group."""
    yield "/masters", spec.masters.node
    for index, group in enumerate(spec.node_groups):
        yield child("/node_groups", index), group.node

"""The tree of one YAML document: values with marks, before merging throws any of them away."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from jeroboam.diagnostics import Pointer
from jeroboam.source.pointers import child
from jeroboam.source.types import Data, Mark, Place, Scalar


class YamlNode(NamedTuple):
    """A value and where it stands."""

    value: Content
    source: str
    mark: Mark


class Entry(NamedTuple):
    """A key's mark and its value."""

    key: Mark
    node: YamlNode


Content: TypeAlias = "Scalar | list[YamlNode] | dict[str, Entry]"


def flattened(node: YamlNode) -> tuple[Data, dict[Pointer, Place]]:
    """Plain data and its source map. Recursion is bounded by the parser's depth limit."""
    places: dict[Pointer, Place] = {}

    def walk(node: YamlNode, pointer: Pointer, key: Mark | None) -> Data:
        places[pointer] = Place(node.source, node.mark, key)
        if isinstance(node.value, dict):
            return {
                name: walk(entry.node, child(pointer, name), entry.key) for name, entry in node.value.items()
            }
        if isinstance(node.value, list):
            return [walk(item, child(pointer, index), None) for index, item in enumerate(node.value)]
        return node.value

    return walk(node, "", None), places

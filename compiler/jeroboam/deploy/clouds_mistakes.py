"""Mistakes in the text of clouds.yaml that openstacksdk stumbles over, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jeroboam.deploy.exchange import excerpt
from jeroboam.serialize.nodes import yaml_nodes
from jeroboam.storage.inputs import InputError, contents

_TEXT, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_MAPPINGS = ("auth", "clouds", "client", "cache")
_LISTS = ("regions", "networks")


def mistakes(path: str, cloud: str | None) -> Iterator[str]:
    """What is wrong, in words that begin with file and line; `cloud` is the one that is meant.

    Nothing where the file cannot be read, or not as YAML.
    """
    try:
        root = yaml_nodes(contents(path))
    except (InputError, OSError, ValueError):
        return
    for node, what in _in_file(root, cloud):
        yield f"{excerpt(path)}, line {node.start_mark.line + 1}: {what}"


def _in_file(root: Any, cloud: str | None) -> Iterator[tuple[Any, str]]:
    for key, value in _entries(root):
        if key.value in _MAPPINGS:
            yield from _not_a_mapping(key, value)
        if key.value != "clouds":
            continue
        for name, entry in _entries(value):
            if cloud not in (None, name.value):
                continue
            if name.tag != _TEXT:
                yield name, f"the cloud's name {excerpt(name.value)} is no text: put it between quotes"
            yield from _not_a_mapping(name, entry)
            yield from _in_cloud(entry)


def _in_cloud(entry: Any) -> Iterator[tuple[Any, str]]:
    for key, value in _entries(entry):
        if key.tag != _TEXT:
            yield key, f"the setting's name {excerpt(key.value)} is no text: put it between quotes"
        if key.value in _MAPPINGS:
            yield from _not_a_mapping(key, value)
            yield from _in_cloud(value)
        if key.value in _LISTS and value.tag == _NULL:
            yield key, f"'{excerpt(key.value)}' is empty: it takes a list"
        # openstacksdk puts other settings between braces, but leaves a password alone.
        if key.value != "password" and isinstance(value.value, str) and "{" in value.value:
            yield value, f"braces in '{excerpt(key.value)}' stand for a setting: double those that do not"


def _not_a_mapping(key: Any, value: Any) -> Iterator[tuple[Any, str]]:
    if value.id != "mapping":
        state = "is empty" if value.tag == _NULL else "is no mapping"
        yield key, f"'{excerpt(key.value)}' {state}: below it stand names with values"


def _entries(node: Any) -> list[tuple[Any, Any]]:
    """The pairs of a mapping whose keys are plain."""
    if node is None or node.id != "mapping":
        return []
    return [(key, value) for key, value in node.value if key.id == "scalar"]

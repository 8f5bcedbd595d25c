"""A resolved spec as a flat record: each property that can change on its own, with its value.

A template carries the record of its spec, so that a later spec can be compared with what a stack was made
from. A property of a node group has the group's name in its path: `node_groups.gpu.flavor`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from hashlib import sha256
from typing import TypeAlias

from jeroboam.diagnostics import Pointer
from jeroboam.source import Data, Document
from jeroboam.source.pointers import child
from jeroboam.spec.defaults import filled
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import Schema, composed, flat, member, members

Record: TypeAlias = Mapping[str, Data]
"""Values by path; a file is its name and its digest, `audit.yaml sha256:…`."""

GROUPS = "node_groups"
_UNRECORDED = frozenset({"accepted_findings", "image", "kind", "spec_version", "template"})
"""What is no cluster's property, and the image, which is recorded where it takes effect: at each role."""


def record(
    document: Document, coe_version: str, layout: str, versions: Mapping[str, str] | None = None
) -> Record:
    """The record of a resolved spec, with the versions and the layout that it is compiled to.

    `versions` are those that it may leave out, by property.
    """
    data = document.data
    found = dict(_leaves(data, composed(), "", "", document))
    for path, role in _roles(data):
        found[f"{path}.image"] = role.get("image") or data.get("image")
    found |= {"coe_version": coe_version, "heat.layout": layout}
    for path, version in (versions or {}).items():
        whole, _, key = path.rpartition(".")
        held = found.get(whole)
        found |= {whole: {**held, key: version}} if isinstance(held, dict) else {path: version}
    return {path: value for path, value in found.items() if value is not None}


def text(recorded: Record) -> str:
    """A record as text, a line for each property: its path, a colon and its value as JSON.

    What has its default is left out, what has none though there is a default is null.
    """
    usual = _usual(recorded)
    told = {path: recorded.get(path) for path in recorded.keys() | usual.keys()}
    return "".join(
        f"{path}: {json.dumps(value)}\n" for path, value in sorted(told.items()) if value != usual.get(path)
    )


def parse(told: str) -> Record:
    """The record that such a text tells, defaults filled in. Raises ValueError where it is none."""
    found: dict[str, Data] = {}
    for line in told.splitlines():
        path, colon, value = line.partition(": ")
        if not colon:
            raise ValueError(f"not a property and its value: {line[:80]}")
        found[path] = json.loads(value)
    return {path: value for path, value in (_usual(found) | found).items() if value is not None}


def property_of(path: str) -> tuple[str, str]:
    """The property at a path of a record, and the node group in it, empty where there is none."""
    if not path.startswith(f"{GROUPS}."):
        return path, ""
    _, group, *rest = path.split(".")
    return ".".join((GROUPS, *rest)), group


def _usual(recorded: Record) -> dict[str, Data]:
    """The defaults of every property that such a cluster has, its node groups by name."""
    groups = {property_of(path)[1] for path in recorded} - {""}
    others = {coe for coe in composed()["x-coes"] if coe != recorded.get("coe")}
    found: dict[str, Data] = {}
    for path, value in _defaults().items():
        first, _, rest = path.partition(".")
        if first == GROUPS:
            found |= {f"{GROUPS}.{group}.{rest}": value for group in groups}
        elif first not in others:
            found[path] = value
    return found


@cache
def _defaults() -> Mapping[str, Data]:
    return {
        path: filled(deepcopy(schema["default"]), schema)
        for path, schema in paths().items()
        if "x-change" in schema and "default" in schema and path not in _UNRECORDED
    }


def _roles(data: dict[str, Data]) -> Iterator[tuple[str, dict[str, Data]]]:
    """The masters and each node group, by path."""
    masters, groups = data.get("masters"), data.get(GROUPS)
    if isinstance(masters, dict):
        yield "masters", masters
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, dict):
            yield f"{GROUPS}.{group['name']}", group


def _leaves(
    value: Data, schema: Schema, path: str, pointer: Pointer, document: Document
) -> Iterator[tuple[str, Data]]:
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        below = flat(members(schema).get(name, {}))
        at, where = (f"{path}.{name}" if path else name), child(pointer, name)
        if not path and name in _UNRECORDED:
            continue
        if at == GROUPS and isinstance(inner, list):
            for index, group in enumerate(inner):
                if isinstance(group, dict):
                    yield from _leaves(
                        group, member(below, index), f"{at}.{group['name']}", child(where, index), document
                    )
        elif "x-change" in below:
            yield at, _valued(inner, where, document)
        else:
            yield from _leaves(inner, below, at, where, document)


def _valued(value: Data, pointer: Pointer, document: Document) -> Data:
    """The value, each file in it by its name and what it holds."""
    if isinstance(value, dict):
        return {key: _valued(inner, child(pointer, key), document) for key, inner in value.items()}
    if isinstance(value, list):
        return [_valued(item, child(pointer, index), document) for index, item in enumerate(value)]
    held = document.files.get(pointer)
    if held is None:
        return value
    return f"{str(value).rpartition('/')[2]} sha256:{sha256(held.encode()).hexdigest()}"

"""The JSON Schema of specs: composed from `schemas/v1`, and walked beside data.

A COE is a file in `drivers/`, a distro one in `platforms/`: their names become the values of `coe` and
`distro`, and a COE's block becomes the property of its name. Keywords of our own start with `x-`:
`x-file` names a file, `x-required` is judged after the merge, `x-variant` names what closes a set of
keys, `x-range` labels an address range, `x-version` a version, `x-expected` words a pattern, `x-default`
a default that depends on other properties, `x-change` what a change does to a cluster that lives
(`x-change-nodes` to whose nodes, `x-change-why` why, `x-change-rule` what decides it by the values).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from jeroboam.diagnostics import Pointer
from jeroboam.resources import schemas
from jeroboam.source import Data
from jeroboam.source.pointers import child

Schema: TypeAlias = Mapping[str, Any]

_SUFFIX = ".schema.json"
_CLOSED: Schema = {}
# By identity; each schema is kept beside what became of it, so that no other gets its identity.
_FLAT: dict[int, tuple[Schema, Schema]] = {}


class Visit(NamedTuple):
    """A value of a spec with its own schema, references resolved."""

    pointer: Pointer
    value: Data
    schema: Schema


@cache
def composed() -> Schema:
    """One self-contained schema of every property, the blocks of all COEs included."""
    root = schemas() / "v1"
    schema = _read(root / ("cluster" + _SUFFIX))
    blocks = {name: _read(file) for name, file in _members(root / "drivers")}
    platforms = {name: _read(file) for name, file in _members(root / "platforms")}
    properties = schema["properties"]
    properties["coe"]["enum"] = list(blocks)
    distros = {name: platform["description"] for name, platform in platforms.items()}
    for name, platform in platforms.items():
        distros.update(dict.fromkeys(platform.get("x-aliases", ()), f"The old name of {name}."))
    properties["distro"]["enum"] = list(distros)
    properties["distro"]["enumDescriptions"] = list(distros.values())
    for name, block in blocks.items():
        properties[name] = {key: value for key, value in block.items() if key != "$schema"}
    network = properties["container_network"]["properties"]["driver"]
    network["description"] = network["description"].format(drivers=_taken_by(network["enum"], blocks))
    schema["x-coes"] = list(blocks)
    schema["x-aliases"] = {
        alias: name for name, platform in platforms.items() for alias in platform.get("x-aliases", ())
    }
    schema["$defs"] = _read(root / ("common" + _SUFFIX))["$defs"]
    return schema


def _taken_by(drivers: list[str], blocks: Mapping[str, Schema]) -> str:
    """Each network driver with the COEs that take it, in words; not `none`, which is no driver."""
    named = []
    for driver in (driver for driver in drivers if driver != "none"):
        coes = [coe for coe, block in blocks.items() if driver in block.get("x-network-drivers", drivers)]
        named.append(f"`{driver}` ({'every COE' if len(coes) == len(blocks) else ', '.join(coes)})")
    return ", ".join(named)


def block(coe: str) -> Schema:
    """What the COE's own file says; empty for a COE without one."""
    return flat(composed()["properties"][coe]) if coe in composed()["x-coes"] else {}


def flat(schema: Any) -> Schema:
    """`schema`, of the composed one, with its references resolved and merged in; its own keywords win."""
    if not isinstance(schema, Mapping):
        return _CLOSED
    # Asked for each value of a spec, of the few hundred schemas that there are.
    known = _FLAT.get(id(schema))
    if known is None:
        _FLAT[id(schema)] = known = (schema, _flat(schema))
    return known[1]


def _flat(schema: Schema) -> Schema:
    parts = [schema, *(part for part in schema.get("allOf", ()) if "$ref" in part)]
    if len(parts) == 1 and "$ref" not in schema:
        return schema
    result: dict[str, Any] = {}
    for part in parts:
        target = flat(_target(part["$ref"])) if "$ref" in part else {}
        for layer in (part, target):
            for key, value in layer.items():
                if key == "properties":
                    result[key] = {**result.get(key, {}), **value}
                elif key not in ("$ref", "allOf") or (key == "allOf" and part is not schema):
                    result.setdefault(key, value)
    return result


def members(schema: Schema) -> Mapping[str, Schema]:
    """The named properties of an object's schema."""
    properties: Mapping[str, Schema] = schema.get("properties", {})
    return properties


def member(schema: Schema, token: str | int) -> Schema:
    """The flat schema of one member: a property, a free key or a list item; empty when unknown."""
    if isinstance(token, int) or "items" in schema:
        return flat(schema.get("items"))
    named = members(schema).get(token)
    return flat(schema.get("additionalProperties") if named is None else named)


def visits(value: Data, schema: Schema, pointer: Pointer = "") -> Iterator[Visit]:
    """Every value that the schema knows, parents first."""
    yield Visit(pointer, value, schema)
    if isinstance(value, dict):
        for key, inner in value.items():
            below = member(schema, key)
            if below:
                yield from visits(inner, below, child(pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from visits(item, member(schema, index), child(pointer, index))


def file_patterns() -> tuple[tuple[str, ...], ...]:
    """The places of properties that name files, `*` standing for any list item."""

    def walk(schema: Schema, at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if schema.get("x-file"):
            yield at
        for name, below in members(schema).items():
            yield from walk(flat(below), (*at, name))
        if "items" in schema:
            yield from walk(flat(schema["items"]), (*at, "*"))

    return tuple(walk(composed(), ()))


def _target(reference: str) -> Schema:
    target: Schema = composed()["$defs"][reference.rpartition("/")[2]]
    return target


def _members(folder: Path) -> list[tuple[str, Path]]:
    files = [file for file in folder.iterdir() if file.name.endswith(_SUFFIX)]
    return sorted((file.name.removesuffix(_SUFFIX), file) for file in files)


def _read(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    for prefix in ("../common", "common"):
        text = text.replace(f'"$ref": "{prefix}{_SUFFIX}#', '"$ref": "#')
    data: dict[str, Any] = json.loads(text)
    return data

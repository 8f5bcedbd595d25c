"""What Heat knows, from `heat.json`: a snapshot of the package `openstack-heat`.

`python -m tests.unit.lint.heat_snapshot` writes it; a test compares it with the engine that is installed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jeroboam.resources import data


@dataclass(frozen=True, slots=True)
class PropertySchema:
    """What a property takes; `of` is the schema of a list's items, or of a map's members by name.

    `stand_ins` are properties that Heat takes for it where it is absent. `converts` where the property is a
    parameter of a nested template, which takes lists and maps as text too.
    """

    type: str
    required: bool = False
    of: PropertySchema | Mapping[str, PropertySchema] | None = None
    constraints: Sequence[Mapping[str, Any]] = ()
    stand_ins: Sequence[str] = ()
    converts: bool = False


@dataclass(frozen=True, slots=True)
class ResourceSchema:
    """What a resource type takes and has; `attributes` is None where they depend on more than the type.

    `nested` for a type that is a template of its own.
    """

    name: str
    properties: Mapping[str, PropertySchema]
    attributes: frozenset[str] | None
    update_policy: Mapping[str, PropertySchema] = field(default_factory=dict)
    any_properties: bool = False
    snapshots: bool = False
    nested: bool = False
    status: str = "SUPPORTED"


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """What a template of a version may say; functions by name, each with the class that Heat has for it.

    `conditions` are the functions that conditions may have; `removed` those that an older version had.
    """

    name: str
    sections: Sequence[str]
    resource: Sequence[str]
    parameter: Sequence[str]
    output: Sequence[str]
    deletion_policies: Sequence[str]
    modulo: bool
    functions: Mapping[str, str]
    conditions: Mapping[str, str]
    removed: Sequence[str]


BASE_ATTRIBUTES = frozenset({"show"})
"""What every resource has."""


@cache
def _snapshot() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(data(__file__, "heat.json"))
    return found


def heat_version() -> str:
    """The version of `openstack-heat` that the snapshot is of."""
    return str(_snapshot()["openstack_heat"])


def custom_constraints() -> Sequence[str]:
    """The names of Heat's custom constraints."""
    names: Sequence[str] = _snapshot()["constraints"]
    return names


def default_registry() -> Mapping[str, str]:
    """What every Heat service has in its `resource_registry`."""
    registry: Mapping[str, str] = _snapshot()["registry"]
    return registry


@cache
def versions() -> Mapping[str, TemplateVersion]:
    """Every version of HOT by its name, dates first."""
    return {name: TemplateVersion(name=name, **entry) for name, entry in _snapshot()["versions"].items()}


@cache
def first_with(function: str, *, judging: bool) -> str | None:
    """The first version that has a function, in its conditions where `judging`; None where none has."""
    tables = ((v.name, v.conditions if judging else v.functions) for v in versions().values())
    return next((name for name, table in tables if function in table), None)


def resource_types() -> Sequence[str]:
    """The names of all types."""
    return tuple(_snapshot()["types"])


@cache
def resource_schema(name: str) -> ResourceSchema | None:
    """The schema of a type; None where Heat has no such type."""
    entry = _snapshot()["types"].get(name)
    if entry is None:
        return None
    return ResourceSchema(
        name=name,
        properties=_members(entry["properties"]),
        attributes=None
        if entry.get("any_attributes")
        else BASE_ATTRIBUTES.union(entry.get("attributes", ())),
        update_policy=_members(entry.get("update_policy", {})),
        any_properties=entry.get("any_properties", False),
        snapshots=entry.get("snapshot", False),
        status=entry.get("status", "SUPPORTED"),
    )


def _members(entries: Mapping[str, Any]) -> Mapping[str, PropertySchema]:
    return {name: _property(entry) for name, entry in entries.items()}


def _property(entry: Mapping[str, Any]) -> PropertySchema:
    of = entry.get("of")
    return PropertySchema(
        type=entry["type"],
        required=entry.get("required", False),
        of=None if of is None else _property(of) if entry["type"] == "List" else _members(of),
        constraints=tuple(entry.get("constraints", ())),
        stand_ins=tuple(entry.get("or", ())),
    )

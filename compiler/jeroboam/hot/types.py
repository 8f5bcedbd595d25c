"""HOT as values: functions, parameters, resources, outputs, template.

Facts: Heat Orchestration Template specification, heat_template_version 2018-08-31.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from jeroboam.diagnostics import Pointer


@dataclass(frozen=True, slots=True)
class GetParam:
    """`{get_param: name}`."""

    name: str


@dataclass(frozen=True, slots=True)
class GetResource:
    """`{get_resource: id}`: the resource's physical id."""

    id: str


@dataclass(frozen=True, slots=True)
class GetAttr:
    """`{get_attr: [id, *path]}`."""

    id: str
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ListJoin:
    """`{list_join: [delimiter, items]}`."""

    delimiter: str
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class StrReplace:
    """`{str_replace: {template, params}}`: every key of `params` in `template` is replaced at once."""

    template: Value
    params: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class NotIn:
    """`{not: {contains: [item, items]}}`: a condition."""

    item: str
    items: GetParam


Function: TypeAlias = "GetParam | GetResource | GetAttr | ListJoin | StrReplace"
Value: TypeAlias = "Function | str | int | bool | list[Value] | Mapping[str, Value]"

BUILTIN: Pointer | None = None
"""The origin of what no single property of the spec asked for."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A template parameter; one without `default` must be given at create."""

    name: str
    type: str
    label: str
    description: str
    default: str | None = None
    hidden: bool = False
    constraints: tuple[Mapping[str, Value], ...] = ()

    @property
    def ref(self) -> GetParam:
        """The reference to its value."""
        return GetParam(self.name)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource; `origin` is the spec's pointer that asked for it, or BUILTIN.

    While its `condition` does not hold, there is none, and nobody waits for it.
    """

    id: str
    type: str
    properties: Mapping[str, Value]
    depends_on: tuple[str, ...] = ()
    deletion_policy: str | None = None
    condition: NotIn | None = None
    origin: Pointer | None = BUILTIN

    @property
    def ref(self) -> GetResource:
        """The reference to its physical id."""
        return GetResource(self.id)

    def attr(self, *path: str | int) -> GetAttr:
        """The reference to one of its attributes."""
        return GetAttr(self.id, path)


@dataclass(frozen=True, slots=True)
class Output:
    """A stack output."""

    name: str
    description: str
    value: Value


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """A heading that dashboards show parameters under."""

    label: str
    description: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A whole template, in the order it is written."""

    version: str
    description: str
    groups: tuple[ParameterGroup, ...]
    parameters: tuple[Parameter, ...]
    resources: tuple[Resource, ...]
    outputs: tuple[Output, ...]

    def owned_by(self, origin: Pointer) -> frozenset[str]:
        """The ids of the resources that exist because of the property at `origin` or below it."""
        return frozenset(r.id for r in self.resources if f"{r.origin}/".startswith(f"{origin}/"))

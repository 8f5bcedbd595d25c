"""Template to plain data, in the order that a HOT is read in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jeroboam.hot.types import (
    GetAttr,
    GetParam,
    GetResource,
    ListJoin,
    Output,
    Parameter,
    Resource,
    StrReplace,
    Template,
    Value,
)


def document(template: Template) -> dict[str, Any]:
    """The template as Heat's own sections; empty ones are left out."""
    sections: dict[str, Any] = {
        "heat_template_version": template.version,
        "description": template.description,
        "parameter_groups": [
            {"label": group.label, "description": group.description, "parameters": list(group.parameters)}
            for group in template.groups
        ],
        "parameters": {parameter.name: _parameter(parameter) for parameter in template.parameters},
        "resources": {resource.id: _resource(resource) for resource in template.resources},
        "outputs": {output.name: _output(output) for output in template.outputs},
    }
    return {name: section for name, section in sections.items() if section}


def plain(value: Value) -> Any:
    """A value with its functions written as mappings."""
    match value:
        case GetParam(name):
            return {"get_param": name}
        case GetResource(id):
            return {"get_resource": id}
        case GetAttr(id, path):
            return {"get_attr": [id, *path]}
        case ListJoin(delimiter, items):
            return {"list_join": [delimiter, [plain(item) for item in items]]}
        case StrReplace(template, params):
            return {"str_replace": {"template": plain(template), "params": {k: plain(v) for k, v in params}}}
        case list():
            return [plain(item) for item in value]
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case _:
            return value


def _parameter(parameter: Parameter) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": parameter.type,
        "label": parameter.label,
        "description": parameter.description,
    }
    if parameter.default is not None:
        entry["default"] = parameter.default
    if parameter.hidden:
        entry["hidden"] = True
    if parameter.constraints:
        entry["constraints"] = [dict(constraint) for constraint in parameter.constraints]
    return entry


def _resource(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": resource.type}
    if resource.condition:
        item, items = resource.condition.item, resource.condition.items
        entry["condition"] = {"not": {"contains": [item, plain(items)]}}
    if resource.depends_on:
        entry["depends_on"] = list(resource.depends_on)
    if resource.deletion_policy:
        entry["deletion_policy"] = resource.deletion_policy
    if resource.properties:
        entry["properties"] = plain(resource.properties)
    return entry


def _output(output: Output) -> dict[str, Any]:
    return {"description": output.description, "value": plain(output.value)}

"""The layout `nested`: each node group in a template of its own, one resource of the parent.

What a group's resources read from outside becomes a parameter of the child, what others read from
them an output; so a group is cut out by its references alone, whatever it consists of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jeroboam.hot.parameters import without_unused
from jeroboam.hot.references import Reference, references, rewritten
from jeroboam.hot.types import (
    GetAttr,
    GetParam,
    GetResource,
    Output,
    Parameter,
    Resource,
    Template,
    Value,
)


@dataclass(frozen=True, slots=True)
class Nested:
    """A parent and its children by the path that the parent names them by."""

    parent: Template
    children: Mapping[str, Template]

    @property
    def resource_count(self) -> int:
        """Resources of all of them, as Heat counts a stack and what is nested below it."""
        return sum(len(template.resources) for template in (self.parent, *self.children.values()))


def nested(template: Template, groups: Mapping[str, frozenset[str]]) -> Nested:
    """`template` with each group (name to ids of its resources) moved into a child template."""
    children: dict[str, Template] = {}
    parent = template
    for name, ids in groups.items():
        path = f"nested/{name}.yaml"
        parent, children[path] = _cut(parent, name, path, ids)
    return Nested(without_unused(parent), children)


def _cut(template: Template, name: str, path: str, ids: frozenset[str]) -> tuple[Template, Template]:
    inside = [resource for resource in template.resources if resource.id in ids]
    outside = [resource for resource in template.resources if resource.id not in ids]
    holder = f"{name}-nodes"

    def is_inside(reference: Reference) -> bool:
        return not isinstance(reference, GetParam) and reference.id in ids

    passed = {
        _name(ref): ref
        for resource in inside
        for ref in references(resource.properties)
        if not is_inside(ref)
    }
    read = {
        _name(ref): ref
        for value in (*(r.properties for r in outside), *(o.value for o in template.outputs))
        for ref in references(value)
        if is_inside(ref)
    }
    waits = {needed for resource in inside for needed in resource.depends_on if needed not in ids}
    child = Template(
        version=template.version,
        description=f"Node group {name}",
        groups=(),
        parameters=tuple(_parameter(template, key, ref) for key, ref in passed.items()),
        resources=tuple(
            replace(
                resource,
                properties=_mapping(
                    rewritten(
                        resource.properties, lambda ref: ref if is_inside(ref) else GetParam(_name(ref))
                    )
                ),
                depends_on=tuple(needed for needed in resource.depends_on if needed in ids),
            )
            for resource in inside
        ),
        outputs=tuple(Output(key, "Read by the parent template.", ref) for key, ref in read.items()),
    )
    group = Resource(
        id=holder,
        type=path,
        properties=dict(passed),
        depends_on=tuple(sorted(waits)),
        origin=inside[0].origin,
    )

    def from_child(reference: Reference) -> Value:
        return GetAttr(holder, (_name(reference),)) if is_inside(reference) else reference

    parent = replace(
        template,
        resources=(
            *(replace(r, properties=_mapping(rewritten(r.properties, from_child))) for r in outside),
            group,
        ),
        outputs=tuple(
            Output(output.name, output.description, rewritten(output.value, from_child))
            for output in template.outputs
        ),
    )
    return parent, child


def _name(reference: Reference) -> str:
    match reference:
        case GetParam(name):
            return name
        case GetResource(resource):
            return f"{resource}-id"
        case GetAttr(resource, path):
            return "-".join((resource, *(str(step) for step in path)))


def _parameter(template: Template, name: str, reference: Reference) -> Parameter:
    if isinstance(reference, GetParam):
        wanted = next(p for p in template.parameters if p.name == reference.name)
        # The parent decides the value; a second default here could only disagree with it.
        return replace(wanted, default=None)
    return Parameter(name, "string", name, "Passed by the parent template.")


def _mapping(value: Value) -> Mapping[str, Value]:
    assert isinstance(value, Mapping)
    return value

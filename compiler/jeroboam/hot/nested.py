"""The layout `nested`: each node group in a template of its own, one resource of the parent.

What a group's resources read from outside becomes a parameter of the child, what others read from
them an output; so a group is cut out by its references alone, whatever it consists of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    homes = {one: name for name, ids in groups.items() for one in ids}
    inside: dict[str | None, list[Resource]] = {None: [], **{name: [] for name in groups}}
    for resource in template.resources:
        inside[homes.get(resource.id)].append(resource)
    passed = {name: _from_outside(name, inside[name], homes) for name in groups}
    read = _read_inside((*inside[None], *template.outputs), passed, homes)

    def from_child(reference: Reference) -> Value:
        home = _home(reference, homes)
        return reference if home is None else GetAttr(_holder(home), (_name(reference),))

    parameters = {parameter.name: parameter for parameter in template.parameters}
    children = {
        _path(name): _child(template.version, name, inside[name], passed[name], read[name], parameters, homes)
        for name in groups
    }
    holders = (
        Resource(
            id=_holder(name),
            type=_path(name),
            properties={key: from_child(ref) for key, ref in passed[name].items()},
            depends_on=tuple(sorted({n for r in inside[name] for n in r.depends_on if homes.get(n) != name})),
            origin=inside[name][0].origin,
        )
        for name in groups
    )
    parent = replace(
        template,
        resources=(
            *(replace(r, properties=_mapping(rewritten(r.properties, from_child))) for r in inside[None]),
            *holders,
        ),
        outputs=tuple(
            Output(output.name, output.description, rewritten(output.value, from_child))
            for output in template.outputs
        ),
    )
    return Nested(without_unused(parent), children)


def _from_outside(group: str, inside: Iterable[Resource], homes: Mapping[str, str]) -> dict[str, Reference]:
    """What the resources of a group read from outside of it, by the name of the child's parameter."""
    return {
        _name(ref): ref
        for resource in inside
        for ref in (*references(resource.properties), *_asked(resource))
        if _home(ref, homes) != group
    }


def _asked(resource: Resource) -> tuple[Reference, ...]:
    """What its condition reads."""
    return (resource.condition.items,) if resource.condition else ()


def _read_inside(
    readers: Iterable[Resource | Output],
    passed: Mapping[str, Mapping[str, Reference]],
    homes: Mapping[str, str],
) -> dict[str, dict[str, Reference]]:
    """What others read from each group, by the name of the child's output."""
    read: dict[str, dict[str, Reference]] = {name: {} for name in passed}
    values = [r.properties if isinstance(r, Resource) else r.value for r in readers]
    for value in (*values, *passed.values()):
        for reference in references(value):
            home = _home(reference, homes)
            if home is not None:
                read[home][_name(reference)] = reference
    return read


def _child(
    version: str,
    group: str,
    inside: Sequence[Resource],
    passed: Mapping[str, Reference],
    read: Mapping[str, Reference],
    parameters: Mapping[str, Parameter],
    homes: Mapping[str, str],
) -> Template:
    def by_parameter(reference: Reference) -> Value:
        return reference if _home(reference, homes) == group else GetParam(_name(reference))

    return Template(
        version=version,
        description=f"Node group {group}",
        groups=(),
        parameters=tuple(_parameter(key, ref, parameters) for key, ref in passed.items()),
        resources=tuple(
            replace(
                resource,
                properties=_mapping(rewritten(resource.properties, by_parameter)),
                depends_on=tuple(needed for needed in resource.depends_on if homes.get(needed) == group),
            )
            for resource in inside
        ),
        outputs=tuple(Output(key, "Read by the parent template.", ref) for key, ref in read.items()),
    )


def _holder(group: str) -> str:
    """The id of the parent's resource that is the child template of a group."""
    return f"{group}-nodes"


def _path(group: str) -> str:
    return f"nested/{group}.yaml"


def _home(reference: Reference, homes: Mapping[str, str]) -> str | None:
    """The group that a reference leads into; None for a parameter and for what stays in the parent."""
    return None if isinstance(reference, GetParam) else homes.get(reference.id)


def _name(reference: Reference) -> str:
    match reference:
        case GetParam(name):
            return name
        case GetResource(resource):
            return f"{resource}-id"
        case GetAttr(resource, path):
            return "-".join((resource, *(str(step) for step in path)))


def _parameter(name: str, reference: Reference, parameters: Mapping[str, Parameter]) -> Parameter:
    if isinstance(reference, GetParam):
        # The parent decides the value; a second default here could only disagree with it.
        return replace(parameters[reference.name], default=None)
    return Parameter(name, "string", name, "Passed by the parent template.")


def _mapping(value: Value) -> Mapping[str, Value]:
    assert isinstance(value, Mapping)
    return value

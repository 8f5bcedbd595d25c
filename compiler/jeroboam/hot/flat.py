"""Templates, nested ones too, as one mapping of resources whose values speak of no parameter any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_ENDINGS = (".yaml", ".template")
"""How the types of resources end that are nested templates."""


class Key(NamedTuple):
    """A resource: `stack` is empty for the top one, else the holder's name in it, such as `default-nodes`."""

    stack: str
    name: str


@dataclass(frozen=True, slots=True)
class Templates:
    """A template with the nested ones by the name that it has for each, all as plain data.

    `parameters` are the values known, without hidden ones; `fresh` are the names of hidden parameters whose
    value is known to be another than the stack has.
    """

    main: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of a resource."""

    key: Key


@dataclass(frozen=True, slots=True)
class Attr:
    """An attribute of a resource."""

    key: Key
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden parameter; two compare equal unless one is known to have changed."""

    name: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter's value, and where it came from; `value` is None where it is not known."""

    name: str
    value: Any


class Flat(NamedTuple):
    """A resource; its properties hold Ref, Attr, Hidden and Param where the template has functions."""

    type: str
    properties: Mapping[str, Any]
    deletion_policy: str
    depends_on: tuple[str, ...]


class _Scope(NamedTuple):
    stack: str
    template: Mapping[str, Any]
    parameters: Mapping[str, Any]


def flattened(templates: Templates) -> dict[Key, Flat]:
    """Every resource but those that only hold a nested template; in the templates' order."""
    return dict(_resources(templates, _top(templates)))


def nested_in(template: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, str]:
    """The resources of a template that hold a nested one, each with the name of its file."""
    found: dict[str, str] = {}
    for name, resource in (template.get("resources") or {}).items():
        file = _file(str(resource.get("type")), files)
        if file is not None:
            found[name] = file
    return found


def named_files(template: Mapping[str, Any]) -> tuple[str, ...]:
    """The nested templates that a template names, as it names them."""
    types = (str(resource.get("type")) for resource in (template.get("resources") or {}).values())
    return tuple(sorted({name for name in types if name.endswith(_ENDINGS)}))


def symbols(value: Any) -> Iterator[Ref | Attr | Hidden | Param]:
    """All of these in a value, and what parameters passed on."""
    match value:
        case Param():
            yield value
            yield from symbols(value.value)
        case Ref() | Attr() | Hidden():
            yield value
        case Mapping():
            for item in value.values():
                yield from symbols(item)
        case list():
            for item in value:
                yield from symbols(item)


def _top(templates: Templates) -> _Scope:
    values: dict[str, Any] = {}
    for name, schema in (templates.main.get("parameters") or {}).items():
        if schema.get("hidden"):
            values[name] = Hidden(name, name in templates.fresh)
        else:
            values[name] = Param(name, templates.parameters.get(name, schema.get("default")))
    return _Scope("", templates.main, values)


def _resources(templates: Templates, scope: _Scope) -> Iterator[tuple[Key, Flat]]:
    for name, resource in (scope.template.get("resources") or {}).items():
        child = _child(templates, scope, name)
        if child is not None:
            yield from _resources(templates, child)
            continue
        if not _is_there(resource, scope):
            continue
        depends = resource.get("depends_on") or ()
        yield (
            Key(scope.stack, name),
            Flat(
                type=str(resource.get("type")),
                properties=_substituted(resource.get("properties") or {}, templates, scope),
                deletion_policy=str(resource.get("deletion_policy") or "delete").lower(),
                depends_on=(depends,) if isinstance(depends, str) else tuple(sorted(depends)),
            ),
        )


def _is_there(resource: Mapping[str, Any], scope: _Scope) -> bool:
    """Whether a resource's condition holds: it is one on the parameter that takes nodes out."""
    match resource.get("condition"):
        case {"not": {"contains": [item, {"get_param": str(name)}]}}:
            return item not in _items(scope.parameters.get(name))
    return True


def _items(value: Any) -> Sequence[Any]:
    """A list that was given to a stack, as text or as it is."""
    while isinstance(value, Param):
        value = value.value
    return value.split(",") if isinstance(value, str) else value if isinstance(value, list) else ()


def _child(templates: Templates, scope: _Scope, name: str) -> _Scope | None:
    resource = (scope.template.get("resources") or {}).get(name) or {}
    file = _file(str(resource.get("type")), templates.files)
    if file is None:
        return None
    template = templates.files[file]
    given = _substituted(resource.get("properties") or {}, templates, scope)
    values = {
        parameter: given.get(parameter, Param(parameter, schema.get("default")))
        for parameter, schema in (template.get("parameters") or {}).items()
    }
    return _Scope("/".join(filter(None, (scope.stack, name))), template, values)


def _file(type_name: str, files: Mapping[str, Any]) -> str | None:
    if not type_name.endswith(_ENDINGS):
        return None
    # `openstack stack create` names files by URL, we by path.
    ending = "/".join(type_name.split("/")[-2:])
    return next((file for file in files if file == type_name or file.endswith(f"/{ending}")), None)


def _substituted(value: Any, templates: Templates, scope: _Scope) -> Any:
    match value:
        case {"get_param": name} if len(value) == 1:
            return _parameter(name, scope)
        case {"get_resource": name} if len(value) == 1:
            return Ref(Key(scope.stack, str(name)))
        case {"get_attr": [name, *path]} if len(value) == 1:
            return _attribute(str(name), tuple(map(str, path)), templates, scope)
        case Mapping():
            return {key: _substituted(item, templates, scope) for key, item in value.items()}
        case list():
            return [_substituted(item, templates, scope) for item in value]
        case _:
            return value


def _parameter(name: Any, scope: _Scope) -> Any:
    if isinstance(name, str):
        return scope.parameters.get(name, Param(name, None))
    first, *path = name
    return Param(str(first), {"get_param": [scope.parameters.get(str(first)), *path]})


def _attribute(name: str, path: tuple[str, ...], templates: Templates, scope: _Scope) -> Any:
    child = _child(templates, scope, name)
    if child is None:
        return Attr(Key(scope.stack, name), path)
    output = (child.template.get("outputs") or {}).get(path[0] if path else "") or {}
    value = _substituted(output.get("value"), templates, child)
    return Attr(value.key, (*value.path, *path[1:])) if isinstance(value, Attr) else value

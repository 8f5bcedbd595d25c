"""What a resource type stands for: environments, Heat's own registry, and templates as types.

Facts: heat/engine/environment.py, heat/common/environment_format.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from jeroboam.diagnostics import Diagnostic, Position, Span, diagnose
from jeroboam.lint.schemas import default_registry, resource_schema
from jeroboam.lint.template import mapping, read_yaml
from jeroboam.lint.values import near
from jeroboam.source import Place, SourceMap, located
from jeroboam.source.files import beside
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import found, listed, shown

_MAPPINGS = ("parameters", "parameter_defaults", "resource_registry", "parameter_merge_strategies")
_SECTIONS = (*_MAPPINGS, "event_sinks", "encrypted_param_names")
_TEMPLATES = (".yaml", ".template")
_MOST_STEPS = 16
"""Types that one type may lead to; each maps to the next."""


@dataclass(frozen=True, slots=True)
class TypeTarget:
    """What a type is in the end: the name of one, or the path of a template with the span that names it."""

    name: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class TypeRegistry:
    """The `resource_registry` of environments, later ones first: types or patterns, and what they stand for.

    `by_name` are patterns of resources' names whose type is another. `parameters` are the places of
    parameters that an environment gives, `defaults` the names that `parameter_defaults` has.
    """

    types: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Place] = field(default_factory=dict)
    defaults: frozenset[str] = frozenset()


def is_template(name: str) -> bool:
    """Whether a type is the path or the URL of a template."""
    return name.endswith(_TEMPLATES)


def is_remote(path: str) -> bool:
    """Whether it is somewhere else than among files."""
    return "://" in path


def target(registry: TypeRegistry, name: str, kind: str, source: str) -> TypeTarget:
    """What the type of the resource `name` stands for, in a template that is called `source`."""
    kind = next((to for pattern, to in registry.by_name.items() if fnmatchcase(name, pattern)), kind)
    for _ in range(_MOST_STEPS):
        to = _mapped(registry.types, kind)
        if to is None and resource_schema(kind) is None:
            to = _mapped(default_registry(), kind)
        if to is None or to == kind:
            break
        if is_template(to):
            return TypeTarget(kind, to)
        kind = to
    if is_template(kind):
        return TypeTarget(kind, kind if is_remote(kind) else beside(kind, source))
    return TypeTarget(kind)


def read_environment(text: str, source: str) -> tuple[TypeRegistry, tuple[Diagnostic, ...]]:
    """An environment's registry, with paths as seen from where `source` is, and what is wrong with it."""
    read = read_yaml(text, source)
    if read.value is None:
        return TypeRegistry(), read.diagnostics
    data, places = read.value
    problems = tuple(_problems(data, source))
    known = mapping(data)
    types: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for kind, to in mapping(known.get("resource_registry")).items():
        if kind == "resources":
            by_name = dict(_by_name(to, source))
        elif isinstance(to, str):
            types[kind] = _seen(to, source)
    parameters = {name: places[child("/parameters", name)] for name in mapping(known.get("parameters"))}
    defaults = frozenset(mapping(known.get("parameter_defaults")))
    return TypeRegistry(types, by_name, parameters, defaults), (*read.diagnostics, *_placed(problems, places))


def merged_registry(registries: Sequence[TypeRegistry]) -> TypeRegistry:
    """Of several environments; later ones win."""
    types: dict[str, str] = {}
    by_name: dict[str, str] = {}
    parameters: dict[str, Place] = {}
    for registry in registries:
        types |= registry.types
        by_name |= registry.by_name
        parameters |= registry.parameters
    defaults = frozenset[str]().union(*(registry.defaults for registry in registries))
    return TypeRegistry(types, by_name, parameters, defaults)


def check_given(registry: TypeRegistry, known: Mapping[str, Any], template: str) -> Iterator[Diagnostic]:
    """Parameters that environments give and the template lacks: Heat refuses them."""
    for name, place in registry.parameters.items():
        if name not in known:
            advice = near(
                name, known, "remove it, or declare it in the template; parameter_defaults may have more"
            )
            why = f"'{template}' has no parameter '{shown(name)}'"
            span = place.key_span or place.value_span
            yield diagnose(
                "JB0890", child("/parameters", name), span=span, path=place.source, why=why, advice=advice
            )


def _problems(data: Any, source: str) -> Iterator[Diagnostic]:
    start = Span(source, Position(1, 1), Position(1, 1))
    if data is not None and not isinstance(data, dict):
        why = f"it is {found(data)}, no mapping"
        advice = f"its sections are: {listed(_SECTIONS)}"
        yield diagnose("JB0890", span=start, path=source, why=why, advice=advice)
    for name, section in mapping(data).items():
        if name not in _SECTIONS:
            advice = near(name, _SECTIONS, f"its sections are: {listed(_SECTIONS)}")
            why = f"'{shown(name)}' is no section of one"
            yield diagnose("JB0890", child("", name), at_key=True, path=source, why=why, advice=advice)
        elif name in _MAPPINGS and not isinstance(section, dict):
            why = f"'{name}' is {found(section)}, no mapping"
            yield diagnose(
                "JB0890",
                child("", name),
                at_key=True,
                path=source,
                why=why,
                advice="remove it, or fill it in",
            )


def _placed(findings: Sequence[Diagnostic], places: SourceMap) -> tuple[Diagnostic, ...]:
    return located(findings, places)


def _by_name(entries: Any, source: str) -> Iterator[tuple[str, str]]:
    """Resources of the first stack alone: what is further down has other types only for some stacks."""
    for name, entry in mapping(entries).items():
        for key, to in mapping(entry).items():
            if isinstance(to, str) and key not in ("hooks", "restricted_actions"):
                yield name, _seen(to, source)


def _seen(to: str, source: str) -> str:
    return beside(to, source) if is_template(to) and not is_remote(to) else to


def _mapped(types: Mapping[str, str], kind: str) -> str | None:
    """What a type maps to: by its name, else by the longest pattern."""
    if kind in types:
        return types[kind]
    fitting = [pattern for pattern in types if pattern.endswith("*") and kind.startswith(pattern[:-1])]
    if not fitting:
        return None
    pattern = max(fitting, key=len)
    to = types[pattern]
    return to[:-1] + kind[len(pattern) - 1 :] if to.endswith("*") else to

"""Names: those that nothing has, those that nothing uses, and circles.

Facts: heat/engine/stack.py, heat/engine/rsrc_defn.py (what a resource depends on), heat/engine/conditions.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.lint.calls import ConditionName, FunctionCall, Standing
from jeroboam.lint.schemas import ResourceSchema
from jeroboam.lint.template import PSEUDO_PARAMETERS, HotTemplate
from jeroboam.lint.values import near
from jeroboam.source.pointers import child, tokens
from jeroboam.spec.phrases import listed, shown

_ATTRIBUTES = frozenset({"GetAttThenSelect", "GetAtt", "GetAttAllAttributes"})
_RESOURCES = _ATTRIBUTES | {"GetResource", "CfnRef"}
_DEPENDING = ("properties", "metadata")
"""Parts of a resource whose references Heat orders resources by."""


def check_references(
    template: HotTemplate,
    uses: Iterable[FunctionCall | ConditionName],
    types: Mapping[str, ResourceSchema | None],
) -> Iterator[Diagnostic]:
    """All references of a template; `types` are the schemas of its resources, None where one is not known."""
    found = [use for use in uses if isinstance(use, ConditionName) or use.standing is Standing.KNOWN]
    calls = [use for use in found if isinstance(use, FunctionCall)]
    asked = [use for use in found if isinstance(use, ConditionName)]
    late = ("/outputs/", *(f"{child('/conditions', name)}/" for name in _unasked(template, asked)))
    for call in calls:
        yield from _call(template, call, types, late=call.pointer.startswith(late))
    yield from _dependencies(template)
    yield from _conditions(template, asked)
    yield from _unused_parameters(template, calls)
    for name in template.section("parameters"):
        if name in template.section("resources"):
            where = child("/resources", name)
            yield diagnose("JB0837", where, at_key=True, name=shown(name))
    for circle in _circles(_needs(template, calls)):
        names = listed((f"'{shown(name)}'" for name in circle), " and ")
        yield diagnose("JB0834", child("/resources", circle[0]), at_key=True, names=names)


def _call(
    template: HotTemplate,
    call: FunctionCall,
    types: Mapping[str, ResourceSchema | None],
    *,
    late: bool,
) -> Iterator[Diagnostic]:
    """`late` where Heat looks up parameters and resources only when it is asked for the value."""
    name, at = _target(call)
    if name is None:
        return
    is_resource = name in template.section("resources")
    if call.kind == "GetParam" and not _is_parameter(name, template):
        yield _no_parameter(name, at, template, late=late)
    elif call.kind in _ATTRIBUTES and is_resource:
        yield from _attribute(template, call, name, types.get(name))
    elif call.kind in _RESOURCES and not is_resource and not _is_meant_parameter(call, name, template):
        yield _no_resource(name, at, template, late=late and call.kind not in _ATTRIBUTES)


def _target(call: FunctionCall) -> tuple[str | None, Pointer]:
    """The name that a call refers to and where it stands; None where it is computed."""
    arguments = call.arguments
    if isinstance(arguments, list) and arguments and call.kind != "GetResource":
        return (arguments[0] if isinstance(arguments[0], str) else None), child(call.pointer, 0)
    return (arguments if isinstance(arguments, str) else None), call.pointer


def _is_parameter(name: str, template: HotTemplate) -> bool:
    return name in template.section("parameters") or name in PSEUDO_PARAMETERS


def _is_meant_parameter(call: FunctionCall, name: str, template: HotTemplate) -> bool:
    """Whether a function that may name either names a parameter."""
    return call.kind == "CfnRef" and _is_parameter(name, template)


def _no_parameter(name: str, at: Pointer, template: HotTemplate, *, late: bool) -> Diagnostic:
    known = (*template.section("parameters"), *PSEUDO_PARAMETERS)
    otherwise = "declare it under 'parameters'"
    if name in template.section("resources"):
        otherwise = f"'{shown(name)}' is a resource: use get_resource"
    code, advice = "JB0839" if late else "JB0831", near(name, known, otherwise)
    return diagnose(code, at, what="parameter", name=shown(name), advice=advice)


def _no_resource(name: str, at: Pointer, template: HotTemplate, *, late: bool = False) -> Diagnostic:
    otherwise = "declare it under 'resources'"
    if name in template.section("parameters"):
        otherwise = f"'{shown(name)}' is a parameter: use get_param"
    advice = near(name, template.section("resources"), otherwise)
    code = "JB0839" if late else "JB0830"
    return diagnose(code, at, what="resource", name=shown(name), advice=advice)


def _attribute(
    template: HotTemplate, call: FunctionCall, name: str, schema: ResourceSchema | None
) -> Iterator[Diagnostic]:
    if schema is None or schema.attributes is None or len(call.arguments) == 1:
        return
    attribute = call.arguments[1]
    if isinstance(attribute, str) and attribute not in schema.attributes:
        if schema.nested and attribute.startswith("resource."):
            return
        advice = near(attribute, sorted(schema.attributes), f"it has: {listed(sorted(schema.attributes))}")
        where = child(call.pointer, 1)
        kind = template.resources[name].get("type")
        yield diagnose(
            "JB0832", where, resource=shown(name), type=shown(kind), name=shown(attribute), advice=advice
        )


def _dependencies(template: HotTemplate) -> Iterator[Diagnostic]:
    for name, resource in template.resources.items():
        at = child(child("/resources", name), "depends_on")
        needs = resource.get("depends_on")
        if isinstance(needs, str) and needs not in template.section("resources"):
            yield _no_resource(needs, at, template)
        for index, need in enumerate(needs if isinstance(needs, list) else ()):
            if isinstance(need, str) and need not in template.section("resources"):
                yield _no_resource(need, child(at, index), template)


def _unasked(template: HotTemplate, asked: Iterable[ConditionName]) -> set[str]:
    """Conditions that no resource, output or `if` asks, nor a condition that is asked."""
    names = {child("/conditions", name): name for name in template.section("conditions")}
    by: dict[str | None, set[str]] = {}
    for name, pointer in asked:
        within = next((n for at, n in names.items() if pointer.startswith(f"{at}/")), None)
        by.setdefault(within if pointer.startswith("/conditions/") else None, set()).add(str(name))
    reached: set[str] = set()
    ahead = list(by.get(None, ()))
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += by.get(name, ())
    return set(names.values()) - reached


def _conditions(template: HotTemplate, asked: Iterable[ConditionName]) -> Iterator[Diagnostic]:
    known = template.section("conditions")
    used: set[str] = set()
    needs: dict[str, set[str]] = {name: set() for name in known}
    for name, pointer in asked:
        if isinstance(name, str) and name in known:
            used.add(name)
            if pointer.startswith("/conditions/"):
                needs[tokens(pointer)[1]].add(name)
        elif name is not None:
            advice = near(str(name), known, "declare it under 'conditions'")
            yield diagnose("JB0833", pointer, name=shown(name), advice=advice)
    for circle in _circles(needs):
        names = listed((f"'{shown(name)}'" for name in circle), " and ")
        yield diagnose("JB0834", child("/conditions", circle[0]), at_key=True, names=names)
    for name in known:
        if name not in used:
            yield diagnose("JB0836", child("/conditions", name), at_key=True, name=shown(name))


def _unused_parameters(template: HotTemplate, calls: Iterable[FunctionCall]) -> Iterator[Diagnostic]:
    read: set[str] = set()
    for call in calls:
        if call.kind in ("GetParam", "CfnRef"):
            name, _ = _target(call)
            if name is None:
                return  # Which one is computed: it may be any.
            read.add(name)
    for name in template.section("parameters"):
        if name not in read:
            yield diagnose("JB0835", child("/parameters", name), at_key=True, name=shown(name))


def _needs(template: HotTemplate, calls: Iterable[FunctionCall]) -> dict[str, set[str]]:
    """Which resources a resource needs in any case, whatever conditions say."""
    known = template.resources
    needs: dict[str, set[str]] = {name: set() for name in known}
    for call in calls:
        name, _ = _target(call)
        certain = call.within and not call.maybe and tokens(call.pointer)[2] in _DEPENDING
        if certain and call.kind in _RESOURCES and call.within and name is not None and name in known:
            needs[call.within].add(name)
    for name, resource in known.items():
        others: Any = resource.get("depends_on")
        if "condition" not in resource:
            several = [others] if isinstance(others, str) else others if isinstance(others, list) else []
            needs[name].update(other for other in several if isinstance(other, str) and other in known)
    return needs


def _circles(needs: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """Circles in a graph, each once, from the member that is named first; chains are long: no recursion."""
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            path.append(start)
            stack.append((start, iter(sorted(needs[start]))))
        on_path = set(path)
        while stack:
            name, others = stack[-1]
            other = next(others, None)
            if other is None:
                stack.pop()
                path.pop()
                on_path.discard(name)
                done.add(name)
            elif other in on_path:
                yield tuple(path[path.index(other) :])
            elif other not in done:
                path.append(other)
                on_path.add(other)
                stack.append((other, iter(sorted(needs[other]))))

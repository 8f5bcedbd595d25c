"""Parameters: their types, constraints, defaults and groups.

Facts: heat/engine/hot/parameters.py, heat/engine/parameters.py and heat/engine/parameter_groups.py;
`bool_from_string` of oslo.utils.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.lint.definitions import unknown_key
from jeroboam.lint.schemas import custom_constraints
from jeroboam.lint.secrets import is_secret
from jeroboam.lint.template import HotTemplate
from jeroboam.lint.values import allowed, is_number, near
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import found, listed, shown

TYPES = ("string", "number", "comma_delimited_list", "json", "boolean")
_TRUTHS = frozenset({"1", "t", "true", "on", "y", "yes", "0", "f", "false", "off", "n", "no"})
# The types that each kind of constraint is for, and the keys that it has.
_CONSTRAINTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "range": (frozenset({"number"}), frozenset({"min", "max"})),
    "length": (frozenset({"string", "comma_delimited_list", "json"}), frozenset({"min", "max"})),
    "modulo": (frozenset({"number"}), frozenset({"step", "offset"})),
    "allowed_values": (frozenset(TYPES) - {"json"}, frozenset()),
    "allowed_pattern": (frozenset({"string"}), frozenset()),
    "custom_constraint": (frozenset(TYPES) - {"json"}, frozenset()),
}


def check_parameters(template: HotTemplate) -> Iterator[Diagnostic]:
    """Each parameter, and the groups of parameters."""
    for name, parameter in template.section("parameters").items():
        yield from _parameter(template, child("/parameters", name), name, parameter)
    yield from _groups(template)


def parsed_default(parameter: Mapping[str, Any]) -> Any:
    """A default as Heat hands it to the template. Raises TypeError or ValueError for one of another type."""
    default, kind = parameter["default"], parameter.get("type")
    if kind == "number":
        return default if isinstance(default, int | float) else float(default)
    if kind == "boolean":
        if str(default).lower() not in _TRUTHS:
            raise ValueError
        return str(default).lower()
    if kind == "comma_delimited_list":
        if not isinstance(default, list | str):
            raise TypeError
        return [str(item) for item in default] if isinstance(default, list) else default.split(",")
    if kind == "json":
        return json.loads(default) if isinstance(default, str) and default else default
    return str(default)


def _parameter(template: HotTemplate, at: Pointer, name: str, parameter: Any) -> Iterator[Diagnostic]:
    version, what = template.version, f"the parameter '{shown(name)}'"
    if not isinstance(parameter, dict):
        yield diagnose("JB0806", at, expected="a mapping", what=what, found=found(parameter))
        return
    for key in parameter:
        if key not in version.parameter:
            yield unknown_key(child(at, key), key, version.parameter, "a parameter", version)
    kind = parameter.get("type")
    if "type" not in parameter:
        yield diagnose("JB0808", at, at_key=True, what=what, name="type")
    elif kind not in TYPES:
        advice = near(str(kind), TYPES, f"the types are {listed(TYPES)}")
        where = child(at, "type")
        yield diagnose("JB0851", where, problem=f"'{shown(kind)}' is no type of a parameter", advice=advice)
    if not isinstance(parameter.get("tags", []), list):
        where = child(at, "tags")
        yield diagnose("JB0806", where, expected="a list", what="'tags'", found=found(parameter["tags"]))
    if kind in TYPES:
        yield from _constraints_and_default(template, at, name, parameter)


def _constraints_and_default(
    template: HotTemplate, at: Pointer, name: str, parameter: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    given, sound = parameter.get("constraints"), []
    if given is not None and not isinstance(given, list):
        where = child(at, "constraints")
        yield diagnose("JB0806", where, expected="a list", what="'constraints'", found=found(given))
        given = None
    for index, constraint in enumerate(given or ()):
        problem = _constraint_problem(constraint, parameter["type"], modulo=template.version.modulo)
        if problem is None:
            sound.append(constraint)
        else:
            where = child(child(at, "constraints"), index)
            yield diagnose("JB0851", where, problem=problem[0], advice=problem[1])
    yield from _default(at, name, parameter, sound)


def _constraint_problem(constraint: Any, kind: str, *, modulo: bool) -> tuple[str, str] | None:
    """What is wrong with a constraint, and what to do."""
    if not isinstance(constraint, dict):
        return f"a constraint is {found(constraint)}, no mapping", "write such as: - length: {max: 8}"
    known = [name for name in _CONSTRAINTS if name != "modulo" or modulo]
    strange = next((key for key in constraint if key not in (*known, "description")), None)
    if strange is not None:
        return f"'{shown(strange)}' is no constraint", near(strange, known, f"these are: {listed(known)}")
    # Heat takes one of a mapping, in this order.
    order = ("modulo", "range", "length", "allowed_values", "allowed_pattern", "custom_constraint")
    name = next((key for key in order if key in constraint), None)
    if name is None:
        return "a constraint says nothing", f"these are known: {listed(known)}"
    kinds, keys = _CONSTRAINTS[name]
    if kind not in kinds:
        return f"'{name}' is no constraint of type {kind}", f"it is for {listed(sorted(kinds))}"
    return _argument_problem(name, constraint[name], keys)


def _argument_problem(name: str, value: Any, keys: frozenset[str]) -> tuple[str, str] | None:
    if keys:
        numbers = isinstance(value, dict) and value and value.keys() <= keys
        if (
            not numbers
            or not all(is_number(one) for one in value.values())
            or (name == "modulo" and len(value) < len(keys))
        ):
            return f"'{name}' needs numbers as {listed(sorted(keys))}", "write such as: {min: 1, max: 8}"
    elif name == "allowed_values" and not isinstance(value, list):
        return f"'{name}' is {found(value)}, no list", "write such as: [one, two]"
    elif name == "allowed_pattern":
        try:
            re.compile(value)
        except (re.error, TypeError, RecursionError, OverflowError):
            return "the pattern is no regular expression", "write one as Python's module re has them"
    elif name == "custom_constraint" and value not in custom_constraints():
        known = custom_constraints()
        return f"heat has no custom constraint '{shown(value)}'", near(
            str(value), known, "see Heat's guide for those"
        )
    return None


def _default(
    at: Pointer, name: str, parameter: Mapping[str, Any], constraints: list[Mapping[str, Any]]
) -> Iterator[Diagnostic]:
    if parameter.get("default") is None:
        return
    where, kind = child(at, "default"), parameter["type"]
    secret = is_secret(name) or bool(parameter.get("hidden"))
    quoted = "…" if secret else f"'{shown(parameter['default'])}'"
    try:
        default = parsed_default(parameter)
    except (TypeError, ValueError):
        yield diagnose(
            "JB0850",
            where,
            name=name,
            problem=f"{quoted}, of another type than {kind}",
            advice=f"write one of type {kind}",
        )
        return
    for constraint in constraints:
        try:
            why = allowed(default, constraint, kind)
        except (TypeError, ValueError):
            continue
        if why is not None:
            advice = "Heat refuses the template: change the default or the constraint"
            yield diagnose("JB0850", where, name=name, problem=f"{quoted}: {why}", advice=advice)


def _groups(template: HotTemplate) -> Iterator[Diagnostic]:
    groups = template.data.get("parameter_groups")
    if not groups:
        return
    if not isinstance(groups, list):
        yield diagnose(
            "JB0806", "/parameter_groups", expected="a list", what="'parameter_groups'", found=found(groups)
        )
        return
    seen: set[str] = set()
    for index, group in enumerate(groups):
        at = child("/parameter_groups", index)
        names = group.get("parameters") if isinstance(group, dict) else None
        if not isinstance(names, list):
            problem = "a parameter group lacks its list of parameters"
            yield diagnose("JB0838", at, problem=problem, advice="add 'parameters', a list of names")
            continue
        for place, name in enumerate(names):
            where = child(child(at, "parameters"), place)
            if not isinstance(name, str) or name not in template.section("parameters"):
                advice = near(str(name), template.section("parameters"), "remove it from the group")
                yield diagnose(
                    "JB0838", where, problem=f"there is no parameter '{shown(name)}'", advice=advice
                )
            elif name in seen:
                problem = f"the parameter '{shown(name)}' is in the groups twice"
                yield diagnose("JB0838", where, problem=problem, advice="leave it in one of them")
            else:
                seen.add(name)

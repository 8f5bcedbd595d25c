"""Properties against their schema: unknown and missing ones, values of another type or not allowed.

Facts: heat/engine/properties.py for what converts into what, heat/engine/constraints.py for constraints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from typing import Any

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.lint.calls import function_in, later_function
from jeroboam.lint.folding import (
    JSON,
    LIST,
    MAP,
    NUMBER,
    TEXT,
    TRUTH,
    FoldingScope,
    Uncertain,
    folded,
    folded_key,
)
from jeroboam.lint.functions import lacking_function
from jeroboam.lint.parts import branches, list_parts
from jeroboam.lint.schemas import PropertySchema
from jeroboam.lint.secrets import check_literal, is_secret
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import found, listed, shown

_NAMES = {
    "String": TEXT,
    "Integer": "an integer",
    "Number": NUMBER,
    "Boolean": TRUTH,
    "List": LIST,
    "Map": MAP,
}
# What a value of a kind is never converted into.
_UNFIT: Mapping[str, frozenset[str]] = {
    "String": frozenset({LIST, MAP, JSON}),
    "Integer": frozenset({LIST, MAP, JSON}),
    "Number": frozenset({LIST, MAP, JSON}),
    "Boolean": frozenset({LIST, MAP, JSON, NUMBER}),
    "List": frozenset({TEXT, NUMBER, TRUTH, MAP}),
    "Map": frozenset({TEXT, NUMBER, TRUTH, LIST}),
}
_CONVERTED: Mapping[str, frozenset[str]] = {"List": frozenset({TEXT}), "Map": frozenset({TEXT, LIST})}
# Patterns that cannot take long: Python's matcher has no limit of time.
_LONGEST_MATCHED, _MOST_REPEATS = 256, 4
_LONGEST_WORD, _MOST_KNOWN = 128, 300
_REPEAT = re.compile(r"[*+{]")
_REPEATED_GROUP = re.compile(r"\)[*+{?]")


@dataclass(frozen=True, slots=True)
class Owner:
    """What the properties are of, as messages name it."""

    name: str
    any_properties: bool = False


def check_properties(
    value: Any, pointer: Pointer, schemas: Mapping[str, PropertySchema], owner: Owner, scope: FoldingScope
) -> Iterator[Diagnostic]:
    """The properties of a resource, or the members of a mapping with a schema."""
    chosen = branches(value, pointer, scope)
    if chosen is not None:
        for branch, at in chosen:
            yield from check_properties(branch, at, schemas, owner, scope)
        return
    if function_in(value, scope.version) or not isinstance(value, dict):
        return
    keys = {folded_key(key, scope): key for key in value}
    known = {name: key for name, key in keys.items() if not isinstance(name, Uncertain)}
    if not owner.any_properties:
        for name in known.keys() - schemas.keys():
            advice = near(name, schemas, f"it has: {listed(sorted(schemas))}" if schemas else "it has none")
            where = child(pointer, known[name])
            yield diagnose("JB0822", where, at_key=True, type=owner.name, name=shown(name), advice=advice)
    for name, schema in schemas.items():
        if name in known:
            yield from check_value(name, value[known[name]], child(pointer, known[name]), schema, scope)
        elif schema.required and keys == known and not any(other in known for other in schema.stand_ins):
            yield diagnose("JB0823", pointer, at_key=True, type=owner.name, name=name)


def check_value(
    name: str, value: Any, pointer: Pointer, schema: PropertySchema, scope: FoldingScope
) -> Iterator[Diagnostic]:
    """One value; both branches of an `if`."""
    chosen = branches(value, pointer, scope)
    if chosen is not None:
        for branch, at in chosen:
            yield from check_value(name, branch, at, schema, scope)
        return
    result = folded(value, scope)
    if result is None:
        return
    problem = _type_problem(result, schema)
    if problem is not None and later_function(value, scope.version):
        yield lacking_function(value, pointer, scope.version)
        return
    if problem is not None:
        expected = _NAMES[schema.type]
        advice = f"write {expected}"
        yield diagnose("JB0824", pointer, expected=expected, name=name, found=problem, advice=advice)
        return
    if isinstance(result, str) and schema.type == "String":
        yield from check_literal(name, result, pointer)
    if not isinstance(result, Uncertain):
        yield from _constraints(name, result, pointer, schema)
    if schema.type == "Map" and isinstance(schema.of, Mapping) and isinstance(value, dict):
        owner = Owner(f"'{name}'")
        yield from check_properties(value, pointer, schema.of, owner, scope)
    if schema.type == "List" and isinstance(schema.of, PropertySchema):
        for part in list_parts(value, pointer, scope):
            yield from check_value(f"{name}.{part.index}", part.value, part.pointer, schema.of, part.scope)


def near(word: str, known: Sequence[str] | Mapping[str, Any], otherwise: str) -> str:
    """What to do about an unknown name."""
    # Close matches take long among many names, and for long ones.
    few = len(word) <= _LONGEST_WORD and len(known) <= _MOST_KNOWN
    close = get_close_matches(word, list(known), n=1, cutoff=0.7) if few else []
    return f"did you mean '{close[0]}'?" if close else otherwise


def allowed(value: Any, constraint: Mapping[str, Any], kind: str) -> str | None:
    """Why a constant breaks a constraint of Heat's; None where it does not, or only a service knows."""
    if "allowed_values" in constraint:
        values = constraint["allowed_values"]
        if isinstance(value, list):
            fits = all(item in values for item in value)
        else:
            fits = value in [_converted(one, kind) for one in values]
        return None if fits else f"it is none of {listed(map(str, values))}"
    if "range" in constraint:
        return _outside(_number(value), constraint["range"], "it is")
    if "length" in constraint:
        return _outside(len(value), constraint["length"], "its length is")
    if "modulo" in constraint:
        step, offset = (_number(constraint["modulo"][key]) for key in ("step", "offset"))
        return None if _number(value) % step == offset else f"it is not {offset} beyond a multiple of {step}"
    if "allowed_pattern" in constraint:
        pattern = constraint["allowed_pattern"]
        fits = not _is_cheap(pattern, value) or re.fullmatch(pattern, value) is not None
        return None if fits else f"it does not match {pattern}"
    local = _LOCAL.get(constraint.get("custom_constraint", ""))
    if local is None or not isinstance(value, str) or not value:
        return None
    what, fits_locally = local
    return None if fits_locally(value) else f"it is not {what}"


def _constraints(name: str, value: Any, pointer: Pointer, schema: PropertySchema) -> Iterator[Diagnostic]:
    for constraint in schema.constraints:
        try:
            why = allowed(_converted(value, schema.type), constraint, schema.type)
        except (TypeError, ValueError):  # A constant that Heat itself cannot compare.
            continue
        if why is not None:
            quoted = "…" if is_secret(name.rpartition(".")[2]) else f"'{shown(value)}'"
            advice = "Heat refuses the template: write another value"
            yield diagnose("JB0825", pointer, name=name, value=quoted, why=why, advice=advice)


def _type_problem(value: Any, schema: PropertySchema) -> str | None:
    """What a value is that Heat does not convert."""
    kind = schema.type
    if kind not in _NAMES:
        return None
    # A parameter takes text as well, which is split or parsed, and JSON may be a list.
    also = _CONVERTED.get(kind, frozenset()) if schema.converts else frozenset()
    if isinstance(value, Uncertain):
        return value.kind if value.kind in _UNFIT[kind] - also else None
    if _FITS[kind](value) or found(value) in also:
        return None
    return f"'{shown(value)}'" if isinstance(value, str) else found(value)


def _is_integer(value: Any) -> bool:
    try:
        int(value)
    except (TypeError, ValueError):
        return False
    return True


def is_number(value: Any) -> bool:
    """Whether Heat reads it as a number: one, or text of one."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str | int),
    "Integer": _is_integer,
    "Number": is_number,
    "Boolean": lambda value: isinstance(value, bool) or str(value).lower() in ("true", "false"),
    "List": lambda value: isinstance(value, list),
    "Map": lambda value: isinstance(value, dict),
}
"""Whether Heat takes a constant for a type."""


def _number(value: Any) -> int | float:
    if isinstance(value, int | float):
        return value
    try:
        return int(value)
    except ValueError:
        return float(value)


def _converted(value: Any, kind: str) -> Any:
    """A constant as Heat compares it."""
    match kind:
        case "String" | "string":
            return str(value)
        case "Integer":
            return int(value)
        case "Number" | "number":
            return _number(value)
        case "Boolean" | "boolean":
            return str(value).lower()
        case _:
            return value


def _is_cheap(pattern: str, value: str) -> bool:
    few = len(_REPEAT.findall(pattern)) <= _MOST_REPEATS and not _REPEATED_GROUP.search(pattern)
    return few and len(value) <= _LONGEST_MATCHED


def _outside(size: float, limits: Mapping[str, Any], what: str) -> str | None:
    low, high = limits.get("min"), limits.get("max")
    if low is not None and size < _number(low):
        return f"{what} {size}, and {low} is the least"
    if high is not None and size > _number(high):
        return f"{what} {size}, and {high} is the most"
    return None


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _is_range(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        # Heat completes such as 10/8.
        return re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}/[0-9]{1,2}", value) is not None
    return "/" in value


_LOCAL: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "ip_addr": ("an IP address", _is_address),
    "net_cidr": ("a range of addresses, such as 192.0.2.0/24", _is_range),
    "ip_or_cidr": ("an IP address or a range of addresses", lambda v: _is_address(v) or _is_range(v)),
}
"""Custom constraints that need no service, as far as all programs read addresses alike."""

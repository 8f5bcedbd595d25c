"""Values -> the functions in them: what Heat's parser takes for one, in which place.

Fact: a mapping of one key that names a function of the version is a call (heat/engine/template.py, `parse`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any, NamedTuple

from jeroboam.diagnostics import Pointer
from jeroboam.lint.schemas import TemplateVersion, first_with
from jeroboam.lint.template import HotTemplate, mapping
from jeroboam.source.pointers import child

CONDITION_LISTS = frozenset({"And", "Or"})
"""Functions whose arguments are conditions."""
_LONGEST_NAME = 40
_PARSED = ("type", "properties", "metadata", "update_policy", "deletion_policy", "external_id")


class Standing(Enum):
    """What a function is where it stands."""

    KNOWN = "known"
    REMOVED = "removed"
    LATER = "later"
    """The version takes it for plain data."""
    MISPLACED = "misplaced"
    """It is one, but not in conditions."""
    MISSPELT = "misspelt"
    """No version has it; Heat takes it for plain data."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function at `pointer`, which is that of its arguments; `kind` is Heat's class for it.

    `within` is the resource that it is in, if any; `maybe` where a condition decides whether it counts.
    """

    name: str
    kind: str
    arguments: Any
    pointer: Pointer
    standing: Standing = Standing.KNOWN
    within: str | None = None
    maybe: bool = False
    judging: bool = False


class ConditionName(NamedTuple):
    """A place that asks a condition by its name."""

    name: Any
    pointer: Pointer


def function_in(value: Any, version: TemplateVersion, *, judging: bool = False) -> tuple[str, str] | None:
    """The function that a value is a call of, and Heat's class for it."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    (name,) = value
    kind = (version.conditions if judging else version.functions).get(name)
    return None if kind is None else (name, kind)


def later_function(value: Any, version: TemplateVersion) -> bool:
    """Whether a value is a call in a later version, and plain data in this one."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (name,) = value
    return name not in version.functions and first_with(name, judging=False) is not None


def similar_function(name: Any, version: TemplateVersion) -> str | None:
    """The function that a name is probably a slip of; names of data are seldom so close to one."""
    if not isinstance(name, str) or "_" not in name or len(name) > _LONGEST_NAME:
        return None
    return next(iter(get_close_matches(name, list(version.functions), n=1, cutoff=0.86)), None)


def all_calls(template: HotTemplate) -> Iterator[FunctionCall | ConditionName]:
    """Every function of a template, outer ones first, and every condition that is asked by name."""
    version = template.version
    for name, resource in template.resources.items():
        at = child("/resources", name)
        maybe = "condition" in resource
        for key in _PARSED:
            if key in resource:
                yield from calls(resource[key], child(at, key), version, within=name, maybe=maybe)
        if "condition" in version.resource and "condition" in resource:
            yield from _asked(resource["condition"], child(at, "condition"), version)
    for name, output in template.section("outputs").items():
        at = child("/outputs", name)
        if "value" in mapping(output):
            yield from calls(output["value"], child(at, "value"), version)
        if "condition" in version.output and "condition" in mapping(output):
            yield from _asked(output["condition"], child(at, "condition"), version)
    for name, condition in template.section("conditions").items():
        yield from calls(condition, child("/conditions", name), version, judging=True)


def calls(
    value: Any,
    pointer: Pointer,
    version: TemplateVersion,
    *,
    judging: bool = False,
    within: str | None = None,
    maybe: bool = False,
) -> Iterator[FunctionCall | ConditionName]:
    """The functions in one value."""
    call = _call(value, pointer, version, judging, within, maybe)
    if call is not None:
        yield call
        if call.standing is Standing.KNOWN:
            yield from _within_call(call, version)
            return
        if call.standing not in (Standing.LATER, Standing.MISSPELT):
            return
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in below:
        yield from calls(member, child(pointer, key), version, judging=judging, within=within, maybe=maybe)


def _call(
    value: Any, pointer: Pointer, version: TemplateVersion, judging: bool, within: str | None, maybe: bool
) -> FunctionCall | None:
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((name, arguments),) = value.items()
    known = function_in(value, version, judging=judging)
    if known is not None:
        standing, kind = Standing.KNOWN, known[1]
    elif name in version.removed:
        standing, kind = Standing.REMOVED, ""
    elif judging and name in version.functions:
        standing, kind = Standing.MISPLACED, ""
    elif first_with(name, judging=judging) is not None:
        standing, kind = Standing.LATER, ""
    elif similar_function(name, version) is not None:
        standing, kind = Standing.MISSPELT, ""
    else:
        return None
    return FunctionCall(name, kind, arguments, child(pointer, name), standing, within, maybe, judging)


def _within_call(call: FunctionCall, version: TemplateVersion) -> Iterator[FunctionCall | ConditionName]:
    arguments, at = call.arguments, call.pointer
    if call.kind.startswith("If") and isinstance(arguments, list):
        if arguments:
            yield from _asked(arguments[0], child(at, 0), version)
        for index, branch in enumerate(arguments[1:], start=1):
            yield from calls(branch, child(at, index), version, within=call.within, maybe=True)
    elif call.kind in CONDITION_LISTS and isinstance(arguments, list):
        for index, condition in enumerate(arguments):
            yield from _asked(condition, child(at, index), version)
    elif call.kind == "Not":
        yield from _asked(arguments, at, version)
    else:
        yield from calls(arguments, at, version, judging=call.judging, within=call.within, maybe=call.maybe)


def _asked(
    condition: Any, pointer: Pointer, version: TemplateVersion
) -> Iterator[FunctionCall | ConditionName]:
    """A condition, by name or as functions."""
    if isinstance(condition, dict):
        yield from calls(condition, pointer, version, judging=True)
    elif not isinstance(condition, bool):
        yield ConditionName(condition, pointer)

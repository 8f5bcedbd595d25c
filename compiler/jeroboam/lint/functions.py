"""Functions of a template: those that its version lacks, and arguments that Heat refuses.

Facts: heat/engine/hot/functions.py; what it raises when a function is made, validated or resolved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.lint.calls import FunctionCall, Standing, function_in, similar_function
from jeroboam.lint.schemas import TemplateVersion, first_with
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import listed

_URL_PARTS = frozenset({"scheme", "username", "password", "host", "port", "path", "query", "fragment"})
_FACADE = ("metadata", "deletion_policy", "update_policy")
# Those of the first version that are written otherwise since.
_SUCCESSORS = {
    "Ref": "get_resource and get_param",
    "Fn::Join": "list_join",
    "Fn::Replace": "str_replace",
    "Fn::Select": "get_attr with a path, or str_split",
    "Fn::Split": "str_split",
    "Fn::ResourceFacade": "resource_facade",
    "Fn::Base64": "nothing: Heat encodes user data itself",
}

_Known = Callable[[Any], bool]
"""Whether a value is a call, which stands for anything."""


def check_function(call: FunctionCall, version: TemplateVersion) -> Iterator[Diagnostic]:
    """What is wrong with a function, wherever it stands."""
    if call.standing is Standing.REMOVED:
        successor = _SUCCESSORS.get(call.name)
        advice = f"use {successor}" if successor else "write it otherwise: no version since 2014-10-16 has it"
        yield _lacking("JB0840", call, version, advice)
    elif call.standing is Standing.MISPLACED:
        known = listed(version.conditions)
        yield diagnose("JB0843", call.pointer, at_key=True, name=call.name, known=known)
    elif call.standing is Standing.MISSPELT:
        advice = f"did you mean '{similar_function(call.name, version)}'?"
        yield _lacking("JB0844", call, version, advice)
    elif call.standing is Standing.LATER:
        # A condition has to be one; what else has to be no mapping, its property says.
        yield _lacking("JB0840" if call.judging else "JB0841", call, version, _from(call.name, call.judging))
    else:
        expected = _expected(call, version)
        if expected is not None:
            advice = "see the guide to templates, under intrinsic functions"
            yield diagnose(
                "JB0842", call.pointer, at_key=True, name=call.name, expected=expected, advice=advice
            )


def lacking_function(value: Mapping[str, Any], pointer: Pointer, version: TemplateVersion) -> Diagnostic:
    """That a function of a later version stands where no mapping may be."""
    (name,) = value
    call = FunctionCall(name, "", value[name], child(pointer, name))
    return _lacking("JB0840", call, version, _from(name, judging=False))


def _from(name: str, judging: bool) -> str:
    return f"heat_template_version: {first_with(name, judging=judging)} has it"


def _lacking(code: str, call: FunctionCall, version: TemplateVersion, advice: str) -> Diagnostic:
    return diagnose(code, call.pointer, at_key=True, version=version.name, name=call.name, advice=advice)


def _expected(call: FunctionCall, version: TemplateVersion) -> str | None:
    """What the function takes, where it is given something else."""
    rule = _RULES.get(call.kind)

    def known(value: Any) -> bool:
        return function_in(value, version, judging=call.judging) is not None

    return rule(call.arguments, known) if rule else None


def _parameter(args: Any, known: _Known) -> str | None:
    name = args[0] if isinstance(args, list) and args else args
    fits = known(args) or isinstance(name, str) or known(name)
    return None if fits and args else "the name of a parameter, or a list of it and of keys below"


def _resource(args: Any, known: _Known) -> str | None:
    return None if isinstance(args, str) or known(args) else "the name of a resource"


def _attribute(args: Any, _: _Known) -> str | None:
    fits = isinstance(args, list) and len(args) >= 2
    return None if fits else "a list: a resource, an attribute, and keys below"


def _attributes(args: Any, _: _Known) -> str | None:
    return None if isinstance(args, list) and args else "a list: a resource, an attribute, and keys below"


def _replace(args: Any, known: _Known) -> str | None:
    fits = isinstance(args, dict) and {"template", "params"} <= args.keys()
    fits = fits and (isinstance(args["params"], dict) or known(args["params"]))
    return None if fits else "a mapping of 'template', a text, and 'params', a mapping"


def _file(args: Any, known: _Known) -> str | None:
    return None if isinstance(args, str) or known(args) else "the path or URL of a file"


def _join(args: Any, known: _Known) -> str | None:
    fits = isinstance(args, list) and len(args) == 2 and _are_texts(args[1], known)
    return None if fits else "a list of a text to put between, and a list of texts, numbers in quotes"


def _join_several(args: Any, known: _Known) -> str | None:
    fits = isinstance(args, list) and args[1:] and all(_are_texts(one, known) for one in args[1:])
    return None if fits else "a list of a text to put between, and lists of texts, numbers in quotes"


def _are_texts(value: Any, known: _Known) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, bool | int | float) for item in value)
    return _is_list(value, known)


def _is_list(value: Any, known: _Known) -> bool:
    return value is None or isinstance(value, list) or known(value)


def _maps(args: Any, known: _Known) -> str | None:
    fits = isinstance(args, list) and all(one is None or isinstance(one, dict) for one in args)
    return None if fits or known(args) else "a list of mappings"


def _map_replace(args: Any, known: _Known) -> str | None:
    if known(args):
        return None
    fits = isinstance(args, list) and len(args) == 2 and all(isinstance(one, dict | None) for one in args)
    if fits and args[1] and not known(args[1]):
        fits = set(args[1]) <= {"keys", "values"}
    return None if fits else "a list of a mapping, and of a mapping of 'keys' and 'values'"


def _facade(args: Any, _: _Known) -> str | None:
    return None if args in _FACADE else f"one of {listed(_FACADE)}"


def _repeat(args: Any, known: _Known) -> str | None:
    return _repeated(args, known, maps=False)


def _repeat_maps(args: Any, known: _Known) -> str | None:
    return _repeated(args, known, maps=True)


def _repeat_alike(args: Any, known: _Known) -> str | None:
    permutations = args.get("permutations", True) if isinstance(args, dict) else True
    problem = _repeated(args, known, maps=permutations is not False)
    if problem is None and not isinstance(permutations, bool):
        return "true or false as 'permutations'"
    return problem


def _repeated(args: Any, known: _Known, *, maps: bool) -> str | None:
    """`maps` is whether a name may stand for the keys of a mapping."""
    fits = isinstance(args, dict) and {"template", "for_each"} <= args.keys()
    each = args["for_each"] if fits else None
    if not fits or not (isinstance(each, dict) or known(each)):
        return "a mapping of 'template', and 'for_each', a mapping of lists"
    if known(each) or (each and all(_are_for_each(one, known, maps=maps) for one in each.values())):
        return None
    return "as 'for_each' a mapping of names to lists of texts, numbers in quotes"


def _are_for_each(value: Any, known: _Known, *, maps: bool) -> bool:
    if value is None or known(value) or (maps and isinstance(value, dict)):
        return True
    return isinstance(value, list) and all(isinstance(item, str) or known(item) for item in value)


def _digest(args: Any, known: _Known) -> str | None:
    fits = isinstance(args, list) and len(args) == 2 and all(isinstance(a, str) or known(a) for a in args)
    if fits and isinstance(args[0], str):
        fits = args[0].lower() in hashlib.algorithms_available
    return None if fits or known(args) else "a list of an algorithm, such as sha256, and a text"


def _split(args: Any, known: _Known) -> str | None:
    fits = isinstance(args, list) and len(args) >= 2
    return None if fits or known(args) else "a list of a text that separates, a text to split, and an index"


def _yaql(args: Any, _: _Known) -> str | None:
    fits = isinstance(args, dict) and "expression" in args and args.keys() <= {"expression", "data"}
    return None if fits else "a mapping of 'expression' and 'data'"


def _pair(args: Any, _: _Known) -> str | None:
    return None if isinstance(args, list) and len(args) == 2 else "a list of two values"


def _if(args: Any, _: _Known) -> str | None:
    fits = isinstance(args, list) and len(args) == 3
    return None if fits else "a list of a condition, the value if it is true, and the value if it is not"


def _if_nullable(args: Any, _: _Known) -> str | None:
    fits = isinstance(args, list) and len(args) in (2, 3)
    return (
        None
        if fits
        else "a list of a condition, the value if it is true, and, if any, the value if it is not"
    )


def _conditions(args: Any, _: _Known) -> str | None:
    return None if isinstance(args, list) and len(args) >= 2 else "a list of two conditions or more"


def _condition(args: Any, _: _Known) -> str | None:
    return "a condition" if args is None else None


def _url(args: Any, known: _Known) -> str | None:
    if not isinstance(args, dict) or known(args) or not args.keys() <= _URL_PARTS:
        return f"a mapping of {listed(sorted(_URL_PARTS))}"
    port = args.get("port")
    if port is not None and not known(port) and not _is_port(port):
        return "a port from 1 to 65535"
    return None


def _is_port(value: Any) -> bool:
    try:
        return 0 < int(value) <= 65_535
    except (TypeError, ValueError):
        return False


def _lists(args: Any, known: _Known) -> str | None:
    fits = isinstance(args, list) and all(_is_list(one, known) for one in args)
    return None if fits or known(args) else "a list of lists"


_RULES: Mapping[str, Callable[[Any, _Known], str | None]] = MappingProxyType(
    {
        "GetParam": _parameter,
        "GetResource": _resource,
        "GetAttThenSelect": _attribute,
        "GetAtt": _attribute,
        "GetAttAllAttributes": _attributes,
        **dict.fromkeys(("Replace", "ReplaceJson", "ReplaceJsonStrict", "ReplaceJsonVeryStrict"), _replace),
        "GetFile": _file,
        "Join": _join,
        "JoinMultiple": _join_several,
        "MapMerge": _maps,
        "MapReplace": _map_replace,
        "ResourceFacade": _facade,
        "Repeat": _repeat,
        "RepeatWithMap": _repeat_maps,
        "RepeatWithNestedLoop": _repeat_alike,
        "Digest": _digest,
        "StrSplit": _split,
        "Yaql": _yaql,
        **dict.fromkeys(("Equals", "Filter", "Contains"), _pair),
        "If": _if,
        "IfNullable": _if_nullable,
        **dict.fromkeys(("And", "Or"), _conditions),
        "Not": _condition,
        "MakeURL": _url,
        **dict.fromkeys(("ListConcat", "ListConcatUnique"), _lists),
    }
)
"""By Heat's class for a function."""

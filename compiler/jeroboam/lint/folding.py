"""Values -> what they are for certain: constants are computed, of the rest the kind may be known.

Only what no parameter and no resource can change counts as constant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jeroboam.lint.calls import function_in
from jeroboam.lint.schemas import TemplateVersion
from jeroboam.lint.template import PSEUDO_PARAMETERS

TEXT, NUMBER, TRUTH, LIST, MAP, JSON, ANYTHING = (
    "a string", "a number", "true or false", "a list", "a mapping", "a mapping or list", "anything"
)  # fmt: skip

_PARAMETERS = {
    "string": TEXT,
    "number": NUMBER,
    "boolean": TRUTH,
    "comma_delimited_list": LIST,
    "json": JSON,
}
_RESULTS = {
    **dict.fromkeys(("GetFile", "Digest", "MakeURL", "GetResource", "Join", "JoinMultiple"), TEXT),
    **dict.fromkeys(("Replace", "ReplaceJson", "ReplaceJsonStrict", "ReplaceJsonVeryStrict"), TEXT),
    **dict.fromkeys(("MapMerge", "MapReplace"), MAP),
    **dict.fromkeys(
        ("Repeat", "RepeatWithMap", "RepeatWithNestedLoop", "ListConcat", "ListConcatUnique"), LIST
    ),
    "Contains": TRUTH,
}


_LONGEST = 1 << 20
"""Characters of a text that is computed: beyond, it is over every limit, and could fill the memory."""
_MOST_PARAMS = 64


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value that only Heat knows; `kind` is what it is in any case."""

    kind: str = ANYTHING


@dataclass(frozen=True, slots=True)
class Replaced:
    """A name that a group or `repeat` replaces in each copy, by `text` in this one; None where unknown."""

    name: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class FoldingScope:
    """What values are computed with.

    `parameters` are types by name; `file` gives the text of a file that the template names, where it can be
    read. `replaced` are names in the order in which they are replaced in what functions gave; `rounds` is of
    how many copies this is one.
    """

    version: TemplateVersion
    parameters: Mapping[str, Any] = field(default_factory=dict)
    file: Callable[[str], str | None] = lambda _: None
    replaced: tuple[Replaced, ...] = ()
    rounds: int = 1


def folded(value: Any, scope: FoldingScope) -> Any:
    """The value itself, of plain data, or Uncertain."""
    call = function_in(value, scope.version)
    if call is not None:
        result = _result(call[1], value[call[0]], replace(scope, replaced=()))
        return _filled_in(result, scope) if isinstance(result, str) else result
    if isinstance(value, dict):
        members = [(folded_key(key, scope), folded(member, scope)) for key, member in value.items()]
        unknown = any(isinstance(one, Uncertain) for member in members for one in member)
        return Uncertain(MAP) if unknown else dict(members)
    if isinstance(value, list):
        items = [folded(item, scope) for item in value]
        return Uncertain(LIST) if any(isinstance(item, Uncertain) for item in items) else items
    return _filled_in(value, scope) if isinstance(value, str) else value


def folded_key(key: Any, scope: FoldingScope) -> Any:
    """The key of a mapping as it is in this copy, or Uncertain."""
    return _filled_in(key, scope) if isinstance(key, str) else key


def _filled_in(text: str, scope: FoldingScope) -> str | Uncertain:
    """A text with the names that are replaced in it."""
    for each in scope.replaced:
        if each.name and each.name in text:
            if each.text is None or len(text) + text.count(each.name) * len(each.text) > _LONGEST:
                return Uncertain(TEXT)
            text = text.replace(each.name, each.text)
    return text


def least_bytes(value: Any, scope: FoldingScope) -> int:
    """The bytes that a text has at least, whatever its unknown parts are."""
    call = function_in(value, scope.version)
    constant = folded(value, scope)
    if isinstance(constant, str):
        return len(constant.encode("utf-8", "surrogatepass"))
    if call is None or call[1] not in ("Join", "JoinMultiple"):
        return 0
    _, *lists = value[call[0]]
    return sum(least_bytes(item, scope) for items in lists if isinstance(items, list) for item in items)


def _result(kind: str, args: Any, scope: FoldingScope) -> Any:
    compute = _COMPUTED.get(kind)
    constant = compute(args, scope) if compute else None
    if constant is not None:
        return constant
    if kind == "GetParam":
        return Uncertain(_of_parameter(args, scope))
    if kind == "StrSplit" and isinstance(args, list) and len(args) == 2:
        return Uncertain(LIST)
    return Uncertain(_RESULTS.get(kind, ANYTHING))


def _of_parameter(args: Any, scope: FoldingScope) -> str:
    name = args[0] if isinstance(args, list) and len(args) == 1 else args
    if not isinstance(name, str):
        return ANYTHING
    return TEXT if name in PSEUDO_PARAMETERS else _PARAMETERS.get(scope.parameters.get(name, ""), ANYTHING)


def _joined(args: Any, scope: FoldingScope) -> str | None:
    if not isinstance(args, list) or not args or not isinstance(args[0], str):
        return None
    lists = [folded(items, scope) for items in args[1:]]
    if not lists or not all(isinstance(items, list) for items in lists):
        return None
    texts = ["" if item is None else item for items in lists for item in items]
    if not all(isinstance(text, str) for text in texts):
        return None
    length = sum(map(len, texts)) + len(args[0]) * len(texts)
    return args[0].join(texts) if length <= _LONGEST else None


def _replaced(args: Any, scope: FoldingScope) -> str | None:
    """With params that are texts or numbers; longest name first, and never inside what was put in."""
    if not isinstance(args, dict):
        return None
    template, params = folded(args.get("template"), scope), folded(args.get("params"), scope)
    if not isinstance(template, str) or not isinstance(params, dict):
        return None
    if not all(isinstance(value, str | int) for value in params.values()):
        return None
    longest = max((len(str(value)) for value in params.values()), default=0)
    if len(params) > _MOST_PARAMS or len(template) * (longest + 1) > _LONGEST:
        return None
    names = sorted((name for name in sorted(params) if name), key=len, reverse=True)

    def filled(text: str, left: list[str]) -> str:
        if not left:
            return text
        return str(params[left[0]]).join(filled(part, left[1:]) for part in text.split(left[0]))

    return filled(template, names)


def _file(args: Any, scope: FoldingScope) -> str | None:
    return scope.file(args) if isinstance(args, str) else None


_COMPUTED: Mapping[str, Callable[[Any, FoldingScope], str | None]] = {
    **dict.fromkeys(("Join", "JoinMultiple"), _joined),
    **dict.fromkeys(("Replace", "ReplaceJson", "ReplaceJsonStrict", "ReplaceJsonVeryStrict"), _replaced),
    "GetFile": _file,
}

"""Values -> the literal parts that `if`, `repeat` and concatenated lists are made of.

Facts: heat/engine/hot/functions.py. `repeat` first resolves its template, and then replaces names in the keys
and texts of the result, in the order of `for_each`; a name stands for a text alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from jeroboam.diagnostics import Pointer
from jeroboam.lint.calls import function_in
from jeroboam.lint.folding import FoldingScope, Replaced, folded
from jeroboam.source.pointers import child

MEMBER = "*"
"""How messages call an item whose place in the list only Heat knows."""
_MOST_ROUNDS, _MOST_NAMES = 32, 16
"""Copies of one template of `repeat` that are judged each by itself, and names in it: more take too long."""
_REPEATS = frozenset({"Repeat", "RepeatWithMap", "RepeatWithNestedLoop"})
_CONCATENATED = frozenset({"ListConcat", "ListConcatUnique"})


@dataclass(frozen=True, slots=True)
class ListPart:
    """An item of a list, where it stands, and what its texts are computed with.

    `index` is its place in the list where that is known; `certain` is whether it is there in any case, and as
    often as it is given.
    """

    value: Any
    pointer: Pointer
    scope: FoldingScope
    index: int | str = MEMBER
    certain: bool = True


def branches(value: Any, pointer: Pointer, scope: FoldingScope) -> list[tuple[Any, Pointer]] | None:
    """What an `if` may be, and where that stands; None where the value is none."""
    call = function_in(value, scope.version)
    if call is None or not call[1].startswith("If"):
        return None
    arguments, at = value[call[0]], child(pointer, call[0])
    if not isinstance(arguments, list):
        return []
    return [(branch, child(at, index)) for index, branch in enumerate(arguments[1:3], start=1)]


def alternatives(value: Any, pointer: Pointer, scope: FoldingScope) -> Iterator[tuple[Any, Pointer]]:
    """The value itself, or all that an `if` and those in it may be, each with its place."""
    chosen = branches(value, pointer, scope)
    if chosen is None:
        yield value, pointer
    for branch, at in chosen or ():
        yield from alternatives(branch, at, scope)


def list_parts(
    value: Any, pointer: Pointer, scope: FoldingScope, *, certain: bool = True
) -> Iterator[ListPart]:
    """The items that a list has for certain or may have; those that only Heat knows are left out."""
    call = function_in(value, scope.version)
    if call is None:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield ListPart(item, child(pointer, index), scope, index, certain)
        return
    name, kind = call
    arguments, at = value[name], child(pointer, name)
    for branch, where in branches(value, pointer, scope) or ():
        yield from list_parts(branch, where, scope, certain=False)
    if kind in _CONCATENATED and isinstance(arguments, list):
        once = certain and kind == "ListConcat"
        for index, each in enumerate(arguments):
            for part in list_parts(each, child(at, index), scope, certain=once):
                yield replace(part, index=MEMBER)
    elif kind in _REPEATS and isinstance(arguments, dict) and "template" in arguments:
        for round_ in _rounds(arguments, scope):
            yield ListPart(arguments["template"], child(at, "template"), round_, certain=False)


def literal_parts(value: Any, pointer: Pointer, scope: FoldingScope) -> Iterator[ListPart]:
    """The same with the branches of items that are an `if`."""
    for part in list_parts(value, pointer, scope):
        for item, at in alternatives(part.value, part.pointer, scope):
            yield replace(part, value=item, pointer=at, certain=part.certain and at == part.pointer)


def _rounds(arguments: dict[str, Any], scope: FoldingScope) -> Iterator[FoldingScope]:
    """What the names stand for in each copy of the template, or in any of them where that is not known."""
    given = arguments.get("for_each")
    if not isinstance(given, dict) or function_in(given, scope.version):
        return
    if not 0 < len(given) <= _MOST_NAMES:
        return
    plain = replace(scope, replaced=())
    values = [_values(folded(each, plain)) for each in given.values()]
    if [] in values:
        return
    together = arguments.get("permutations", True) is False
    counts = [len(texts) for texts in values if texts is not None]
    rounds = scope.rounds * (max(counts, default=1) if together else prod(counts))
    # A name is unknown where its list is, and all are where there are too many copies to judge.
    unknown = rounds > _MOST_ROUNDS or (together and None in values)
    known = [[None] if texts is None or unknown else texts for texts in values]
    rounds = scope.rounds if unknown else rounds
    for chosen in zip(*known, strict=False) if together else product(*known):
        # Those of this template are replaced before those of one around it.
        own = tuple(Replaced(name, text) for name, text in zip(given, chosen, strict=True))
        yield replace(scope, replaced=(*own, *scope.replaced), rounds=rounds)


def _values(each: Any) -> list[str | None] | None:
    """The texts that a name stands for, one after another; None where only Heat knows them."""
    if each is None:
        return []
    texts = list(each) if isinstance(each, list | dict) else [None]
    return texts if all(isinstance(text, str) for text in texts) else None

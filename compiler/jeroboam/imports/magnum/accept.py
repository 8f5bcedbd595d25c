"""What the compiler refuses is asked of it, not known here: it is left out, with the compiler's reason.

That is, unless the cluster would be another one without it: then it stays, and is an error of the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from jeroboam.diagnostics import Diagnostic, Severity, diagnose
from jeroboam.imports.magnum.conversion import Conversion, LeftOut, SpecLeaf, SpecPath
from jeroboam.source.pointers import last, pointer, within
from jeroboam.spec.phrases import shown

Judge: TypeAlias = Callable[[str], Sequence[Diagnostic]]
"""What the compiler finds in the text of a spec."""

MAX_ROUNDS = 12
"""How often the compiler is asked; in each round it refuses something, or the last one was reached."""
_LEAK = "JB0213"
_DIGITS = 6


def accepted(work: Conversion, write: Callable[[], str], judge: Judge) -> str:
    """The text of the spec, without what the compiler refuses and the cluster can be without."""
    text = write()
    for _ in range(MAX_ROUNDS):
        errors = [d for d in judge(text) if d.severity is Severity.ERROR]
        # From a list's end, so that those before keep their index.
        if not sum(_dropped(error, work) for error in sorted(errors, key=_index, reverse=True)):
            break
        text = write()
    return text


def _index(error: Diagnostic) -> int:
    end = last(error.pointer)
    return int(end) if end.isdecimal() and len(end) < _DIGITS else -1


def _dropped(error: Diagnostic, work: Conversion) -> bool:
    """Whether what the error is about could be left out, and is."""
    for path, leaf in list(work.leaves.items()):
        if leaf.given is None or not within(error.pointer, {pointer(path)}):
            continue
        row = leaf.given.row
        if error.code == _LEAK:
            work.hide(leaf.given)
        elif row is None or row.essential:
            return False
        else:
            _refuse(path, leaf, error, work)
        items = leaf.value if isinstance(leaf.value, list) else []
        at = _index(error)
        rest = [item for number, item in enumerate(items) if number != at] if 0 <= at < len(items) else []
        if rest:
            work.leaves[path] = replace(leaf, value=rest)
        else:
            del work.leaves[path]
        return True
    return False


def _refuse(path: SpecPath, leaf: SpecLeaf, error: Diagnostic, work: Conversion) -> None:
    """A finding that what the error is about is left out, for the compiler's reason."""
    given = leaf.given
    assert given is not None
    assert given.row is not None
    what, value = given.called, given.shown
    if given.row.how == "arguments":
        what, value = f"--{path[-1]} of {given.called}", ""
    elif isinstance(leaf.value, list) and 0 <= _index(error) < len(leaf.value) > 1:
        what, value = f"{shown(leaf.value[_index(error)])} of {given.called}", ""
    hint = error.hint or ""
    advice = "" if hint.startswith("remove it") else hint
    work.found.append(
        diagnose("JB0711", span=given.span, what=what, why=error.message, advice=hint or "see the spec")
    )
    work.left[what] = LeftOut(what, value, error.message, advice=advice)

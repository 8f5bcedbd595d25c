"""A depfile: what was made from which files, as rules that make includes, like those of `gcc -MD -MP`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from jeroboam.errors import JeroboamError

# What GNU make cannot read in a rule, or not where there is no such file; a test asks it about all others.
_UNNAMEABLE = re.compile(r"^~|[\x00-\x1f\x7f;|\\*?\[]|[& ]$|\)$")
# Once a backslash is out, each of these stands for itself after one.
_SPECIAL = re.compile(r"[ #:]")
_ASSIGNS = "$(subst ,,=)"


class UnnameableError(JeroboamError):
    """The path of a file cannot be written in a rule."""


def text(rules: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A rule for each target with its prerequisites, and one without any for each of these.

    So a file that is removed makes its targets outdated, where make would otherwise stop, as it does not know
    how to make it. Paths are as make is to see them. Raises UnnameableError.
    """
    lines: list[str] = []
    removable: dict[str, None] = {}
    for target, prerequisites in rules:
        words = (_word(path, target=False) for path in prerequisites)
        lines.append(" \\\n  ".join([f"{_word(target, target=True)}:", *words]))
        removable.update(dict.fromkeys(prerequisites))
    lines += [f"{_word(path, target=True)}:" for path in removable]
    return "".join(f"{line}\n" for line in lines)


def _word(path: str, *, target: bool) -> str:
    if _UNNAMEABLE.search(path):
        raise UnnameableError(
            f"make has no way to name '{path}'", "rename the file or its folder, or leave --depfile out"
        )
    # A percent sign makes a pattern of a target alone.
    word = _SPECIAL.sub(r"\\\g<0>", path).replace("$", "$$")
    return (word.replace("%", "\\%") if target else word).replace("=", _ASSIGNS)

"""Names that other programs have for a property, by `schemas/v1/synonyms.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from jeroboam.resources import schemas
from jeroboam.spec.phrases import listed, paths

GROUPS, MASTERS = "node_groups", "masters"
_NOT = "not "
_MOST = 4
"""How many entries of a foreign mapping are translated."""


class Synonym(NamedTuple):
    """A name of the program `owner`: the dotted path that says the same here, or `opposite` the reverse."""

    name: str
    owner: str
    path: str
    opposite: bool


@cache
def synonyms() -> Mapping[str, Synonym]:
    """All of them by their names, written alike."""
    table = json.loads((schemas() / "v1" / "synonyms.json").read_text(encoding="utf-8"))
    return {
        _alike(name): Synonym(name, owner, path.removeprefix(_NOT), path.startswith(_NOT))
        for owner, names in table.items()
        if isinstance(names, dict)
        for name, path in names.items()
    }


def relative(found: Synonym, here: str) -> str | None:
    """The path of a synonym as seen from the mapping `here`, a dotted path; None where it is elsewhere."""
    if not here:
        return None if "." in found.path else found.path
    candidates = [found.path]
    if found.path.startswith(f"{GROUPS}."):
        # What a group has, masters mostly have too.
        candidates.append(MASTERS + found.path.removeprefix(GROUPS))
    for path in candidates:
        if path.startswith(f"{here}.") and path in paths():
            return path.removeprefix(f"{here}.")
    return None


def synonym(name: str) -> Synonym | None:
    """What `name` is called here, however it is written: `kube_tag`, `kubeTag`, `kube-tag`."""
    return synonyms().get(_alike(name))


def advice(found: Synonym, here: str) -> str:
    """What to write in the mapping `here` instead of a synonym."""
    inverse = ", the other way round" if found.opposite else ""
    near = relative(found, here)
    if near is not None:
        return f"did you mean '{near}'{inverse}?"
    return f"a name of {found.owner}: here it is '{found.path}'{inverse}"


def translated(value: object) -> str | None:
    """What the entries of a foreign mapping, such as Magnum's `labels`, are called here; None for no such."""
    names = value if isinstance(value, dict) else {}
    known = [(name, found) for name in names if (found := synonym(name)) is not None]
    said = [f"'{name}' is '{found.path}'" for name, found in known[:_MOST]]
    more = f", and {len(known) - _MOST} more are known" if len(known) > _MOST else ""
    return f"of {known[0][1].owner}; here {listed(said)}{more}" if known else None


def _alike(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()

"""What people get stuck on, and what meets each of it: `troubles.yaml`, typed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jeroboam.resources import data
from jeroboam.serialize import load_yaml_all


@dataclass(frozen=True, slots=True)
class Trouble:
    """A trouble that many have, in words.

    `causes`, `checks` (of preflight) and `codes` (of the compiler) are ids of what tells of it, `otherwise`
    what keeps it away, `unseen` why no cause shows from outside; either may be empty.
    """

    trouble: str
    causes: tuple[str, ...]
    checks: tuple[str, ...]
    codes: tuple[str, ...]
    otherwise: str
    unseen: str


@cache
def troubles() -> tuple[Trouble, ...]:
    """All of them, the most frequent first."""
    (table,) = load_yaml_all(data(__file__, "troubles.yaml"))
    return tuple(
        Trouble(
            trouble=entry["trouble"],
            causes=tuple(entry.get("causes", ())),
            checks=tuple(entry.get("checks", ())),
            codes=tuple(entry.get("codes", ())),
            otherwise=entry.get("otherwise", ""),
            unseen=entry.get("unseen", ""),
        )
        for entry in table
    )

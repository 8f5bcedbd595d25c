"""Until when upstream mends what a cluster runs, and the day on which that is asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Today:
    """The day on which a spec is judged, and the last day that counts as soon.

    ISO 8601 dates (2026-11-29), which compare as texts: nothing that compiles reads a clock.
    """

    date: str
    soon: str


@dataclass(frozen=True, slots=True)
class Support:
    """A version as upstream supports it: what it is called, its last day (ISO 8601), and the next one.

    `following` is what `coe_version` would say for the next version; None where this release knows none.
    """

    product: str
    ends: str
    following: str | None

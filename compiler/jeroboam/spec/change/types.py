"""What is said of a changed property: immutable, and of values that a spec may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from jeroboam.source import Data
from jeroboam.spec.change.record import Record


class ChangeEffect(StrEnum):
    """What a changed property does to a living cluster, in the order that changes are listed in."""

    NEVER = "never"
    """It cannot change."""
    ROLL = "roll"
    """Nodes have to be made anew or upgraded, in the COE's order."""
    API = "api"
    """It is changed through the COE's API."""
    NEW = "new"
    """Nodes made from now on have it; the others go on as they are."""
    LIVE = "live"
    """Heat changes it under running nodes."""


class Effects(NamedTuple):
    """An effect as the schema says it: `nodes` is `all`, `masters` or `workers`, or a group's name.

    `why` is a clause, empty where nothing needs saying; `rule` names the rule that decides by the values.
    """

    effect: ChangeEffect
    nodes: str
    why: str
    rule: str


@dataclass(frozen=True, slots=True)
class SpecChange:
    """A property that differs between two specs, and what that does to a cluster made from the first.

    `path` has the name of a node group in it, `name` has not; `old` or `new` is None where it has none.
    `nodes` are whose files or servers it concerns, empty where it is nobody's. `instead` is what to do where
    it cannot change, or what else has to be done for it.
    """

    path: str
    name: str
    old: Data
    new: Data
    effect: ChangeEffect
    nodes: str = ""
    why: str = ""
    instead: str = ""

    @property
    def refused(self) -> bool:
        """Whether no command carries it out."""
        return self.effect is ChangeEffect.NEVER


class Ruling(NamedTuple):
    """What a rule decides; an empty `why` leaves the schema's."""

    effect: ChangeEffect
    why: str = ""
    instead: str = ""


Rule: TypeAlias = Callable[[SpecChange, Record, Record], Ruling]
"""Decides a change by its values and the two records that it is between."""
Rules: TypeAlias = Mapping[str, Rule]

"""The table of Magnum's settings, read from `table.yaml`: what each becomes, or why nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from jeroboam.resources import data
from jeroboam.serialize import load_yaml_all
from jeroboam.source import Data

ValueKind = Literal["text", "integer", "boolean", "mapping", "any"]


@dataclass(frozen=True, slots=True)
class MagnumSetting:
    """A row: an attribute, a label, or an option of Magnum's operator.

    `to` are dotted properties of a spec, as `jeroboam explain` has them; the head of `table.yaml` says what
    the other fields mean.
    """

    name: str
    is_label: bool
    of: str
    type: ValueKind
    to: tuple[str, ...]
    how: str
    why: str
    instead: str
    note: str
    coes: tuple[str, ...]
    idle: tuple[str, ...]
    values: Mapping[str, Data]
    refused: Mapping[str, str]
    needs: Mapping[str, tuple[str, ...]]
    without: str
    lost: str
    default: Mapping[str, str]
    same: str | None
    least: int
    zero: bool
    either: bool
    essential: bool
    secret: bool
    result: bool


@dataclass(frozen=True, slots=True)
class MagnumDriver:
    """A driver by its name, and the cluster templates that it took."""

    name: str
    coe: str
    server_type: str
    distro: str


@dataclass(frozen=True, slots=True)
class MagnumTable:
    """The whole table; `distros` are ours by Magnum's, with a note, `notes` are by property."""

    coes: Mapping[str, str]
    distros: Mapping[str, tuple[str, str]]
    drivers: tuple[MagnumDriver, ...]
    notes: Mapping[str, str]
    closing: tuple[tuple[str, str], ...]
    attributes: tuple[MagnumSetting, ...]
    labels: tuple[MagnumSetting, ...]
    operator: tuple[MagnumSetting, ...]
    commands: tuple[tuple[str, str], ...]

    def attribute(self, name: str) -> MagnumSetting | None:
        """The row of an attribute."""
        return next((row for row in self.attributes if row.name == name), None)

    def label(self, name: str) -> MagnumSetting | None:
        """The row of a label."""
        return next((row for row in self.labels if row.name == name), None)


@cache
def magnum_table() -> MagnumTable:
    """The table. Raises KeyError or TypeError where a row says what no row may say."""
    (read,) = load_yaml_all(data(__file__, "table.yaml"))
    return MagnumTable(
        coes=read["coes"],
        distros={name: (entry["to"], entry.get("note", "")) for name, entry in read["distros"].items()},
        drivers=tuple(MagnumDriver(**entry) for entry in read["drivers"]),
        notes=read["notes"],
        closing=tuple((entry["title"], entry["text"]) for entry in read["closing"]),
        attributes=tuple(_setting(**entry) for entry in read["attributes"]),
        labels=tuple(_setting(is_label=True, **entry) for entry in read["labels"]),
        operator=tuple(_setting(**entry) for entry in read["operator"]),
        commands=tuple((entry["was"], entry["now"]) for entry in read["commands"]),
    )


def _setting(name: str, *, is_label: bool = False, **said: Any) -> MagnumSetting:
    to, needs, same = said.pop("to", ()), said.pop("needs", {}), said.pop("same", None)
    row = MagnumSetting(
        name=name,
        is_label=is_label,
        of=said.pop("of", "both"),
        type=said.pop("type", "text"),
        to=(to,) if isinstance(to, str) else tuple(to),
        how=said.pop("how", "text"),
        why=said.pop("why", ""),
        instead=said.pop("instead", ""),
        note=said.pop("note", ""),
        coes=tuple(said.pop("coes", ())),
        idle=tuple(said.pop("idle", ())),
        values=said.pop("values", {}),
        refused=said.pop("refused", {}),
        needs={needs: ()} if isinstance(needs, str) else {of: tuple(values) for of, values in needs.items()},
        without=said.pop("without", ""),
        lost=said.pop("lost", ""),
        default=said.pop("default", {}),
        same=None if same is None else str(same).lower(),
        least=said.pop("least", 0),
        zero=said.pop("zero", False),
        either=said.pop("either", False),
        essential=said.pop("essential", False),
        secret=said.pop("secret", False),
        result=said.pop("result", False),
    )
    if said:
        raise TypeError(f"{name}: no row says {', '.join(said)}")
    return row

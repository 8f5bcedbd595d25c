"""What an import has made so far: values of the spec, what is left out of it, and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.imports.magnum.objects import GivenSetting
from jeroboam.imports.magnum.secretive import is_secretive
from jeroboam.imports.magnum.table import MagnumTable
from jeroboam.source import Data

SpecPath: TypeAlias = tuple[str | int, ...]
"""A property of a spec: keys, and 0 for the one node group that there is."""
_NO_SECRETS = "remove it, or pass it to 'jeroboam secrets' or to the program that needs it"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A setting that becomes no property: its name, its value unless secret, and why.

    `instead` is what comes closest, `advice` what the compiler says to do.
    """

    name: str
    value: str
    why: str
    instead: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class SpecLeaf:
    """A value of the spec, and the setting that it is from."""

    value: Data
    given: GivenSetting | None
    remark: str = ""


@dataclass(slots=True)
class Conversion:
    """What has been made so far; each setting adds to it."""

    coe: str
    driver: str
    table: MagnumTable
    attributes: Mapping[str, GivenSetting]
    labels: Mapping[str, GivenSetting]
    leaves: dict[SpecPath, SpecLeaf] = field(default_factory=dict)
    left: dict[str, LeftOut] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    replaced: dict[str, tuple[GivenSetting, GivenSetting, bool]] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def put(self, path: SpecPath, leaf: SpecLeaf) -> None:
        """The value of a property; of one that it replaces, whose it was is kept, and whether they agree."""
        before = self.leaves.get(path)
        if before and before.given and leaf.given and before.given.called != leaf.given.called:
            same = before.value == leaf.value
            self.replaced[before.given.called] = (before.given, leaf.given, same)
        self.leaves[path] = leaf

    def settle(self) -> tuple[str, ...]:
        """The settings that are carried over; those that another one replaced altogether are left out."""
        carried = {leaf.given.called for leaf in self.leaves.values() if leaf.given}
        for called, (setting, by, same) in self.replaced.items():
            if same:
                carried.add(called)
            elif called not in carried:
                self.leave(setting, f"{by.called} is in force")
        return tuple(sorted(carried))

    def given(self, name: str) -> str:
        """The value of an attribute or label, in lower case; empty for none."""
        setting = self.attributes.get(name) or self.labels.get(name)
        return setting.text.strip().lower() if setting else ""

    def leave(self, setting: GivenSetting, why: str, instead: str = "", part: str = "") -> None:
        """`setting` is left out, or that `part` of it."""
        value = "" if part or setting.may_be_secret else setting.shown
        called = f"{part} of {setting.called}" if part else setting.called
        self.left[called] = LeftOut(called, value, why, instead)

    def hide(self, setting: GivenSetting, part: str = "") -> None:
        """`setting` is left out, or that `part` of it, because it holds a secret."""
        named = not is_secretive("", setting.name)
        name = setting.name if named else "a label" if setting.is_label else "an attribute"
        self.found.append(diagnose("JB0709", span=setting.span, name=name, advice=_NO_SECRETS))
        called = setting.called if named else name
        called = f"{part} of {called}" if part else called
        self.left[called] = LeftOut(called, "", "it holds what looks like a secret")

    def unusable(self, setting: GivenSetting, expected: str, part: str = "") -> None:
        """`setting` is left out, or that `part` of it, because it is not what it should be."""
        assert setting.row is not None
        path = setting.span.source if setting.span else "the template"
        to = setting.row.to[0]
        self.found.append(
            diagnose(
                "JB0710", span=setting.span, name=setting.name, expected=expected, path=path, property=to
            )
        )
        self.leave(setting, f"it is not {expected}", f"'{to}'", part)


def spec_path(dotted: str) -> SpecPath:
    """The place of a property as the table names it."""
    head, *rest = dotted.split(".")
    return (head, 0, *rest) if head == "node_groups" else (head, *rest)

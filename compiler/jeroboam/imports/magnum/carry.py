"""One setting of Magnum -> the properties that it becomes, or why it becomes none."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from jeroboam.diagnostics import diagnose
from jeroboam.imports.magnum.conversion import Conversion, SpecLeaf, spec_path
from jeroboam.imports.magnum.objects import GivenSetting
from jeroboam.imports.magnum.secretive import is_secretive, is_secretive_option
from jeroboam.imports.magnum.table import MagnumSetting, MagnumTable
from jeroboam.imports.magnum.values import Unusable, arguments, read_value, truth
from jeroboam.spec.phrases import listed

_ALIKE = 0.8


def carry(setting: GivenSetting, work: Conversion) -> None:
    """One setting: to the properties that it becomes, or among those that are left out."""
    row = setting.row
    if row is None:
        _unknown(setting, work)
        return
    if row.name in ("coe", "cluster_distro") and not setting.is_label:
        return
    same = work.coe in row.idle or (row.same is not None and setting.text.strip().lower() == row.same)
    if same or row.result:
        (work.same if same else work.results).append(setting.called)
        return
    reason = _without_effect(row, work)
    if row.secret:
        work.leave(setting, row.why, row.instead)
    elif is_secretive(setting.name, setting.text) and row.how != "arguments":
        work.hide(setting)
    elif not row.to or reason:
        if row.lost and reason:
            found = diagnose(
                "JB0711", span=setting.span, what=setting.called, why=row.lost, advice=f"set {row.instead}"
            )
            work.found.append(found)
        work.leave(setting, reason or row.why, row.instead)
    elif row.how == "arguments":
        _arguments(setting, row, work)
    else:
        _value(setting, row, work)


def _unknown(setting: GivenSetting, work: Conversion) -> None:
    if is_secretive(setting.name, setting.text) or is_secretive("", setting.name):
        work.hide(setting)
    elif setting.is_label:
        advice, closest = _meant(setting.name.strip(), work.table)
        work.found.append(diagnose("JB0708", span=setting.span, name=setting.name, advice=advice))
        work.leave(setting, "none of Magnum's own drivers reads it", closest)
    else:
        work.leave(setting, "it is not known here")


def _meant(name: str, table: MagnumTable) -> tuple[str, str]:
    """What to say of a label that no driver reads, and what comes closest to it."""
    attribute = table.attribute(name)
    if attribute is not None:
        closest = listed((f"'{to}'" for to in attribute.to), " and ")
        return f"it is an attribute, and no label{f': set {closest}' if closest else ''}", closest
    near = _misspelt(name, [row.name for row in table.labels])
    if near is None:
        return "the spec names it in a comment", ""
    return f"did you mean '{near}'?", f"label '{near}'"


def _misspelt(name: str, known: Sequence[str]) -> str | None:
    """The known label that differs by a slip alone: labels of other drivers are alike, and mean others."""
    close = get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=_ALIKE)
    return close[0] if close else None


def _without_effect(row: MagnumSetting, work: Conversion) -> str:
    """Why Magnum passed over the setting, if it did."""
    if row.coes and work.coe not in row.coes:
        return row.why or f"it was for {listed(row.coes, ' and ')}"
    for name, values in row.needs.items():
        text = work.given(name)
        if values and text not in values:
            return f"it is for {name} {listed([value for value in values if value], ' or ')}"
        if not values and (text in ("", "0") or truth(text) is False):
            return row.lost or f"it is nothing without {name}"
    if row.without and work.given(row.without):
        return f"it is nothing beside {row.without}"
    return ""


def _value(setting: GivenSetting, row: MagnumSetting, work: Conversion) -> None:
    value = read_value(setting.text, row)
    if isinstance(value, Unusable):
        if value.why:
            advice = f"set {row.to[0]}, unless its default is meant"
            work.found.append(
                diagnose("JB0711", span=setting.span, what=setting.called, why=value.why, advice=advice)
            )
            work.leave(setting, value.why)
        else:
            work.unusable(setting, value.expected)
        return
    if value.value is None:
        work.same.append(setting.called)
        return
    if row.how == "balancer" and value.value is False and _masters(work) > 1:
        work.leave(setting, "several masters need an address that outlives each", "'api.dns_name'")
        return
    for path in map(spec_path, row.to):
        before = work.leaves.get(path)
        either = row.either and before is not None and before.value is True
        remark = value.remark if setting.span else "the default of Magnum's driver"
        work.put(path, SpecLeaf(True if either else value.value, setting, remark))


def _masters(work: Conversion) -> int:
    leaf = work.leaves.get(("masters", "count"))
    return leaf.value if leaf and isinstance(leaf.value, int) else 1


def _arguments(setting: GivenSetting, row: MagnumSetting, work: Conversion) -> None:
    """Each option of a command line is an argument of its own, and what is none is left out."""
    try:
        options, stray = arguments(setting.text)
    except ValueError:
        work.unusable(setting, "a line of options")
        return
    if stray:
        work.unusable(setting, "options alone", "a word")
    for name, value in options.items():
        if is_secretive_option(name, value):
            work.hide(setting, "an option")
        else:
            work.leaves[(*spec_path(row.to[0]), name)] = SpecLeaf(value, setting)

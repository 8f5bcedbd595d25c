"""Magnum's settings -> a spec, with comments about what it has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jeroboam.diagnostics import Diagnostic, diagnose, ordered
from jeroboam.imports.commented import CommentedSpec, commented_text
from jeroboam.imports.magnum.accept import Judge, accepted
from jeroboam.imports.magnum.carry import carry
from jeroboam.imports.magnum.conversion import Conversion, LeftOut, SpecLeaf, SpecPath
from jeroboam.imports.magnum.objects import CLUSTER, TEMPLATE, GivenSetting, MagnumObject, read_object
from jeroboam.imports.magnum.secretive import masked
from jeroboam.imports.magnum.table import MagnumDriver, MagnumSetting, MagnumTable, magnum_table
from jeroboam.source import Data
from jeroboam.spec.phrases import listed

_FLAVOR = "m1.small"
"""Of Magnum's templates, where none is given."""
_NETWORK = "public"
"""Likewise."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The spec, None where what was read has errors; what was found, and the texts that may be quoted.

    `carried` and `left_out` are names of settings.
    """

    spec: str | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    carried: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def import_magnum(
    template: tuple[str, str],
    cluster: tuple[str, str] | None,
    judge: Judge,
    *,
    distro: str | None = None,
) -> Imported:
    """A spec from the JSON of a cluster template and, where there is one, of a cluster made from it.

    Both are a path and its text. `distro` is the spec's where the template does not say it.
    """
    table = magnum_table()
    read = [read_object(template[1], template[0], TEMPLATE, table)]
    if cluster is not None:
        read.append(read_object(cluster[1], cluster[0], CLUSTER, table))
    texts = dict([template, *([cluster] if cluster else [])])
    found = [finding for each in read for finding in each.diagnostics]
    objects = [each.value for each in read if each.value is not None]
    hidden = [span for each in read for span in each.hidden]
    texts = {name: masked(text, [s for s in hidden if s.source == name]) for name, text in texts.items()}
    if len(objects) < len(read):
        return Imported(None, ordered(found), texts)
    work = _begun(objects, table, distro, found)
    if work is None:
        return Imported(None, ordered(found), texts)
    found.extend(_another(objects))
    for setting in _settings(objects, work):
        carry(setting, work)
    _complete(work)
    work.settle()
    text = accepted(work, lambda: _written(work, objects), judge)
    return Imported(text, ordered((*found, *work.found)), texts, work.settle(), tuple(work.left))


def _begun(
    objects: Sequence[MagnumObject], table: MagnumTable, distro: str | None, found: list[Diagnostic]
) -> Conversion | None:
    """The COE and the distro, on which all else depends; None where one has no equivalent."""
    template = objects[0].attributes
    given = {name: setting for each in objects for name, setting in each.attributes.items()}
    coe = template["coe"].text.strip()
    if coe not in table.coes:
        known = listed(table.coes)
        found.append(diagnose("JB0705", span=template["coe"].span, value=template["coe"].shown, known=known))
        return None
    work = Conversion(coe=table.coes[coe], driver="", table=table, attributes=given, labels=_labels(objects))
    kind = template["server_type"].text if "server_type" in template else "vm"
    named = template["driver"].text if "driver" in template else ""
    fitting = [driver for driver in table.drivers if (driver.coe, driver.server_type) == (coe, kind)]
    exact = [driver for driver in fitting if driver.name == named]
    told = template.get("cluster_distro")
    word = told.text.strip() if told else _only(exact or fitting)
    if distro is None and word not in table.distros:
        why = f"'{told.shown}' has no equivalent" if told else "the template has no 'cluster_distro'"
        at = told or template["coe"]
        known = listed(dict.fromkeys(to for to, _ in table.distros.values()))
        found.append(diagnose("JB0706", span=at.span, why=why, known=known))
        return None
    drivers = [driver for driver in fitting if driver.distro == word]
    work.driver = (exact or drivers)[0].name if exact or drivers else ""
    to, note = table.distros.get(word, ("", ""))
    if distro is not None and distro != to:
        to, note = distro, f"Set it to an image of {distro}."
    work.attributes = {**_defaults(table.attributes, work.driver), **given}
    work.labels = {**_defaults(table.labels, work.driver), **work.labels}
    other = template["driver"].shown if named else ""
    work.facts = {"driver": work.driver or other, "image": note}
    work.leaves[("coe",)] = SpecLeaf(work.coe, template["coe"])
    work.leaves[("distro",)] = SpecLeaf(to, told, "" if to == word else "{value} in Magnum")
    return work


def _defaults(rows: Sequence[MagnumSetting], driver: str) -> dict[str, GivenSetting]:
    """What Magnum's driver took where nobody said it."""
    return {
        row.name: GivenSetting(row.name, row.default[driver], row, None, is_label=row.is_label)
        for row in rows
        if driver in row.default
    }


def _only(drivers: Sequence[MagnumDriver]) -> str:
    """The distro that these drivers have in common."""
    distros = {driver.distro for driver in drivers}
    return distros.pop() if len(distros) == 1 else ""


def _another(objects: Sequence[MagnumObject]) -> Iterator[Diagnostic]:
    """That template and cluster do not belong together."""
    if len(objects) == 1:
        return
    wanted, own = objects[1].attributes["cluster_template_id"], objects[0].attributes.get("uuid")
    if own is not None and own.text != wanted.text:
        yield diagnose("JB0712", span=wanted.span, wanted=wanted.shown, found=own.shown)


def _labels(objects: Sequence[MagnumObject]) -> dict[str, GivenSetting]:
    """The labels in force: a cluster's, which Magnum merged when it was asked to, else the template's."""
    own = objects[-1].labels
    template = objects[0].labels
    if not own:
        return dict(template)
    # Of all labels, Magnum looks for this one in the template too.
    return {**({"kube_tag": template["kube_tag"]} if "kube_tag" in template else {}), **own}


def _settings(objects: Sequence[MagnumObject], work: Conversion) -> Iterator[GivenSetting]:
    """Attributes and labels in the table's order, which is that of their weight, then those it lacks."""
    attributes, labels = work.attributes, work.labels
    for row in work.table.attributes:
        if row.name in attributes:
            yield attributes[row.name]
    for row in work.table.labels:
        if row.name in labels:
            yield labels[row.name]
    yield from (setting for setting in (*attributes.values(), *labels.values()) if setting.row is None)
    for name, setting in objects[0].labels.items():
        if name not in labels:
            work.leave(setting, "the cluster was made without this label of its template")


def _complete(work: Conversion) -> None:
    """What every spec has, and Magnum filled in where nobody said it."""
    defaults: list[tuple[SpecPath, Data, str]] = [
        (("spec_version",), 1, ""),
        (("kind",), "cluster", ""),
        (("name",), "imported", "Magnum had no name"),
        (("masters", "count"), 1, ""),
        (("masters", "flavor"), _FLAVOR, "the default of Magnum's drivers"),
        (("node_groups", 0, "name"), "default", ""),
        (("node_groups", 0, "count"), 1, ""),
        (("node_groups", 0, "flavor"), _FLAVOR, "the default of Magnum's drivers"),
    ]
    if not any(path[:2] == ("network", "external_network") for path in work.leaves):
        defaults.append((("network", "external_network"), _NETWORK, "Magnum took a network of this name"))
    for path, value, remark in defaults:
        work.leaves.setdefault(path, SpecLeaf(value, None, remark))


def _written(work: Conversion, objects: Sequence[MagnumObject]) -> str:
    values = {path: leaf.value for path, leaf in work.leaves.items()}
    remarks: dict[SpecPath, str] = {}
    for path, leaf in work.leaves.items():
        if leaf.remark:
            given = leaf.given.shown if leaf.given else ""
            remarks[path] = leaf.remark.replace("{value}", given)
    notes = dict(work.table.notes)
    if work.facts["image"]:
        notes["image"] = work.facts["image"]
    spec = CommentedSpec(values, remarks, notes, _head(work, objects), _tail(work))
    return commented_text(spec)


def _head(work: Conversion, objects: Sequence[MagnumObject]) -> tuple[str, ...]:
    kinds = {TEMPLATE: "cluster template", CLUSTER: "cluster"}
    names = [
        f"{kinds[each.kind]} '{each.attributes['name'].shown}'"
        for each in objects
        if "name" in each.attributes
    ]
    driver = f", driver {work.facts['driver']}" if work.facts["driver"] else ""
    return (
        f"Imported from Magnum: {listed(names, ' and ') or 'a cluster template'}{driver}.",
        "What could not be carried over is named at the end, with the reason and with what comes closest.",
    )


def _tail(work: Conversion) -> tuple[tuple[str, tuple[str, ...]], ...]:
    blocks = [
        ("Not carried over from Magnum:", tuple(map(_line, work.left.values()))),
        ("As it is here anyway:", (listed(work.same) + ".",) if work.same else ()),
        ("Of Magnum, and no settings:", (listed(work.results) + ".",) if work.results else ()),
        (
            "What is different from now on:",
            tuple(f"{title}: {text}" for title, text in work.table.closing),
        ),
    ]
    return tuple(block for block in blocks if block[1])


def _line(left: LeftOut) -> str:
    value = f" ({left.value})" if left.value else ""
    after = f" Closest: {left.instead}." if left.instead else ""
    after += f" To do: {left.advice}." if left.advice else ""
    return f"{left.name}{value}: {left.why.rstrip('.')}.{after}"

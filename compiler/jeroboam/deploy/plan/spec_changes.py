"""Two templates to the properties of their specs that differ: each carries a record of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jeroboam import plugins
from jeroboam.deploy.plan.effects import SERVER
from jeroboam.hot.contract import MASTER, OutputName, parse_identity, parse_node_id
from jeroboam.hot.flat import Templates, flattened
from jeroboam.source import Data
from jeroboam.spec.change.compare import changes
from jeroboam.spec.change.record import GROUPS, Record, parse, property_of
from jeroboam.spec.change.types import SpecChange

UNRECORDED = (
    "the template in use keeps no record of its spec, as those of earlier releases: of properties only the "
    "COE, its version and the number of nodes are compared; for all of them: jeroboam diff SPEC OLD_SPEC"
)


class SpecChanges(NamedTuple):
    """The changes, and what a reader should know beside."""

    changes: tuple[SpecChange, ...]
    notes: tuple[str, ...] = ()


def spec_changes(old: Templates, new: Templates) -> SpecChanges:
    """What differs between the specs of two templates, the gravest first."""
    after = recorded(new.main)
    if after is None:
        return SpecChanges(())
    before, notes = recorded(old.main), tuple[str, ...]()
    if before is None:
        before, notes = _seen(old), (UNRECORDED,)
        after = {path: value for path, value in after.items() if path in before or _of_nodes(path)}
    driver = plugins.driver(str(after.get("coe")))
    return SpecChanges(changes(before, after, driver.changes if driver else {}), notes)


def recorded(template: Mapping[str, Any]) -> Record | None:
    """The record of a template's spec, None where it has none that can be read."""
    told = _output(template, OutputName.SPEC)
    try:
        return parse(told) if isinstance(told, str) else None
    except (RecursionError, ValueError):
        return None


def _seen(templates: Templates) -> Record:
    """What can be seen of a spec in a template without its record."""
    found: dict[str, Data] = {}
    identity = parse_identity(_output(templates.main, OutputName.CLUSTER))
    if identity is not None:
        found |= {"name": identity.name, "coe": identity.coe, "distro": identity.distro}
    version = _output(templates.main, OutputName.COE_VERSION)
    if isinstance(version, str):
        found["coe_version"] = version
    servers = (key.name for key, flat in flattened(templates).items() if flat.type == SERVER)
    indexes: dict[str, set[int]] = {}
    for parsed in filter(None, map(parse_node_id, servers)):
        indexes.setdefault(parsed[0], set()).add(parsed[1])
    for role, taken in indexes.items():
        if role == MASTER:
            found["masters.count"] = len(taken)
        else:
            found[f"{GROUPS}.{role}.count"] = len(taken)
            found[f"{GROUPS}.{role}.retired"] = [*sorted({*range(max(taken))} - taken)]
    return found


def _of_nodes(path: str) -> bool:
    return property_of(path)[0] in (f"{GROUPS}.count", f"{GROUPS}.retired")


def _output(template: Mapping[str, Any], name: OutputName) -> Any:
    outputs = template.get("outputs")
    output = outputs.get(name) if isinstance(outputs, Mapping) else None
    return output.get("value") if isinstance(output, Mapping) else None

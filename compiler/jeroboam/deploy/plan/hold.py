"""A new template in which servers that run keep what Heat would rebuild or replace all of them for at once.

They get it when they are made anew, one after another (ADR 16): a server that is out is held to nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from jeroboam.deploy.plan.effects import SERVER
from jeroboam.deploy.plan.values import same
from jeroboam.emit import Artifact, Bundle
from jeroboam.hot.contract import OutputName, parse_node_id
from jeroboam.hot.flat import Flat, Key, Param, Templates, flattened, nested_in, symbols
from jeroboam.serialize import yaml_text

AT_BIRTH = (
    "availability_zone", "block_device_mapping_v2", "config_drive", "flavor", "image", "key_name"
)  # fmt: skip
"""Properties of a server that Nova sets when it makes it, or restarts it for."""


@dataclass(frozen=True, slots=True)
class HeldTemplates:
    """A template with the properties that each server is held to, by key, and the names of these."""

    templates: Templates
    nodes: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)


def held(new: Templates, live: Templates, servers: Collection[Key]) -> HeldTemplates:
    """`new` with `servers` held to what they are in `live`; those that differ in nothing are left alone.

    What is held is told by the output `held_nodes`.
    """
    before, after = flattened(live), flattened(new)
    kept: dict[Key, Mapping[str, Any]] = {}
    for key in after:
        if key in servers and key in before and after[key].type == before[key].type == SERVER:
            differing = dict(_differing(before[key], after[key]))
            if differing:
                kept[key] = differing
    if not kept:
        return HeldTemplates(new)
    main, files = deepcopy(dict(new.main)), {name: deepcopy(dict(file)) for name, file in new.files.items()}
    homes = nested_in(main, files)
    for key, properties in kept.items():
        document = files[homes[key.stack]] if key.stack else main
        at = document["resources"][key.name]["properties"]
        for name, value in properties.items():
            at.pop(name, None)
            if value is not None:
                at[name] = value
    nodes = {key: tuple(sorted(properties)) for key, properties in kept.items()}
    main["outputs"] = (main.get("outputs") or {}) | {
        OutputName.HELD_NODES: {
            "description": "Servers that are kept as they were made, until they are made anew.",
            "value": {key.name: list(names) for key, names in nodes.items()},
        }
    }
    return HeldTemplates(replace(new, main=main, files=files), nodes)


def held_note(found: HeldTemplates) -> Iterator[str]:
    """What a reader of a plan should know of it."""
    if found.nodes:
        names = ", ".join(sorted({name for properties in found.nodes.values() for name in properties}))
        who = "1 server keeps" if len(found.nodes) == 1 else f"{len(found.nodes)} servers keep"
        yield f"{who} {names} as they are, until made anew, one after another"


def nodes_of(resources: Mapping[Key, Flat]) -> Iterator[Key]:
    """The servers of nodes."""
    return (key for key, flat in resources.items() if flat.type == SERVER and parse_node_id(key.name))


def bundled(bundle: Bundle, found: HeldTemplates) -> Bundle:
    """The bundle with such templates in the place of its own."""
    if not found.nodes:
        return bundle
    texts = {f"{bundle.name}.hot.yaml": found.templates.main, **found.templates.files}
    return replace(
        bundle,
        artifacts=tuple(
            Artifact(a.path, yaml_text(texts[a.path])) if a.path in texts else a for a in bundle.artifacts
        ),
    )


def _differing(before: Flat, after: Flat) -> Iterator[tuple[str, Any]]:
    """The properties of a server to hold, each with the value that it has, None where it has none."""
    for name in AT_BIRTH:
        old, new = before.properties.get(name), after.properties.get(name)
        if not same(old, new) and all(isinstance(symbol, Param) for symbol in symbols(old)):
            yield name, _plain(old)


def _plain(value: Any) -> Any:
    """A value without its parameters."""
    match value:
        case Param(_, known):
            return _plain(known)
        case Mapping():
            return {name: _plain(item) for name, item in value.items()}
        case list():
            return [_plain(item) for item in value]
    return value

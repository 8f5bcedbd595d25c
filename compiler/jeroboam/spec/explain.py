"""The documentation of a property, as text, from the schema alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from textwrap import fill, shorten

from jeroboam.escape import escaped
from jeroboam.serialize import yaml_text
from jeroboam.spec.change.effects import effects
from jeroboam.spec.change.types import ChangeEffect, Effects
from jeroboam.spec.phrases import nearest, paths
from jeroboam.spec.schema import Schema, composed, flat, members

CHANGES = {
    ChangeEffect.NEVER: "never: a living cluster cannot change it",
    ChangeEffect.ROLL: "roll: {nodes} have to be made anew, one after another",
    ChangeEffect.API: "api: it is changed through the COE's API",
    ChangeEffect.NEW: "new: {nodes} have it that are made from then on",
    ChangeEffect.LIVE: "live: Heat changes it under running nodes",
}
"""What each effect means, in a clause."""
_WIDTH = 100
_INDENT = "  "


def explain(path: str | None = None) -> str | None:
    """What `path` means: `network.mtu`, `node_groups[0].flavor` or `/node_groups/0/flavor`.

    An overview for None. A place inside a mapping of the user's own keys is explained by the mapping. None
    when there is no such property.
    """
    known = paths()
    if path is None:
        return _overview(known)
    tokens = [token for token in re.split(r"[./\[\]]+", path) if token and not token.isdigit()]
    places = (".".join(tokens[:length]) for length in range(len(tokens), 0, -1))
    name = next((place for place in places if place in known), None)
    if name is None:
        return None
    exact = name == ".".join(tokens)
    own_keys = isinstance(known[name].get("additionalProperties"), dict)
    return "\n".join(_page(name, known[name])) + "\n" if exact or own_keys else None


def search(words: str) -> str | None:
    """The properties whose names or descriptions have all of some words, as text; None when none has."""
    wanted = [word for word in re.split(r"[\s.,/_-]+", words.lower()) if word]
    found = {
        name: schema
        for name, schema in paths().items()
        if wanted and all(word in _text_of(name, schema) for word in wanted)
    }
    return "\n".join([f"Properties with '{escaped(words)}'", "", *_rows(found, 0)]) + "\n" if found else None


def _text_of(name: str, schema: Schema) -> str:
    meanings = (*schema.get("enumDescriptions", ()), *map(str, schema.get("enum", ())))
    return " ".join((name, schema.get("description", ""), *meanings)).lower()


def suggestion(path: str) -> str | None:
    """The property that an unknown path most likely means."""
    known = paths()
    same_end = [name for name in known if name.rpartition(".")[2] == path.rpartition(".")[2]]
    return same_end[0] if same_end else nearest(path, known)


def kind(schema: Schema) -> str:
    """A property's type in words: `integer`, `list of strings`, `mapping of strings` and so on."""
    types = schema.get("type", "string" if isinstance(schema.get("const"), str) else "integer")
    names = " or ".join([types] if isinstance(types, str) else types)
    if types == "array":
        return f"list of {_plural(kind(flat(schema['items'])))}"
    if types == "object":
        values = schema.get("additionalProperties")
        return f"mapping of {_plural(kind(flat(values)))}" if isinstance(values, dict) else "mapping"
    return names


def default(schema: Schema) -> str:
    """A property's default in words."""
    if "x-default" in schema:
        return str(schema["x-default"])
    return _flow(schema["default"]) if "default" in schema else "none"


def change(said: Effects) -> str:
    """What a change of a property does to a cluster that lives, in words."""
    whose = {"all": "nodes", "masters": "masters", "workers": "nodes of groups"}.get(said.nodes, "")
    words = "depends on the values" if said.rule else CHANGES[said.effect].format(nodes=whose)
    return f"{words}; {said.why}" if said.why else words


def _page(name: str, schema: Schema) -> Iterator[str]:
    yield name
    yield ""
    yield fill(schema.get("description", ""), _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    yield ""
    facts = {"type": kind(schema), "default": default(schema), "required": _required(name)}
    item = flat(schema["items"]) if "items" in schema else schema
    if "enum" in item:
        facts["values"] = ", ".join(_flow(value) for value in item["enum"])
    if "minimum" in item:
        facts["range"] = f"{item['minimum']} to {item.get('maximum', 'any')}"
    if "x-expected" in item:
        facts["form"] = item["x-expected"]
    said = effects(name)
    if said is not None:
        facts["change"] = change(said)
    for example in schema.get("examples", ())[:1]:
        facts["example"] = f"{name.rpartition('.')[2]}: {_flow(example)}"
    for label, value in facts.items():
        if value:
            yield fill(f"{label:<10}{value}", _WIDTH, initial_indent=_INDENT, subsequent_indent=" " * 12)
    for value, meaning in zip(item.get("enum", ()), item.get("enumDescriptions", ()), strict=False):
        yield fill(f"{value}: {meaning}", _WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 14)
    inner = members(item)
    if inner:
        yield ""
        yield f"{_INDENT}properties"
        yield from _rows({f"{name}.{key}": flat(value) for key, value in inner.items()}, len(name) + 1)


def _overview(known: dict[str, Schema]) -> str:
    return "\n".join(["The properties of a cluster spec", "", *_rows(known, 0)]) + "\n"


def _rows(known: dict[str, Schema], skip: int) -> Iterator[str]:
    names = {name: name[skip:] for name in known}
    width = max(map(len, names.values())) + 2
    for name, schema in known.items():
        first = schema.get("description", "").partition(". ")[0].rstrip(".")
        yield (
            _INDENT
            + f"{names[name]:<{width}}"
            + shorten(first, _WIDTH - width - len(_INDENT), placeholder=" …")
        )


def _required(name: str) -> str:
    schema, leaf = composed(), name.rpartition(".")
    for token in leaf[0].split(".") if leaf[0] else ():
        schema = flat(members(schema)[token])
        schema = flat(schema["items"]) if "items" in schema else schema
    if leaf[2] in schema.get("required", ()):
        return "yes"
    return "in a cluster, after the merge" if leaf[2] in schema.get("x-required", ()) else ""


def _plural(name: str) -> str:
    if " or " in name:
        return f"{name} values"
    first, _, rest = name.partition(" ")
    return f"{first}s {rest}".rstrip()


def _flow(value: object) -> str:
    """A value as it would stand in YAML on one line, in quotes where it needs them; JSON is YAML."""
    if isinstance(value, str):
        written = yaml_text({"a": value}).removeprefix("a: ").rstrip("\n")
        return json.dumps(value, ensure_ascii=False) if "\n" in written or not value else written
    return json.dumps(value, ensure_ascii=False)

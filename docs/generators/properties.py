"""The page of properties."""

from __future__ import annotations

from jeroboam.spec.change.effects import effects
from jeroboam.spec.explain import default, kind
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import Schema, flat

_HEAD = """\
# Properties of a cluster spec

All of them, with type and default. `jeroboam explain PROPERTY` says the same at the command line,
and `jeroboam schema` prints the JSON Schema that both come from. A property of a list's items is
written as if there were one item: `node_groups.flavor`.

The column *change* says what a change does to a cluster that lives: `live` (Heat changes it under
running nodes), `new` (only nodes made from then on have it), `roll` (nodes have to be made anew,
one after another), `api` (through the COE's API) or `never`; with `*` it depends on the values.
[Changing a cluster](changing.md) tells more.

This page is generated from the schema.
"""
_COLUMNS = "| property | type | default | change | meaning |\n| --- | --- | --- | --- | --- |\n"


def markdown() -> str:
    """The page, a section for each top-level property that has others below it."""
    known = paths()
    tops = {name: schema for name, schema in known.items() if "." not in name}
    below = {top: [n for n in known if n.startswith(f"{top}.")] for top in tops}
    parts = [_HEAD, "\n## The cluster\n\n", _COLUMNS]
    parts += [_row(name, schema) for name, schema in tops.items()]
    for top, names in below.items():
        if names:
            parts += [f"\n## `{top}`\n\n", _COLUMNS, *(_row(name, known[name]) for name in names)]
    return "".join(parts)


def _row(name: str, schema: Schema) -> str:
    item = flat(schema["items"]) if "items" in schema else schema
    values = [f"`{value}`" for value in item.get("enum", ()) if value is not None]
    meaning = schema.get("description", "") + (f" One of {', '.join(values)}." if values else "")
    cells = (f"`{name}`", kind(schema), default(schema), _change(name), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def _change(name: str) -> str:
    said = effects(name)
    if said is None:
        return ""
    return f"{said.effect}{'*' if said.rule else ''}"

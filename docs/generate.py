"""Writes the pages of docs/ that are made from the code: `make docs`. With --check it only compares.

Exit status: 0, or 1 where --check finds a page that is not what the code says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from jeroboam.diagnostics.table import markdown
from jeroboam.spec.explain import default, kind
from jeroboam.spec.schema import Schema, flat
from jeroboam.spec.words import paths

DOCS = Path(__file__).resolve().parent

PROPERTIES = """\
# Properties of a cluster spec

All of them, with type and default. `jeroboam explain PROPERTY` says the same at the command line, and
`jeroboam schema` prints the JSON Schema that both come from. A property of a list's items is written as
if there were one item: `node_groups.flavor`.

This page is generated from the schema.
"""
COLUMNS = "| property | type | default | meaning |\n| --- | --- | --- | --- |\n"


def properties() -> str:
    """The page of properties, a section for each top-level property that has others below it."""
    known = paths()
    tops = {name: schema for name, schema in known.items() if "." not in name}
    below = {top: [n for n in known if n.startswith(f"{top}.")] for top in tops}
    parts = [PROPERTIES, "\n## The cluster\n\n", COLUMNS]
    parts += [_row(name, schema) for name, schema in tops.items()]
    for top, names in below.items():
        if names:
            parts += [f"\n## `{top}`\n\n", COLUMNS, *(_row(name, known[name]) for name in names)]
    return "".join(parts)


def _row(name: str, schema: Schema) -> str:
    item = flat(schema["items"]) if "items" in schema else schema
    values = [f"`{value}`" for value in item.get("enum", ()) if value is not None]
    meaning = schema.get("description", "") + (f" One of {', '.join(values)}." if values else "")
    cells = (f"`{name}`", kind(schema), default(schema), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Each generated page and its text."""
    yield DOCS / "diagnostics.md", markdown()
    yield DOCS / "properties.md", properties()


def main() -> int:
    """Writes or compares; the exit status."""
    stale = [(p, t) for p, t in pages() if not p.exists() or p.read_text(encoding="utf-8") != t]
    for path, text in stale:
        if "--check" in sys.argv[1:]:
            sys.stderr.write(f"docs/{path.name} is not what the code says: run `make docs`\n")
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes the pages of docs/ that are made from the code: `make docs`. With --check it only compares.

Exit status: 0, or 1 where --check finds a page that is not what the code says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from docs.generators import (
    diagnostics,
    from_magnum,
    known_causes,
    ports,
    preflight,
    properties,
    support,
    topology,
)

DOCS = Path(__file__).resolve().parent


def pages() -> Iterator[tuple[Path, str]]:
    """Each generated page and picture, and its text."""
    for made in (diagnostics, from_magnum, known_causes, ports, preflight, properties, support):
        name = made.__name__.rpartition(".")[2].replace("_", "-")
        yield DOCS / f"{name}.md", made.markdown()
    yield DOCS / "topology.svg", topology.picture()


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

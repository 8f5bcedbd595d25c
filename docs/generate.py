"""Writes the pages of docs/ that are made from the code, those of man(1) too: `make docs`.

With --check it only compares.

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
    man,
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
    for name, text in man.pages():
        yield DOCS / "man" / name, text


def main() -> int:
    """Writes or compares; the exit status."""
    current = dict(pages())
    stale: list[tuple[Path, str | None]] = [
        (p, t) for p, t in current.items() if not p.exists() or p.read_text(encoding="utf-8") != t
    ]
    stale += [(path, None) for path in sorted((DOCS / "man").glob("*.1")) if path not in current]
    for path, text in stale:
        if "--check" in sys.argv[1:]:
            sys.stderr.write(f"{path.relative_to(DOCS.parent)} is not what the code says: run `make docs`\n")
        elif text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())

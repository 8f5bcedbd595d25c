"""`python -m docs.changelog VERSION DATE`: moves the notes of docs/changes/ into CHANGELOG.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

_ROOT = Path(__file__).resolve().parent.parent
_SECURITY = "### Security"
_WIDTH = 100


def released(changelog: str, version: str, date: str, changes: Sequence[str], security: Sequence[str]) -> str:
    """`changelog` with the section of `version` dated, and each note as an entry at its end.

    The section is there as `(unreleased)`, or is made before all others.
    """
    heading = re.compile(rf"^## {re.escape(version)} \(unreleased\)\n", re.MULTILINE)
    if not heading.search(changelog):
        changelog = re.sub(
            r"^(?=## )", f"## {version} (unreleased)\n\n", changelog, count=1, flags=re.MULTILINE
        )
    before, section, after = _split(changelog, heading)
    general, _, safe = section.partition(f"{_SECURITY}\n")
    parts = [f"## {version} ({date})", _entries(general, changes)]
    if safe.strip() or security:
        parts += [_SECURITY, _entries(safe, security)]
    return before + "\n\n".join(part for part in parts if part) + "\n" + (f"\n{after}" if after else "")


def _split(changelog: str, heading: re.Pattern[str]) -> tuple[str, str, str]:
    """What is before a section, its body, and what is after it."""
    found = heading.search(changelog)
    assert found is not None
    body = changelog[found.end() :]
    following = re.search(r"^## ", body, re.MULTILINE)
    end = following.start() if following else len(body)
    return changelog[: found.start()], body[:end], body[end:]


def _entries(present: str, notes: Sequence[str]) -> str:
    new = (
        fill(
            " ".join(note.split()), _WIDTH, initial_indent="- ", subsequent_indent="  ",
            break_long_words=False, break_on_hyphens=False,
        )
        for note in notes
    )  # fmt: skip
    return "\n".join(part for part in (present.strip(), *new) if part)


def main(version: str, date: str) -> int:
    """Rewrites the changelog; 1 where there are no notes."""
    notes = sorted(path for path in (_ROOT / "docs/changes").glob("*.md") if path.name != "README.md")
    if not notes:
        sys.stderr.write("docs/changes has no notes\n")
        return 1
    texts = {path: path.read_text(encoding="utf-8") for path in notes}
    security = [path for path in notes if path.name.endswith(".security.md")]
    page = _ROOT / "CHANGELOG.md"
    text = released(
        page.read_text(encoding="utf-8"), version, date,
        [texts[path] for path in notes if path not in security], [texts[path] for path in security],
    )  # fmt: skip
    page.write_text(text, encoding="utf-8")
    for path in notes:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""The text of a secrets file: written anew, or edited line by line with a user's own lines left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jeroboam import serialize
from jeroboam.secrets.seal import Seal, seal_of, seal_text

SEAL_WORD = "seal:"
"""What the comment begins with that opens the file's values."""
_SEAL_LINE = re.compile(rf"^# {SEAL_WORD} (.*)$", re.MULTILINE)
_SHORT_LIVED = (
    "# What nodes join with expires after days: `jeroboam secrets` renews it, and keeps everything else.",
)


class SecretLine(NamedTuple):
    """A line of the file, and the comment before it."""

    name: str
    description: str
    value: str

    def text(self, indent: str) -> str:
        """Both lines."""
        # Quoted because a base64 value may look like a number.
        return f'{indent}# {" ".join(self.description.split())}\n{indent}{self.name}: "{self.value}"\n'


ROTATING_WORD = "rotating:"
"""What the comment begins with that a rotation goes on from."""
ROTATING_LINE = re.compile(rf"^# {ROTATING_WORD} ([a-z-]+) (\d) ([A-Za-z0-9+/=]+)\n", re.MULTILINE)
"""What is rotated, how far that is, and the old and the new values, sealed."""


def without_rotation(text: str) -> str:
    """The text of a secrets file without that comment."""
    return ROTATING_LINE.sub("", text)


def seal_in(text: str) -> Seal | None:
    """The seal of a secrets file, None where it has none."""
    line = _SEAL_LINE.search(text)
    return seal_of(line[1]) if line else None


def fresh(cluster: str, entries: Sequence[SecretLine], seal: Seal, *, short_lived: bool) -> str:
    """A new file."""
    lines = [
        f"# The secrets of cluster '{cluster}': a Heat environment file, written by `jeroboam secrets`.",
        "#",
        "# Whoever can read this file owns the cluster. Keep it out of version control and readable by",
        "# you alone (mode 0600), and keep a safe copy: every later update of the stack needs the same",
        "# values, or new nodes cannot join.",
        "#",
        "# The values are sealed, as anyone who can read the project can read what Heat is given. The next",
        "# line opens them. It is a comment, so it never reaches Heat; nodes get it from their Nova keypair.",
        f"# {SEAL_WORD} {seal_text(seal)}",
        *(_SHORT_LIVED if short_lived else ()),
        "parameters:",
    ]
    return "\n".join(lines) + "\n" + "".join(entry.text("  ") for entry in entries)


def edited(text: str, old: Mapping[str, object], entries: Sequence[SecretLine], seal: Seal) -> str | None:
    """`text`, whose data is `old`, with `entries` and `seal` in it and all else as it was.

    None where that did not work out.
    """
    raw = old["parameters"]
    assert isinstance(raw, Mapping)
    changed = [entry for entry in entries if entry.value != raw.get(entry.name)]
    line = f"# {SEAL_WORD} {seal_text(seal)}"
    text = _SEAL_LINE.sub(line, text, count=1) if seal_in(text) else f"{line}\n{text}"
    head = re.search(r"^parameters:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*?(?=( *)[^\s#])", text, re.MULTILINE)
    if head is None:
        return text if not changed else None
    indent = head[1] or "  "
    added = ""
    for entry in changed:
        if entry.name in raw:
            place = re.compile(rf"^{indent}{re.escape(entry.name)}:.*$", re.MULTILINE)
            text = place.sub(f'{indent}{entry.name}: "{entry.value}"', text, count=1)
        else:
            added += entry.text(indent)
    first_line_end = text.index("\n", head.start()) + 1
    text = text[:first_line_end] + added + text[first_line_end:]
    wanted = {**old, "parameters": {**raw, **{entry.name: entry.value for entry in changed}}}
    try:
        return text if serialize.load_yaml_all(text) == [wanted] else None
    except serialize.YamlError:
        return None

"""The manifest of a bundle's files, kept in its folder: what a later compile may remove.

The form is that of sha256sum(1), so `sha256sum -c manifest.sha256` checks a folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256

NAME = "manifest.sha256"
MAX_BYTES = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  ([\x21-\x5b\x5d-\x7e]+)")


def text(files: Mapping[str, bytes]) -> str:
    """The list of `files`, by path, in the order of their paths."""
    return "".join(f"{digest(content)}  {path}\n" for path, content in sorted(files.items()))


def parsed(content: bytes | None) -> Mapping[str, str] | None:
    """The digests that a list holds, by path; None where there is no list, or one that cannot be trusted.

    It may have come with a commit, or from a merge that went wrong: one path that leads out of the folder, or
    one line of another form, and none of it counts.
    """
    if content is None or len(content) > MAX_BYTES:
        return None
    found: dict[str, str] = {}
    for line in content.decode("ascii", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or {"", ".", ".."} & set(match[2].split("/")):
            return None
        found[match[2]] = match[1]
    return found


def digest(content: bytes) -> str:
    """The SHA-256 of `content`, in hexadecimal."""
    return sha256(content).hexdigest()

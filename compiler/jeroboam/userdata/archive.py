"""Files packed into one script that writes them, gzipped, base64 on one line; what they share is stored once.

A tar would take thirty bytes of each file's head more, of which nodes have up to ninety.

libdeflate comes with its binding. zlib's bytes depend on which zlib a Python was built with (zlib-ng packs
the same text differently), and the same spec must give the same bytes everywhere.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import replace
from posixpath import splitext
from shlex import quote

from jeroboam.model.types import FileEntry
from jeroboam.resources import script

PATH = "/opt/jeroboam/packed.sh.gz"
"""Where a node finds the archive before it is unpacked over /."""

LIST = "/opt/jeroboam/packed.list"
"""What was in it, a path a line."""

_LEVEL = 12
_COMMENT = re.compile(r"^[ \t]*#(?!!).*\n", re.MULTILINE)

UNPACK = ("bash", "-o", "pipefail", "-c", f"gzip --decompress --stdout {PATH} | bash >{LIST} && sync")
"""The command, as words; what it writes is not written again, should the power fail."""


def archive(files: Iterable[FileEntry]) -> str:
    """A gzipped script of bash that writes `files`, as base64.

    What is of one kind stands together: gzip looks back 32 KiB for what files share.
    """
    placed = sorted(files, key=lambda file: (splitext(file.path)[1], file.path))
    end = _end(placed)
    text = script("common/put.sh") + "".join(_put(file, end) for file in placed)
    return base64.b64encode(gzipped(text.encode())).decode("ascii")


def bare(file: FileEntry) -> FileEntry:
    """A script of bash without the lines that are comments; any other file as it is.

    Prose packs badly: of the fullest archive, which is 36 KB of base64, comments are a tenth. Lines in
    here-documents are no comments to bash, and would go, too: no fragment has such a line, as a test holds.
    """
    if not file.path.endswith(".sh"):
        return file
    return replace(file, content=_COMMENT.sub("", file.content))


def _put(file: FileEntry, end: str) -> str:
    """A here-document between quotes, in which nothing has a meaning, up to the line `end`."""
    content = file.content
    size = ""
    if content and not content.endswith("\n"):
        content, size = f"{content}\n", f" {len(content.encode())}"
    return f"put {file.mode:o} {quote(file.path)}{size} <<'{end}'\n{content}{end}\n"


def _end(files: Iterable[FileEntry]) -> str:
    """A line that none of the files has."""
    lines = {line for file in files for line in file.content.split("\n")}
    end = "END"
    while end in lines:
        end += "_"
    return end


def gzipped(content: bytes) -> bytes:
    """`content` as gzip has it, the same bytes on every machine."""
    from deflate import gzip_compress

    compressed: bytes = gzip_compress(content, _LEVEL)
    return compressed


def estimate(characters: int) -> int:
    """Characters of base64 that so many of scripts and manifests take in the archive (44 % was measured)."""
    return characters * 9 // 20

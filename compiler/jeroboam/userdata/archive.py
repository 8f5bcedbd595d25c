"""Files packed into one archive, base64 on one line; what they share is stored once.

libdeflate comes with its binding. zlib's bytes depend on which zlib a Python was built with (zlib-ng packs
the same text differently), and the same spec must give the same bytes everywhere.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable

from jeroboam.model.types import FileEntry

PATH = "/opt/jeroboam/packed.tar.gz"
"""Where a node finds the archive before it is unpacked over /."""

_LEVEL = 12

UNPACK = ("tar", "--extract", "--gzip", "--file", PATH, "--directory", "/")


def archive(files: Iterable[FileEntry]) -> str:
    """A gzipped tar of `files`, owned by root and without time stamps, as base64.

    Scripts come last, the largest first: gzip looks back 32 KiB for what they share.
    """
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for file in sorted(
            files, key=lambda file: (file.path.endswith(".sh"), -len(file.content), file.path)
        ):
            content = file.content.encode()
            member = tarfile.TarInfo(file.path.lstrip("/"))
            member.mode, member.size = file.mode, len(content)
            tar.addfile(member, io.BytesIO(content))
    return base64.b64encode(gzipped(packed.getvalue())).decode("ascii")


def gzipped(content: bytes) -> bytes:
    """`content` as gzip has it, the same bytes on every machine."""
    from deflate import gzip_compress

    compressed: bytes = gzip_compress(content, _LEVEL)
    return compressed


def estimate(characters: int) -> int:
    """Characters of base64 that so many of scripts and manifests take in the archive (44 % was measured)."""
    return characters * 9 // 20

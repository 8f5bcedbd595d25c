"""Files that commands other than `compile` write: whole or not at all, private where they hold secrets."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
PUBLIC = 0o666
"""Less the user's umask."""


def written(path: str, content: str | bytes, mode: int) -> None:
    """Make `path` hold `content`, text in UTF-8, with `mode` from the first byte on; follows a symbolic link.

    Readers see the old file or the new one, never a part. Raises OSError.
    """
    target = Path(path).resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    # Left by an earlier process of this id that was killed.
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    # The rename too has to survive a power cut: secrets exist nowhere else.
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def text_of(path: str) -> str | None:
    """The text at `path`, None where there is no file. Raises OSError, UnicodeDecodeError."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None

"""Files that commands other than `compile` write: whole or not at all, private where they hold secrets."""

from __future__ import annotations

import os
from contextlib import suppress

PRIVATE = 0o600
PUBLIC = 0o666
"""Less the user's umask."""


def written(path: str, text: str, mode: int) -> None:
    """Make `path` hold `text`, with `mode` from the first byte on; follows a symbolic link.

    Readers see the old file or the new one, never a part. Raises OSError.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    with suppress(FileNotFoundError):
        # Left by a run with this process id that was killed.
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    # The rename itself has to survive a power cut too: these values exist nowhere else.
    parent = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def text_of(path: str) -> str | None:
    """The text at `path`, None where there is no file. Raises OSError, UnicodeDecodeError."""
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return None

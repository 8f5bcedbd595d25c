"""Files that commands write: whole or not at all, private where they hold secrets, by one run at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jeroboam.cli.terminal import Failure, say

PRIVATE = 0o600
PUBLIC = 0o666
"""Less the user's umask."""


def written(path: str, content: str | bytes, mode: int) -> None:
    """Make `path` hold `content`, text in UTF-8, with `mode` from the first byte on; follows a symbolic link.

    Readers see the old file or the new one, never a part. Raises OSError.
    """
    from jeroboam.storage.whole import place

    with place(path, waiting(path)) as file:
        file.replace(content if isinstance(content, bytes) else content.encode("utf-8"), mode)


def waiting(path: str) -> Callable[[], None]:
    """Says that another run writes to `path` or beside it, and is waited for."""
    return lambda: say(f"{path}: another run of jeroboam is writing there; waiting for it")


@contextmanager
def confined() -> Iterator[None]:
    """What would lead out of a folder, or hang, becomes the Failure of the command."""
    from jeroboam.storage.folder import UnsafePathError

    try:
        yield
    except UnsafePathError as error:
        raise Failure(error.message, error.hint) from error


def text_of(path: str) -> str | None:
    """The text at `path`, None where there is no file. Raises OSError, UnicodeDecodeError."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None

"""Files that commands write: whole or not at all, private where they hold secrets, by one run at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jeroboam.cli.terminal import CommandError, say
from jeroboam.storage.atomic_write import place
from jeroboam.storage.folder import UnsafePathError
from jeroboam.storage.inputs import InputError, OutsideError, Root, contents

PRIVATE = 0o600
PUBLIC = 0o666
"""Less the user's umask."""


def written(path: str, content: str | bytes, mode: int) -> None:
    """Make `path` hold `content`, text in UTF-8, with `mode` from the first byte on; follows a symbolic link.

    Readers see the old file or the new one, never a part. Raises OSError.
    """
    with place(path, waiting(path)) as file:
        file.replace(content if isinstance(content, bytes) else content.encode("utf-8"), mode)


def waiting(path: str) -> Callable[[], None]:
    """Says that another run writes to `path` or beside it, and is waited for."""
    return lambda: say(f"{path}: another run of jeroboam is writing there; waiting for it")


@contextmanager
def confined() -> Iterator[None]:
    """What would lead out of a folder, or hang, becomes the CommandError of the command."""
    try:
        yield
    except UnsafePathError as error:
        raise CommandError(error.message, error.hint) from error


def bytes_of(path: str, root: Root | None = None) -> bytes:
    """A regular file of bounded size, below `root` where one is given. Raises OSError, CommandError."""
    try:
        return contents(path, root=root)
    except OutsideError as error:
        raise CommandError(
            f"cannot read '{path}': {error}", "put it there, or pass --allow-outside if you trust its path"
        ) from error
    except InputError as error:
        raise CommandError(
            f"cannot read '{path}': {error}",
            "name a regular file; where '-' is standard input, what a program prints can be piped in",
        ) from error


def text_of(path: str, root: Root | None = None) -> str | None:
    """The text of such a file, None where there is none. Raises OSError, UnicodeDecodeError, CommandError."""
    try:
        return bytes_of(path, root).decode("utf-8")
    except FileNotFoundError:
        return None

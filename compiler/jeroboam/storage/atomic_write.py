"""One file written whole: readers see the old one or the new one, and what a killed run left is removed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST
from pathlib import Path
from typing import IO

from jeroboam.storage.folder import Folder, opened
from jeroboam.storage.locks import locked


class LockedFile:
    """The path of a file, with its folder locked. Methods raise OSError."""

    def __init__(self, folder: Folder, name: str, beside: str | None = None) -> None:
        self._folder = folder
        self._name = name
        # Of a file beside another, the next run for that other one finds them.
        self._swept = beside or name

    def replace(self, content: bytes, mode: int) -> None:
        """Makes the file hold `content`, with `mode` from the first byte on."""
        self._put(content, mode, lambda temporary: self._folder.rename(temporary, self._name))

    def create(self, content: bytes, mode: int) -> None:
        """Makes the file; FileExistsError where there is one, also one made this very moment."""
        self._put(content, mode, self._linked)

    def beside(self, name: str) -> LockedFile:
        """Another file of the same folder."""
        return LockedFile(self._folder, name, self._swept)

    def sweep(self) -> None:
        """Removes the temporaries of runs that were killed; one that lives holds the lock."""
        for entry in _left(self._folder, self._swept):
            with suppress(OSError):
                os.unlink(entry, dir_fd=self._folder.descriptor)

    def _put(self, content: bytes, mode: int, place: Callable[[str], None]) -> None:
        # Its end is the file's own: what keeps `*.secrets.yaml` out of version control keeps this out too.
        temporary = f".tmp-{os.urandom(8).hex()}-{self._swept}"
        try:
            self._folder.create(temporary, content, mode)
            place(temporary)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=self._folder.descriptor)
        # The rename too has to survive a power cut: secrets exist nowhere else.
        self._folder.sync()

    def _linked(self, temporary: str) -> None:
        at = self._folder.descriptor
        try:
            os.link(temporary, self._name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links; the lock keeps other runs away.
            if self._folder.state(self._name):
                raise FileExistsError(self._name) from None
            self._folder.rename(temporary, self._name)


@contextmanager
def place(path: str, waiting: Callable[[], None]) -> Iterator[LockedFile]:
    """The place of the file at `path`, in a folder that no other run writes to meanwhile; follows links.

    `waiting` is called where another run has to be waited for. Raises OSError.
    """
    target = Path(path).resolve()
    with opened(target.parent) as folder, locked(folder.descriptor, waiting) as alone:
        if alone:
            LockedFile(folder, target.name).sweep()
        yield LockedFile(folder, target.name)


@contextmanager
def streamed(path: str, mode: int) -> Iterator[IO[bytes]]:
    """A file that is written part after part, and is there once the block has ended well; never over another.

    Raises OSError, FileExistsError where there is one already.
    """
    target = Path(path).resolve()
    temporary = target.with_name(f".tmp-{os.urandom(8).hex()}-{target.name}")
    if target.exists():
        raise FileExistsError(EEXIST, os.strerror(EEXIST), path)
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def clear(path: str, waiting: Callable[[], None]) -> None:
    """Removes what killed runs left beside the file at `path`, for a run that has nothing to write there."""
    target = Path(path).resolve()
    with suppress(OSError), opened(target.parent) as folder:
        if _left(folder, target.name):
            with locked(folder.descriptor, waiting) as alone:
                if alone:
                    LockedFile(folder, target.name).sweep()


def _left(folder: Folder, name: str) -> list[str]:
    own = re.escape(name)
    # The latter are of a release before there were locks.
    pattern = re.compile(rf"\.tmp-[0-9a-f]{{16}}-{own}|\.{own}\.\d+\.tmp")
    return [entry for entry in folder.names() if pattern.fullmatch(entry)]

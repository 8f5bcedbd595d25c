"""An open folder below which no link is followed, and nothing but regular files and folders is opened.

A path is relative, with forward slashes. What a repository holds may be anything: a link out of it, a FIFO
that never answers, a device.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAX_DEPTH = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
    stat.S_IFREG: "a regular file",
}


class UnsafePathError(Exception):
    """Something that must not be opened or replaced is where a file or a folder belongs.

    `found` and `wanted` are kinds such as stat.S_IFREG, 0 where it is not about these.
    """

    def __init__(self, message: str, hint: str, found: int = 0, wanted: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.found = found
        self.wanted = wanted


class Folder:
    """An open folder; `path` is what its user knows it by. Methods raise OSError, UnsafePathError."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.descriptor = descriptor
        self.path = path

    def names(self) -> list[str]:
        """The names of all entries, sorted."""
        return sorted(os.listdir(self.descriptor))

    def rename(self, name: str, new: str) -> None:
        """Gives the entry `name` another name, in the place of what has it."""
        os.rename(name, new, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def state(self, name: str) -> os.stat_result | None:
        """What the entry `name` is, itself and not what it links to; None where there is none."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    @contextmanager
    def folder(self, name: str) -> Iterator[Folder | None]:
        """The folder `name` in this one; None where there is none."""
        state = self.state(name)
        if state is None:
            yield None
            return
        self.require(name, state, stat.S_IFDIR)
        try:
            descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self.descriptor)
        except OSError as error:
            # It was replaced by a link since it was looked at.
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise self.unsafe(name, stat.S_IFLNK, stat.S_IFDIR) from error
            raise
        try:
            yield Folder(descriptor, self.path / name)
        finally:
            os.close(descriptor)

    @contextmanager
    def holding(self, path: str) -> Iterator[tuple[Folder | None, str]]:
        """The folder that the file at `path` is in, None where there is none, and the file's name in it."""
        head, _, rest = path.partition("/")
        if not rest:
            yield self, head
            return
        with self.folder(head) as inner:
            if inner is None:
                yield None, rest
            else:
                with inner.holding(rest) as found:
                    yield found

    def regular(self, path: str) -> os.stat_result | None:
        """The state of the regular file at `path`; None where there is none."""
        with self.holding(path) as (folder, name):
            state = folder.state(name) if folder else None
            if folder and state:
                folder.require(name, state, stat.S_IFREG)
            return state

    def read(self, path: str, most: int) -> bytes | None:
        """The regular file at `path`, its first `most` bytes and one more; None where there is none."""
        with self.holding(path) as (folder, name):
            state = folder.state(name) if folder else None
            if folder is None or state is None:
                return None
            folder.require(name, state, stat.S_IFREG)
            # Should it have become a FIFO since, opening it must not wait for a writer.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            try:
                descriptor = os.open(name, flags, dir_fd=folder.descriptor)
            except OSError as error:
                if error.errno == errno.ELOOP:
                    raise folder.unsafe(name, stat.S_IFLNK, stat.S_IFREG) from error
                raise
            with open(descriptor, "rb") as stream:
                folder.require(name, os.fstat(descriptor), stat.S_IFREG)
                found: bytes | None = stream.read(most + 1)
                if found is None:
                    # A file of the kernel's that has nothing to say yet.
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                return found

    def walk(self, depth: int = 0) -> Iterator[tuple[str, os.stat_result]]:
        """Every entry below with what it is itself, in the order of paths; a folder before what it holds."""
        if depth > MAX_DEPTH:
            raise self.too_deep()
        for name in self.names():
            state = self.state(name)
            if state is None:
                continue
            yield name, state
            if stat.S_ISDIR(state.st_mode):
                with self.folder(name) as inner:
                    found = inner.walk(depth + 1) if inner else ()
                    yield from ((f"{name}/{path}", below) for path, below in found)

    @contextmanager
    def making(self, path: str) -> Iterator[tuple[Folder, str]]:
        """As `holding`, with the folders made that the file at `path` is in."""
        head, _, rest = path.partition("/")
        if not rest:
            yield self, head
            return
        with suppress(FileExistsError):
            os.mkdir(head, dir_fd=self.descriptor)
        with self.folder(head) as inner:
            assert inner is not None
            with inner.making(rest) as found:
                yield found

    def create(self, path: str, content: bytes, mode: int = 0o666) -> None:
        """Makes the file at `path`, where none may be, and the folders it is in; it is on disk then."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self.making(path) as (folder, name):
            descriptor = os.open(name, flags, mode, dir_fd=folder.descriptor)
            with open(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(descriptor)

    def discard(self, path: str) -> None:
        """Removes the file at `path`, and the folders that are empty without it."""
        head, _, rest = path.partition("/")
        if not rest:
            os.unlink(head, dir_fd=self.descriptor)
            return
        with self.folder(head) as inner:
            assert inner is not None
            inner.discard(rest)
            empty = not inner.names()
        if empty:
            os.rmdir(head, dir_fd=self.descriptor)

    def remove(self, name: str) -> None:
        """Removes the entry `name` with all below it, following no link."""
        state = self.state(name)
        if state is None:
            return
        if not stat.S_ISDIR(state.st_mode):
            os.unlink(name, dir_fd=self.descriptor)
            return
        with self.folder(name) as inner:
            if inner:
                inner.clear()
        os.rmdir(name, dir_fd=self.descriptor)

    def clear(self, depth: int = 0) -> None:
        """Removes all that is in this folder."""
        if depth > MAX_DEPTH:
            raise self.too_deep()
        # A folder that is not writable would keep what is in it.
        with suppress(OSError):
            os.fchmod(self.descriptor, 0o700)
        for name in self.names():
            state = self.state(name)
            if state and stat.S_ISDIR(state.st_mode):
                with self.folder(name) as inner:
                    if inner:
                        inner.clear(depth + 1)
                os.rmdir(name, dir_fd=self.descriptor)
            else:
                os.unlink(name, dir_fd=self.descriptor)

    def sync(self) -> None:
        """Brings the folder's entries to disk, where its file system can do that for a folder."""
        with suppress(OSError):
            os.fsync(self.descriptor)

    def too_deep(self) -> UnsafePathError:
        """That a folder's nesting goes on for too long."""
        return UnsafePathError(
            f"'{self.path}' is more than {MAX_DEPTH} folders deep", "move what is in it elsewhere"
        )

    def require(self, name: str, state: os.stat_result, kind: int) -> None:
        """Raises UnsafePathError unless the entry `name` is of a kind, such as stat.S_IFREG."""
        found = stat.S_IFMT(state.st_mode)
        if found != kind:
            raise self.unsafe(name, found, kind)

    def unsafe(self, name: str, found: int, wanted: int) -> UnsafePathError:
        """That the entry `name` is of one kind where another belongs."""
        return UnsafePathError(
            f"'{self.path / name}' is {KINDS.get(found, 'a special file')}, "
            f"and {KINDS[wanted]} belongs there; refused to follow or open it",
            "find out who created it, and remove it",
            found,
            wanted,
        )


def make(path: Path, mode: int = 0o777) -> None:
    """Makes the folder at `path`, and those above, where it is not there. Raises OSError."""
    try:
        path.mkdir(mode, parents=True, exist_ok=True)
    except FileExistsError as error:
        # "File exists" would be what is wanted: a file is there, a FIFO, or a link to nowhere.
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from error


@contextmanager
def opened(path: Path) -> Iterator[Folder]:
    """The folder at `path`, which its user chose: links in `path` itself are followed. Raises OSError."""
    descriptor = os.open(path, _FOLDER)
    try:
        yield Folder(descriptor, path)
    finally:
        os.close(descriptor)

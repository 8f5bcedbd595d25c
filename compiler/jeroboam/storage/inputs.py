"""Reads files: regular ones of bounded size and, if somebody else names them, below one folder.

A spec may come from anybody who can open a pull request. What it names must neither hang the reader (a FIFO,
a device) nor bring in a file of the machine (an environment, a key) that happens to be readable there.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from jeroboam.storage.folder import KINDS, Folder, UnsafePathError

MAX_BYTES = 1 << 20
# To search a folder for a name takes less permission than to list it.
_SEARCH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
_FOLDER = "it is a directory"


class InputError(Exception):
    """Why a file is not read, after `cannot read '…': `."""


class OutsideError(InputError):
    """The file is not below the folder that it has to be below."""


class IrregularError(InputError):
    """It is not a regular file."""


class TooLargeError(InputError):
    """It has more bytes than may be read."""


class Root(NamedTuple):
    """The folder below which files may be named, as a resolved path; None where there is no such folder."""

    folder: str | None
    name: str
    """What it is, in words."""


def root_of(folder: str) -> Root:
    """Where files may be that a spec in `folder` names: its Git repository, else the folder itself.

    Neither `/` nor a folder that a user's home is in: that would be nearly everything worth reading.
    """
    own = os.path.realpath(folder)
    above = (own, *(str(path) for path in Path(own).parents))
    repository = next((path for path in above if os.path.lexists(os.path.join(path, ".git"))), None)
    if repository is not None and not _too_wide(repository):
        return Root(repository, "the Git repository of the spec")
    if _too_wide(own):
        return Root(
            None, "the spec's folder, which is too broad to read from: a home folder, or a parent of one"
        )
    return Root(own, "the spec's folder")


def contents(path: str, *, most: int = MAX_BYTES, root: Root | None = None) -> bytes:
    """The bytes of the regular file at `path`, links followed; of one below `root` where that is given.

    Raises InputError, OSError, and ValueError for what is no path.
    """
    resolved = os.path.realpath(path)
    home, name = os.path.split(resolved)
    if root is not None:
        if root.folder is None or not _below(resolved, root.folder):
            raise OutsideError(f"it is outside {root.name}")
        home, name = root.folder, resolved[len(root.folder) + 1 :]
    if name in ("", "."):
        raise IsADirectoryError(0, _FOLDER)
    # The path is resolved by now: what still is a link below was put there since, and is not followed.
    descriptor = os.open(home, _SEARCH)
    try:
        found = Folder(descriptor, Path(home)).read(name, most)
    except UnsafePathError as error:
        if error.found == stat.S_IFLNK:
            raise OSError(0, "its links form a loop, or changed meanwhile") from error
        if error.wanted == stat.S_IFDIR:
            raise NotADirectoryError(0, "a part of its path is not a folder") from error
        if error.found == stat.S_IFDIR:
            raise IsADirectoryError(0, _FOLDER) from error
        raise IrregularError(f"it is {KINDS.get(error.found, 'a special file')}") from error
    finally:
        os.close(descriptor)
    if found is None:
        if os.path.exists(path):
            # What a shell's `<(…)` names: its link in /proc leads to no path.
            raise IrregularError(f"it is {KINDS.get(stat.S_IFMT(os.stat(path).st_mode), 'a special file')}")
        raise FileNotFoundError(0, "there is no such file")
    if len(found) > most:
        raise TooLargeError(f"it is larger than {_size(most)}")
    return found


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _too_wide(folder: str) -> bool:
    return folder == "/" or _below(_home(), folder)


def _home() -> str:
    """The home of the user by the system's own list: pipelines set HOME to their workspace."""
    import pwd

    try:
        return os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return os.path.realpath(os.path.expanduser("~"))


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"

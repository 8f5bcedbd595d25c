"""Entries of one folder brought into another that takes its place, untouched: by hard links if possible."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress

from jeroboam.storage.folder import MAX_DEPTH, Folder, UnsafePathError

# Not EXDEV: what is in a mount must not be taken for a part of the folder, and removed with it.
_NO_LINKS = {
    errno.EPERM,
    errno.EMLINK,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EACCES,
}
Identity = tuple[int, int, int]
"""Device, inode and time of the last change of content, in nanoseconds."""


def carry(old: Folder, new: Folder, without: Collection[str], below: str = "") -> dict[str, Identity]:
    """Brings all that is in `old` into `new`, an empty folder, but for the paths `without`.

    A folder that is empty for lack of them is left out. Gives what was carried. Raises OSError, with EXDEV
    where a file system is mounted in `old`, and UnsafePathError.
    """
    if below.count("/") > MAX_DEPTH:
        raise old.too_deep()
    carried: dict[str, Identity] = {}
    for name in old.names():
        path = below + name
        state = old.state(name)
        if state is None or path in without:
            continue
        if not stat.S_ISDIR(state.st_mode):
            _bring(old, new, name, state)
            carried[path] = _identity(state)
            continue
        os.mkdir(name, dir_fd=new.descriptor)
        with old.folder(name) as inner, new.folder(name) as target:
            assert inner is not None
            assert target is not None
            carried |= carry(inner, target, without, f"{path}/")
            empty = not target.names() and inner.names()
        if empty:
            os.rmdir(name, dir_fd=new.descriptor)
    _like(old, new)
    new.sync()
    return carried


def rescue(
    old: Folder, new: Folder, carried: Mapping[str, Identity], without: Collection[str], below: str = ""
) -> None:
    """Moves what is in `old` and was not `carried` as it is now into `new`, but for the paths `without`."""
    for name in old.names():
        path = below + name
        state = old.state(name)
        if state is None or path in without or carried.get(path) == _identity(state):
            continue
        there = new.state(name)
        if not stat.S_ISDIR(state.st_mode):
            if there is None or not stat.S_ISDIR(there.st_mode):
                os.rename(name, name, src_dir_fd=old.descriptor, dst_dir_fd=new.descriptor)
            continue
        if there is None:
            os.mkdir(name, dir_fd=new.descriptor)
        elif not stat.S_ISDIR(there.st_mode):
            continue
        with old.folder(name) as inner, new.folder(name) as target:
            if inner and target:
                rescue(inner, target, carried, without, f"{path}/")
        if there is None:
            # It was left out when all else was carried, unless someone put something in since.
            with suppress(OSError):
                os.rmdir(name, dir_fd=new.descriptor)


def _bring(old: Folder, new: Folder, name: str, state: os.stat_result) -> None:
    try:
        os.link(name, name, src_dir_fd=old.descriptor, dst_dir_fd=new.descriptor, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _copy(old, new, name, state)


def _copy(old: Folder, new: Folder, name: str, state: os.stat_result) -> None:
    """For file systems without hard links, and files that this user may not link."""
    if stat.S_ISLNK(state.st_mode):
        os.symlink(os.readlink(name, dir_fd=old.descriptor), name, dir_fd=new.descriptor)
        return
    if not stat.S_ISREG(state.st_mode):
        raise UnsafePathError(
            f"'{old.path / name}' is neither a file nor a folder, and cannot be carried over",
            "move it out of the output folder",
        )
    content = old.read(name, state.st_size)
    assert content is not None
    new.create(name, content)
    with suppress(OSError):
        os.chmod(name, stat.S_IMODE(state.st_mode), dir_fd=new.descriptor)
    os.utime(name, ns=(state.st_atime_ns, state.st_mtime_ns), dir_fd=new.descriptor, follow_symlinks=False)


def _like(old: Folder, new: Folder) -> None:
    """Gives a folder the owner and the mode of the one that it takes the place of."""
    is_, was = os.fstat(new.descriptor), os.fstat(old.descriptor)
    if (is_.st_uid, is_.st_gid) != (was.st_uid, was.st_gid):
        with suppress(OSError):
            os.fchown(new.descriptor, was.st_uid, was.st_gid)
    with suppress(OSError):
        os.fchmod(new.descriptor, stat.S_IMODE(was.st_mode))


def _identity(state: os.stat_result) -> Identity:
    return state.st_dev, state.st_ino, state.st_mtime_ns

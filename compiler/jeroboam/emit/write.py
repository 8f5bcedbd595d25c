"""Writes a bundle's folder beside the old one, and swaps the two in one step.

Whoever looks sees all of the old bundle or all of the new one, also where a run is killed or another one
writes at the same time. What is not the bundle's own is carried over: hard links, so nothing is copied and
time stamps stay.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from jeroboam import escape
from jeroboam.emit import manifest
from jeroboam.emit.bundle import Bundle
from jeroboam.emit.compare import Comparison, compared, content, files
from jeroboam.storage.atomic_write import LockedFile
from jeroboam.storage.carry import carry, rescue
from jeroboam.storage.exchange import exchanged
from jeroboam.storage.folder import Folder, make, opened
from jeroboam.storage.locks import locked

STAGED, ASIDE = "tmp", "old"
"""Ends of names: a folder that is being made or removed; one that gives way where none can be exchanged."""


def write(bundle: Bundle, out_dir: Path, waiting: Callable[[], None] = lambda: None) -> Comparison:
    """Makes `out_dir/<name>/` hold the bundle, and gives what was there before beside it.

    A file that already has the right bytes keeps its time stamp, for make; where all do, nothing is touched.
    Of other files only those go that an earlier compile listed and nobody changed since. `waiting` is called
    where another run has to be waited for. Raises OSError, UnsafePathError.
    """
    make(out_dir)
    with opened(out_dir) as out, locked(out.descriptor, waiting) as alone:
        if alone:
            _sweep(out, bundle)
        with out.folder(bundle.name) as root:
            found = compared(bundle, root)
            if found.changed or found.removable:
                found = replace(found, whole=_replace(out, bundle.name, root, found))
        # Of two at once without locks, one's leftovers may be what the other is about to put in place.
        return replace(found, left=tuple(_leftovers(out, bundle.name))) if alone else found


def differences(bundle: Bundle, out_dir: Path, waiting: Callable[[], None] = lambda: None) -> str:
    """A unified diff from the files in `out_dir/<name>/` to the bundle; empty when they agree.

    Raises OSError, UnsafePathError.
    """
    if not out_dir.exists():
        return _diff(bundle, None)
    with (
        opened(out_dir) as out,
        locked(out.descriptor, waiting, shared=True),
        out.folder(bundle.name) as root,
    ):
        return _diff(bundle, root)


def _diff(bundle: Bundle, root: Folder | None) -> str:
    from difflib import unified_diff

    found = compared(bundle, root)
    return escape.lines(
        line.removesuffix("\n")
        for path in sorted((*found.changed, *found.removable))
        for line in unified_diff(
            content(root, path).splitlines(keepends=True),
            found.wanted.get(path, b"").decode().splitlines(keepends=True),
            f"{bundle.name}/{path} (on disk)",
            f"{bundle.name}/{path} (compiled)",
        )
    )


def _replace(out: Folder, name: str, root: Folder | None, found: Comparison) -> bool:
    """Whether the folder could be replaced; its files were, one by one, where it could not."""
    staged = f".{name}.{os.urandom(8).hex()}.{STAGED}"
    gone = {*found.changed, *found.removable}
    try:
        os.mkdir(staged, dir_fd=out.descriptor)
        with out.folder(staged) as new:
            assert new is not None
            try:
                carried = carry(root, new, gone) if root else {}
                for path in found.changed:
                    new.create(path, found.wanted[path])
                _sync(new, found.changed)
                _put_in_place(out, staged, name)
            except OSError as error:
                # A mount, or one that has a mount in it, or is below the top layer of an overlay.
                if root is None or error.errno not in (errno.EXDEV, errno.EBUSY):
                    raise
                _replace_files(root, found)
                return False
            if root:
                # What someone made or saved in the old folder since it was looked at.
                rescue(root, new, carried, gone)
    finally:
        _discard(out, staged)
        out.sync()
    return True


def _sync(folder: Folder, paths: Iterable[str]) -> None:
    for parent in sorted({path.rpartition("/")[0] for path in paths}, reverse=True):
        with folder.holding(f"{parent}/" if parent else "") as (inner, _):
            if inner:
                inner.sync()


def _put_in_place(out: Folder, staged: str, name: str) -> None:
    """Afterwards `name` is what `staged` was, and `staged` is what `name` was or is gone."""
    if out.state(name) is None:
        out.rename(staged, name)
    elif not exchanged(out.descriptor, staged, name):
        # For a moment there is neither; the run after one that is killed right then brings one back.
        aside = staged.removesuffix(STAGED) + ASIDE
        out.rename(name, aside)
        out.rename(staged, name)
        out.rename(aside, staged)
    out.sync()


def _replace_files(root: Folder, found: Comparison) -> None:
    """Replaces the files in `root` one by one, the list of them last: until then it tells of a mix."""
    for path in sorted(found.changed, key=lambda path: path == manifest.NAME):
        with root.making(path) as (folder, name):
            file = LockedFile(folder, name)
            file.sweep()
            file.replace(found.wanted[path], 0o666)
    for path in found.removable:
        root.discard(path)


def _sweep(out: Folder, bundle: Bundle) -> None:
    """Brings back or removes what runs that were killed left: one that lives holds the lock."""
    name = bundle.name
    for entry in _leftovers(out, name):
        state = out.state(entry)
        if state and entry.endswith(ASIDE) and stat.S_ISDIR(state.st_mode):
            if out.state(name) is None:
                out.rename(entry, name)
                continue
            try:
                _take_over(out, entry, bundle)
            except OSError:
                # It may hold what is nowhere else.
                continue
        _discard(out, entry)


def _leftovers(out: Folder, name: str) -> list[str]:
    left = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{16}}\.({STAGED}|{ASIDE})")
    return [entry for entry in out.names() if left.fullmatch(entry)]


def _discard(out: Folder, entry: str) -> None:
    """Removes a folder that nothing needs any more, as far as that is possible.

    Another user's files stay, and those that NFS keeps while they are open; the result is whole without it.
    """
    with suppress(OSError):
        out.remove(entry)


def _take_over(out: Folder, aside: str, bundle: Bundle) -> None:
    """Moves what is not the bundle's from a folder that gave way into the one that has its name now."""
    with out.folder(aside) as old, out.folder(bundle.name) as new:
        if old and new:
            listed = manifest.parsed(old.read(manifest.NAME, manifest.MAX_BYTES)) or {}
            there = {path for path, state in new.walk() if not stat.S_ISDIR(state.st_mode)}
            rescue(old, new, {}, {*files(bundle), *listed, *there})

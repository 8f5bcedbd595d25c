"""Compares a bundle with the files on disk: what is current, what changes, what is removed."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jeroboam.emit import manifest
from jeroboam.emit.bundle import Bundle
from jeroboam.storage.folder import Folder, UnsafePathError

MAX_BYTES = 1 << 24
"""No file that a compile writes is as large; larger ones are replaced unread and never shown."""
_OWNED = ("flannel", "nested", "user-data")
"""Folders in which a compile writes all that it writes beside the template."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Paths below the bundle's folder, each tuple sorted; `wanted` has the content of each file by path."""

    wanted: Mapping[str, bytes]
    same: frozenset[str]
    """Those that hold the right bytes."""
    removable: tuple[str, ...]
    """Of an earlier compile and as it left them."""
    edited: tuple[str, ...]
    """Of an earlier compile, and changed since."""
    unlisted: tuple[str, ...]
    """Where there is no list of an earlier compile: what looks like its files, but may be someone else's."""
    whole: bool = True
    """False where the folder could not be replaced and its files were, one by one."""
    left: tuple[str, ...] = ()
    """Folders beside the bundle's that hold old files and could not be removed."""

    @property
    def changed(self) -> tuple[str, ...]:
        """Those that have to be written."""
        return tuple(path for path in self.wanted if path not in self.same)


def files(bundle: Bundle) -> Mapping[str, bytes]:
    """The content of each file of a bundle's folder, the list of them among it, by path."""
    artifacts = {artifact.path: artifact.content.encode() for artifact in bundle.artifacts}
    listed = manifest.text(artifacts).encode()
    return dict(sorted({**artifacts, manifest.NAME: listed}.items()))


def compared(bundle: Bundle, root: Folder | None) -> Comparison:
    """`bundle` beside what is in its folder, `root`. Raises OSError, UnsafePathError."""
    wanted = files(bundle)
    if root is None:
        return Comparison(wanted, frozenset(), (), (), ())
    same = frozenset(path for path, content in wanted.items() if root.read(path, len(content)) == content)
    listed = manifest.parsed(root.read(manifest.NAME, manifest.MAX_BYTES))
    if listed is None:
        return Comparison(wanted, same, (), (), tuple(p for p in _looks_owned(root) if p not in wanted))
    removable: list[str] = []
    edited: list[str] = []
    for path in sorted(set(listed) - set(wanted)):
        content = root.read(path, MAX_BYTES)
        if content is not None:
            (removable if manifest.digest(content) == listed[path] else edited).append(path)
    return Comparison(wanted, same, tuple(removable), tuple(edited), ())


def content(root: Folder | None, path: str) -> str:
    """The text at `path`, to be shown; empty where there is none. Raises OSError, UnsafePathError."""
    found = root.read(path, MAX_BYTES) if root else None
    if found is not None and len(found) > MAX_BYTES:
        raise UnsafePathError(
            f"'{path}' of '{root.path if root else ''}' is over {MAX_BYTES >> 20} MiB: no compile wrote it",
            "find out who created it, and remove it",
        )
    return (found or b"").decode(errors="backslashreplace")


def _looks_owned(root: Folder) -> Iterator[str]:
    for folder in _OWNED:
        with root.folder(folder) as owned:
            found = owned.walk() if owned else ()
            yield from (f"{folder}/{path}" for path, state in found if stat.S_ISREG(state.st_mode))

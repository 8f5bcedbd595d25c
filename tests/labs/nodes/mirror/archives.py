"""Archives with the same bytes for the same files: names sorted, no owner but root, no time but 1970."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import stat
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple


class Entry(NamedTuple):
    """A member of an archive: a file by its bytes or where they are, a link by its target, else a folder."""

    name: str
    mode: int = 0o755
    content: Path | bytes | None = None
    link: str | None = None


def tree(folder: Path, under: str = "") -> Iterator[Entry]:
    """All that is below `folder`, to lie below `under` in the archive; links stay links.

    Sockets, devices and pipes are left out, which no package of a distribution brings.
    """
    for path in sorted(folder.rglob("*")):
        name = f"{under}{path.relative_to(folder).as_posix()}"
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            yield Entry(name, 0o777, link=str(path.readlink()))
        elif path.is_dir():
            yield Entry(name, mode)
        elif path.is_file():
            yield Entry(name, mode, path)


def write_tar(target: IO[bytes] | gzip.GzipFile, entries: Iterable[Entry], *, folders: bool = True) -> None:
    """Writes an uncompressed archive; the later of two entries of one name wins.

    With `folders` it also has the folders above each entry, in case nobody named them.
    """
    chosen = {entry.name.strip("/"): entry for entry in entries}
    if folders:
        above = {
            str(parent) for name in chosen for parent in PurePosixPath(name).parents if str(parent) != "."
        }
        chosen = {**{name: Entry(name) for name in above}, **chosen}
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, entry in sorted(chosen.items()):
            _add(archive, name, entry)


def write_tgz(target: Path, entries: Iterable[Entry]) -> None:
    """A gzipped archive of programs; the least compression, as emulated nodes are slow at it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with (
        part.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=1) as packed,
    ):
        write_tar(packed, entries, folders=False)
    part.rename(target)


def sha256(path: Path) -> str:
    """The digest of a file, in lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(source: Path, target: Path) -> None:
    """A file in its place, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    part.rename(target)


def _add(archive: tarfile.TarFile, name: str, entry: Entry) -> None:
    member = tarfile.TarInfo(name)
    member.mode = entry.mode
    if entry.link is not None:
        member.type, member.linkname = tarfile.SYMTYPE, entry.link
        archive.addfile(member)
    elif entry.content is None:
        member.type = tarfile.DIRTYPE
        archive.addfile(member)
    elif isinstance(entry.content, bytes):
        member.size = len(entry.content)
        archive.addfile(member, io.BytesIO(entry.content))
    else:
        member.size = entry.content.stat().st_size
        with entry.content.open("rb") as file:
            archive.addfile(member, file)

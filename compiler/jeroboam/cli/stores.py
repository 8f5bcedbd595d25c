"""Snapshots in an object store: written, listed and fetched by `snapshot` and `restore`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from hashlib import md5, sha256
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Annotated

import typer

from jeroboam.cli.files import PRIVATE
from jeroboam.cli.secrets_file import held_in
from jeroboam.cli.terminal import CommandError, failing, say
from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.stores.address import (
    StoreAddress,
    StoreAddressError,
    is_stored,
    parse_store,
    parse_stored,
)
from jeroboam.deploy.stores.apis import object_store
from jeroboam.deploy.stores.copies import (
    copies,
    copy_name,
    copy_time,
    fetched,
    found_copy,
    pruned,
    put,
)
from jeroboam.deploy.stores.store import ObjectBody
from jeroboam.errors import JeroboamError
from jeroboam.escape import lines, shell
from jeroboam.secrets import Contents
from jeroboam.secrets.seal import SALT_BYTES
from jeroboam.secrets.snapshot_seal import SnapshotKeys, SnapshotSealer, snapshot_keys
from jeroboam.serialize import json_text

MIB = 1 << 20

StoreOption = Annotated[
    str | None,
    typer.Option(
        metavar="STORE",
        help="Encrypted, to swift:CONTAINER[/PREFIX] or s3:https://HOST/BUCKET[/PREFIX].",
        show_default=False,
    ),
]
KeepOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="How many of this cluster stay in the store.  [default: all]",
        show_default=False,
    ),
]
ListOption = Annotated[
    bool, typer.Option("--list", help="Take none, and list those of this cluster in the store.")
]


class ByteMeter:
    """Counts bytes, and shows how many there are so far where somebody looks; `doing` in a word or two."""

    def __init__(self, doing: str, clock: Clock) -> None:
        self._doing, self._clock = doing, clock
        self._shown = clock.now() if sys.stderr.isatty() else None
        self.size = 0

    def add(self, count: int) -> None:
        """More bytes."""
        self.size += count
        if self._shown is not None and self._clock.now() - self._shown > 0.2:
            self._shown = self._clock.now()
            print(f"\r{self._doing}{self.size / MIB:.1f} MiB", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Takes the line away."""
        if self._shown is not None:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def store_named(
    store: str | None, *, keep: int | None, listing: bool, output: str | None
) -> StoreAddress | None:
    """The store that is meant, None without one; options that do not go together end the command."""
    if store is None:
        for option, given in (("--keep", keep is not None), ("--list", listing)):
            if given:
                raise typer.BadParameter(f"{option} is of a store: name it with --store")
        return None
    if output is not None:
        raise typer.BadParameter("a snapshot goes to a file (-o) or to a store (--store): name one of them")
    if listing and keep is not None:
        raise typer.BadParameter("--list deletes nothing: omit --keep")
    try:
        return parse_store(store)
    except StoreAddressError as error:
        raise _usage(error) from error


def keys_in(held: Contents, path: str) -> SnapshotKeys:
    """The keys that a secrets file has for snapshots in a store."""
    if held.seal is None:
        raise CommandError(
            f"'{path}' is of an earlier version and has no seal, of which the keys of snapshots are made",
            f"add one: {shell('jeroboam', 'secrets')} SPEC",
        )
    return snapshot_keys(held.seal)


def listed(address: StoreAddress, cloud: Cloud | None, cluster: str, *, as_json: bool) -> str:
    """The cluster's snapshots in a store, a line each, oldest first; or as JSON."""
    found = copies(object_store(address, cloud, say), cluster)
    if as_json:
        return json_text(
            [{"file": address.of(it.name), "bytes": it.size, "taken": f"{it.taken:%FT%TZ}"} for it in found]
        )
    if not found:
        say(f"there is no snapshot of '{cluster}' in '{address}'")
    return lines(
        f"{address.of(it.name)}  {it.size / MIB:8.1f} MiB  {it.taken:%F %H:%M:%S} UTC" for it in found
    )


class StoredSnapshot:
    """A snapshot on its way to a store, by an encrypted file in a folder of ours."""

    def __init__(
        self,
        address: StoreAddress,
        cloud: Cloud,
        cluster: str,
        keys: SnapshotKeys,
        taken: datetime,
        keep: int | None,
        file: _PrivateFile,
    ) -> None:
        self._store = object_store(address, cloud, say)
        # Before a cluster is asked for hundreds of megabytes.
        self._store.require()
        self._cluster, self._keys, self._keep, self._file = cluster, keys, keep, file
        self._name = copy_name(cluster, taken)
        self.file = address.of(self._name)
        """Its address."""
        self.deleted: tuple[str, ...] = ()
        """Names of older ones that were deleted."""
        self._digests = (md5(usedforsecurity=False), sha256())
        self._sealer = SnapshotSealer(keys, self._name, os.urandom(SALT_BYTES), self._write)

    def add(self, part: bytes) -> None:
        """One part of it; a CommandError where it cannot be written."""
        self._sealer.add(part)

    def put(self) -> None:
        """Writes it to the store, and then deletes older ones where that is asked for."""
        held, size = self._sealer.end(), self._file.end()
        ours, theirs = self._digests
        body = ObjectBody(self._file.path, size, ours.digest(), theirs.hexdigest())
        meter = ByteMeter("sent ", steady())
        put(self._store, self._name, body, self._keys, held, meter.add)
        meter.end()
        if self._keep is None:
            return
        try:
            self.deleted = pruned(self._store, self._cluster, self._keys, self._keep, self._name)
        except JeroboamError as error:
            error.message = f"{self.file} is written and whole, but older ones stay: {error.message}"
            raise

    @property
    def said(self) -> str:
        """What became of older ones, in words."""
        return {0: "none is deleted", 1: "an older one is deleted"}.get(
            len(self.deleted), f"{len(self.deleted)} older ones are deleted"
        )

    def _write(self, part: bytes) -> None:
        self._file.write(part)
        for digest in self._digests:
            digest.update(part)


@contextmanager
def storing(
    address: StoreAddress,
    cloud: Cloud,
    cluster: str,
    keys: SnapshotKeys,
    taken: datetime,
    keep: int | None,
) -> Iterator[StoredSnapshot]:
    """A snapshot on its way to a store; what is on a disk of it meanwhile is encrypted, and goes."""
    with _private("snapshot.enc") as file:
        yield StoredSnapshot(address, cloud, cluster, keys, taken, keep, file)


@contextmanager
def local(word: str, cloud: Cloud, cluster: str, secrets: str) -> Iterator[tuple[Path, str]]:
    """The file of a snapshot that is named by its path or its address in a store, and its name in full.

    `secrets` is the path of the secrets file that opens one from a store; that file is there for the block.
    """
    if not is_stored(word):
        yield Path(word), word
        return
    try:
        address, name = parse_stored(word)
    except StoreAddressError as error:
        raise _usage(error) from error
    held = held_in(secrets, cluster)
    if held is None:
        raise CommandError(
            f"there is no secrets file '{secrets}', which opens '{word}'", "name it with --secrets"
        )
    keys = keys_in(held, secrets)
    store = object_store(address, cloud, say)
    name, facts = found_copy(store, cluster, keys, name)
    with _private(name.removesuffix(".enc")) as file:
        meter = ByteMeter("read ", steady())

        def write(part: bytes) -> None:
            file.write(part)
            meter.add(len(part))

        fetched(store, name, facts, keys, write)
        meter.end()
        file.end()
        taken = copy_time(cluster, name)
        if taken:
            os.utime(file.path, (taken.timestamp(), taken.timestamp()))
        yield file.path, address.of(name)


class _PrivateFile:
    """A new file that is its owner's alone, at `path`. Methods raise a CommandError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with failing("write", str(path)):
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb")

    def write(self, part: bytes) -> None:
        """One part."""
        with failing("write", str(self.path)):
            self._file.write(part)

    def end(self) -> int:
        """Has all of it in the file; its size in bytes."""
        with failing("write", str(self.path)):
            self._file.flush()
        return self._file.tell()

    def close(self) -> None:
        """Whatever is in it; where a disk is full that has been told."""
        with suppress(OSError):
            self._file.close()


@contextmanager
def _private(name: str) -> Iterator[_PrivateFile]:
    """A new file of this name, in a folder of ours that is there for the block."""
    with ExitStack() as stack:
        with failing("write", gettempdir()):
            folder = stack.enter_context(TemporaryDirectory(prefix="jeroboam-"))
        yield stack.enter_context(closing(_PrivateFile(Path(folder) / name)))


def _usage(error: StoreAddressError) -> typer.BadParameter:
    return typer.BadParameter("; ".join(filter(None, (error.message, error.hint))))

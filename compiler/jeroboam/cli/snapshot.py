"""`snapshot`: the state of a running cluster, copied to a file or to an object store."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from typing import IO, Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected, existing
from jeroboam.cli.coe import ApiOption, reached_at
from jeroboam.cli.files import PRIVATE
from jeroboam.cli.inputs import ClusterArgument, OutsideOption, SecretsOption, cluster_named
from jeroboam.cli.secrets_file import held_in, now
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.stores import (
    MIB,
    ByteMeter,
    KeepOption,
    ListOption,
    StoreOption,
    keys_in,
    listed,
    store_named,
    storing,
)
from jeroboam.cli.terminal import CommandError, failing, result, say
from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.door import opened
from jeroboam.deploy.tags import marks, other_secrets
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.hot.contract import Identity, OutputName, parse_identity
from jeroboam.model.client import Copier
from jeroboam.secrets import Contents
from jeroboam.serialize import json_text
from jeroboam.storage.atomic_write import streamed


class SnapshotFormat(StrEnum):
    """How the result is printed."""

    TEXT = "text"
    JSON = "json"


def snapshot(
    cluster: ClusterArgument,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The file, a new one; '-' is standard output.  [default: <name>-<time>.snapshot]",
            show_default=False,
        ),
    ] = None,
    store: StoreOption = None,
    keep: KeepOption = None,
    listing: ListOption = False,
    secrets: SecretsOption = None,
    api: ApiOption = None,
    form: Annotated[
        SnapshotFormat, typer.Option("--format", help="How the result is printed.")
    ] = SnapshotFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Copy the whole state of a running cluster to a file, or encrypted to an object store.

    For Kubernetes a snapshot of etcd, as 'etcdctl snapshot save' makes one: all objects, and nothing of what
    is on volumes. It is asked of a member of etcd through Kubernetes' API, which has to be reachable from
    here, with a certificate made from the cluster's secrets file. The cluster works on meanwhile.

    The file is checked by the digest at its end and readable by you alone: whoever has it and the secrets
    file has all of the cluster's Secrets. Keep both, and neither inside of the cluster. To encrypt it before
    it touches a disk, have it go to standard output.

    With --store it is encrypted by a key from the secrets file, which opens it again, and written to a
    container of the cloud's Swift, or to a bucket of any S3 by the keys in AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY or ~/.aws/credentials. It counts as written once the store gives its size and digest
    back; only then --keep deletes older ones of this cluster. No node knows of the store.

    Examples:
      jeroboam snapshot prod
      jeroboam snapshot prod.yaml -o /backup/prod.snapshot
      jeroboam snapshot prod -o - | gpg --encrypt --recipient ops > prod.snapshot.gpg
      jeroboam snapshot prod --api 127.0.0.1:6443    through a tunnel
      jeroboam snapshot prod --store swift:backups/clusters --keep 28
      jeroboam snapshot prod --store s3:https://s3.example.com/backups --keep 28
      jeroboam snapshot prod --store swift:backups/clusters --list

    Exit status:
      0  the snapshot is there, and whole
      1  it could not be taken or written, or older ones not deleted; no part of a file is left
      2  wrong usage
      3  the spec has errors
    """
    at = reached_at(api)
    address = store_named(store, keep=keep, listing=listing, output=output)
    if output == "-" and form is SnapshotFormat.JSON:
        raise typer.BadParameter("'-o -' prints the file itself; omit --format")
    if output == "-" and sys.stdout.isatty():
        raise typer.BadParameter("a snapshot is not for a terminal; name a file, or pipe it somewhere")
    name, spec = cluster_named(cluster, allow_outside=allow_outside)
    if address and listing:
        cloud = None if address.endpoint else connected(os_cloud, os_region_name)
        result(listed(address, cloud, name, as_json=form is SnapshotFormat.JSON))
        return
    cloud = connected(os_cloud, os_region_name)
    stack = existing(cloud, name)
    identity = _identity(stack)
    path = secrets_file(stack.name, spec, secrets)
    held = _held(path, stack)
    values = {name: str(value) for name, value in held.parameters.items()}
    taken = now()
    if address:
        with storing(address, cloud, stack.name, keys_in(held, path), taken, keep) as stored:
            with _copier(cloud, stack, identity, values, at) as client:
                count = _Counter(stored.add, steady())
                client.snapshot(count.add)
                count.end()
            stored.put()
        file, deleted = stored.file, {"deleted": list(stored.deleted)}
        said = f"encrypted, written and read back; {stored.said}"
    else:
        file, deleted = output or f"{stack.name}-{taken:%Y-%m-%dT%H-%M-%SZ}.snapshot", {}
        with _copier(cloud, stack, identity, values, at) as client, _target(file) as target:
            count = _Counter(target.write, steady())
            client.snapshot(count.add)
            count.end()
        said = "whole; keep it with the secrets file, outside of the cluster"
    if file == "-":
        return
    if form is SnapshotFormat.JSON:
        facts = {
            "cluster": identity.name,
            "coe": identity.coe,
            "file": file,
            "bytes": count.size,
            "sha256": count.digest,
            "taken": f"{taken:%FT%TZ}",
            **deleted,
        }
        result(json_text(facts))
        return
    say(f"{file}: {count.size / MIB:.1f} MiB, {said}")
    result(f"{file}\n")


def _identity(stack: Stack) -> Identity:
    found = parse_identity(stack.outputs.get(OutputName.CLUSTER))
    if found is None:
        raise CommandError(
            f"the stack '{stack.name}' is no cluster of jeroboam's: it has no output {OutputName.CLUSTER}"
        )
    return found


def _held(path: str, stack: Stack) -> Contents:
    """What the stack's secrets file holds."""
    held = held_in(path)
    if held is None:
        raise CommandError(
            f"there is no secrets file '{path}'",
            "name the one that the stack was created with by --secrets; its CAs sign who asks",
        )
    values = {name: str(value) for name, value in held.parameters.items()}
    if other_secrets(stack, marks(Bundle(stack.name, (), 0, ()), values)):
        raise CommandError(
            f"'{path}' is not the secrets file that the stack '{stack.name}' was created with: "
            "its CA differs",
            "pass the right one with --secrets",
        )
    return held


@contextmanager
def _copier(
    cloud: Cloud, stack: Stack, identity: Identity, values: Mapping[str, str], at: tuple[str, int] | None
) -> Iterator[Copier]:
    with opened(cloud, stack, identity.name, identity.coe, values, at, copying=True) as client:
        if not isinstance(client, Copier):
            raise CommandError(f"this release cannot copy the state of a cluster of {identity.coe}")
        yield client


@contextmanager
def _target(path: str) -> Iterator[IO[bytes]]:
    with failing("write", path):
        if path == "-":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        with streamed(path, PRIVATE) as file:
            yield file


class _Counter:
    """Passes parts on, and counts them."""

    def __init__(self, write: Callable[[bytes], object], clock: Clock) -> None:
        self._write, self._meter, self._digest = write, ByteMeter("", clock), sha256()
        self.end = self._meter.end

    def add(self, part: bytes) -> None:
        """One part."""
        self._write(part)
        self._digest.update(part)
        self._meter.add(len(part))

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._meter.size

    @property
    def digest(self) -> str:
        """SHA-256 of the whole file, in hexadecimal digits."""
        return self._digest.hexdigest()

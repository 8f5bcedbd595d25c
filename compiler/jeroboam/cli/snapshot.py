"""`snapshot`: the state of a running cluster, copied to a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import IO, Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected, existing
from jeroboam.cli.coe import ApiOption, reached_at
from jeroboam.cli.files import PRIVATE
from jeroboam.cli.inputs import ClusterArgument, OutsideOption, SecretsOption, cluster_named
from jeroboam.cli.secrets_file import held_in
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.terminal import CommandError, failing, result, say
from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.door import opened
from jeroboam.deploy.tags import marks, other_secrets
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.hot.contract import Identity, OutputName, parse_identity
from jeroboam.model.client import Copier
from jeroboam.serialize import json_text
from jeroboam.storage.atomic_write import streamed

_MIB = 1 << 20


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
    secrets: SecretsOption = None,
    api: ApiOption = None,
    form: Annotated[
        SnapshotFormat, typer.Option("--format", help="How the result is printed.")
    ] = SnapshotFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Copy the whole state of a running cluster to a file.

    For Kubernetes a snapshot of etcd, as 'etcdctl snapshot save' makes one: all objects, and nothing of what
    is on volumes. It is asked of a member of etcd through Kubernetes' API, which has to be reachable from
    here, with a certificate made from the cluster's secrets file. The cluster works on meanwhile.

    The file is checked by the digest at its end and readable by you alone: whoever has it and the secrets
    file has all of the cluster's Secrets. Keep both, and neither inside of the cluster. To encrypt it before
    it touches a disk, have it go to standard output.

    Examples:
      jeroboam snapshot prod
      jeroboam snapshot prod.yaml -o /backup/prod.snapshot
      jeroboam snapshot prod -o - | gpg --encrypt --recipient ops > prod.snapshot.gpg
      jeroboam snapshot prod --api 127.0.0.1:6443    through a tunnel

    Exit status:
      0  the snapshot is there, and whole
      1  it could not be taken; no file is left
      3  the spec has errors
    """
    at = reached_at(api)
    if output == "-" and form is SnapshotFormat.JSON:
        raise typer.BadParameter("'-o -' prints the file itself; omit --format")
    if output == "-" and sys.stdout.isatty():
        raise typer.BadParameter("a snapshot is not for a terminal; name a file, or pipe it somewhere")
    name, spec = cluster_named(cluster, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    stack = existing(cloud, name)
    identity = _identity(stack)
    values = _values(secrets_file(stack.name, spec, secrets), stack)
    taken = datetime.now(UTC)
    file = output or f"{stack.name}-{taken:%Y-%m-%dT%H-%M-%SZ}.snapshot"
    with _copier(cloud, stack, identity, values, at) as client, _target(file) as target:
        count = _Counter(target.write, steady())
        client.snapshot(count.add)
        count.end()
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
        }
        result(json_text(facts))
        return
    say(f"{file}: {count.size / _MIB:.1f} MiB, whole; keep it with the secrets file, outside of the cluster")
    result(f"{file}\n")


def _identity(stack: Stack) -> Identity:
    found = parse_identity(stack.outputs.get(OutputName.CLUSTER))
    if found is None:
        raise CommandError(
            f"the stack '{stack.name}' is no cluster of jeroboam's: it has no output {OutputName.CLUSTER}"
        )
    return found


def _values(path: str, stack: Stack) -> dict[str, str]:
    """The secrets file's base64 values, by name."""
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
    return values


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
    """Passes parts on, counts them, and shows how much there is so far where somebody looks."""

    def __init__(self, write: Callable[[bytes], object], clock: Clock) -> None:
        self._write, self._clock, self._digest = write, clock, sha256()
        self._shown = clock.now() if sys.stderr.isatty() else None
        self.size = 0

    def add(self, part: bytes) -> None:
        """One part."""
        self._write(part)
        self._digest.update(part)
        self.size += len(part)
        if self._shown is not None and self._clock.now() - self._shown > 0.2:
            self._shown = self._clock.now()
            print(f"\r{self.size / _MIB:.1f} MiB", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Takes the line away."""
        if self._shown is not None:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    @property
    def digest(self) -> str:
        """SHA-256 of the whole file, in hexadecimal digits."""
        return self._digest.hexdigest()

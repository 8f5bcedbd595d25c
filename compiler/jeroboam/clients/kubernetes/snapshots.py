"""A snapshot of etcd, asked of the HTTP gateway that it has on the port of its clients.

Facts: etcd 3.6 and 3.7, api/etcdserverpb/rpc.proto. `POST /v3/maintenance/snapshot` streams an object a line,
each with a part of the file in base64; what etcd sends last is the SHA-256 of all before it.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from jeroboam.clients.kubernetes.forwarding import ForwardedPort, posted
from jeroboam.escape import escaped
from jeroboam.model.client import ClientError

PORT = 2379
_PATH = "/v3/maintenance/snapshot"
_DIGEST, _PAGE = 32, 512
_PART = 1 << 20
_CUT = "the snapshot is not whole: it was cut off on the way"
_AGAIN = "run it again"


class SnapshotCheck:
    """Passes a snapshot on, part after part, and knows at its end whether it was all."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write, self._digest = write, sha256()
        self._held, self._size = b"", 0

    def add(self, part: bytes) -> None:
        """One part; its last bytes may be the digest."""
        self._write(part)
        self._size += len(part)
        self._held += part
        if len(self._held) > _DIGEST:
            self._digest.update(self._held[:-_DIGEST])
            self._held = self._held[-_DIGEST:]

    def require_whole(self) -> None:
        """Raises ClientError for one that is not what its member sent."""
        if self._size % _PAGE != _DIGEST:
            raise ClientError(_CUT, _AGAIN, unreachable=True)
        if self._digest.digest() != self._held:
            raise ClientError("the snapshot is damaged: its digest is of other data", _AGAIN)


def copied(port: ForwardedPort, write: Callable[[bytes], None]) -> None:
    """Gives a snapshot of the member behind `port` to `write`. Raises ClientError and OSError."""
    answer = posted(port, _PATH, b"{}")
    if answer.status != 200:
        said = escaped(" ".join(answer.read(1000).decode("utf-8", "replace").split()))
        raise ClientError(f"etcd gives no snapshot: {said or answer.reason} ({answer.status})")
    check = SnapshotCheck(write)
    for part in parts(_lines(answer)):
        check.add(part)
    check.require_whole()


def checked(path: Path, ca: bytes) -> None:
    """Raises ClientError where the file is damaged, or holds nothing of the cluster of this CA; and OSError.

    The CA stands in a ConfigMap of each namespace (kube-root-ca.crt), which etcd keeps as it is.
    """
    check, wanted, before, found = SnapshotCheck(lambda _: None), ca.strip(), b"", False
    with path.open("rb") as file:
        while part := file.read(_PART):
            check.add(part)
            found = found or wanted in before + part
            before = part[-len(wanted) :]
    try:
        check.require_whole()
    except ClientError as error:
        raise ClientError(f"'{path}' is no whole snapshot of etcd", "take another one") from error
    if not found:
        raise ClientError(
            f"'{path}' is a snapshot of another cluster: the CA of this one is not in it",
            "a snapshot is restored to the cluster that it was taken from, with the secrets of its day",
        )


def _lines(answer: HTTPResponse) -> Iterator[bytes]:
    try:
        yield from answer
    except HTTPException as error:
        raise ClientError(_CUT, _AGAIN, unreachable=True) from error


def parts(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of the file, of the gateway's lines. Raises ClientError."""
    for line in lines:
        try:
            said = json.loads(line)
            if "error" in said:
                raise ClientError(f"etcd gave up: {escaped(str(said['error'].get('message')))}", _AGAIN)
            yield b64decode(said["result"].get("blob", ""), validate=True)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ClientError(_CUT, _AGAIN, unreachable=True) from error

"""A snapshot of etcd through a forwarded port: whole, or not taken."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from jeroboam.clients.kubernetes.forwarding import ForwardedPort
from jeroboam.clients.kubernetes.snapshots import SnapshotCheck, checked, copied, parts
from jeroboam.model.client import ClientError
from tests.support.tls import authority, certified

PAGES = bytes(range(256)) * 6
WHOLE = PAGES + sha256(PAGES).digest()
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _line(part: bytes) -> bytes:
    return json.dumps({"result": {"blob": b64encode(part).decode()}}).encode() + b"\n"


def _chunked(*lines: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in lines) + b"0\r\n\r\n"


class Pipe:
    """A WebSocket that carries what a server on a socket says, after what is `first`."""

    def __init__(self, line: socket.socket, *first: bytes) -> None:
        self._line, self._first = line, [*first]

    def send_binary(self, payload: bytes) -> int:
        assert payload[0] == 0
        self._line.sendall(payload[1:])
        return len(payload)

    def recv(self) -> bytes:
        if self._first:
            return self._first.pop(0)
        data = self._line.recv(700)
        return b"\0" + data if data else b""


PORTS = (b"\0\x4b\x09", b"\1\x4b\x09")
"""What each channel begins with: 2379."""


@contextmanager
def etcd(
    folder: Path, answer: bytes, *first: bytes, trusted: int = 1
) -> Iterator[Callable[[], ForwardedPort]]:
    """Makes a port, forwarded to a server with that answer."""
    near, far = socket.socketpair()
    context = certified(folder, authority(1), name="localhost")

    def serve() -> None:
        try:
            with context.wrap_socket(far, server_side=True) as line:
                if line.recv(1000).startswith(b"POST /v3/maintenance/snapshot HTTP/1.1\r\n"):
                    line.sendall(answer)
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ca = b64decode(authority(trusted)["cluster_ca_cert"]).decode()
    ours = ssl.create_default_context(cadata=ca)
    ours.verify_flags &= ~ssl.VERIFY_X509_STRICT
    yield lambda: ForwardedPort(Pipe(near, *(first or PORTS)), ours, "localhost")
    near.close()
    thread.join(5)


def test_all_parts_make_the_file(tmp_path: Path) -> None:
    got: list[bytes] = []
    answer = HEAD + _chunked(_line(WHOLE[:1000]), _line(WHOLE[1000:1540]), _line(WHOLE[1540:]))
    with etcd(tmp_path, answer) as port:
        copied(port(), got.append)
    assert b"".join(got) == WHOLE


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HEAD + _chunked(_line(WHOLE[:-32])), "not whole"),
        (HEAD + _chunked(_line(WHOLE))[:900], "not whole"),
        (HEAD + _chunked(_line(b"x" + WHOLE[1:])), "damaged"),
        (HEAD + _chunked(_line(WHOLE[:512]), b'{"error":{"message":"no leader"}}\n'), "gave up: no leader"),
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nNot Found\n",
            r"Not Found \(404\)",
        ),
        (b"hello\r\n\r\n", "does not speak HTTP"),
    ],
)
def test_what_is_not_whole_is_none(tmp_path: Path, answer: bytes, why: str) -> None:
    with etcd(tmp_path, answer) as port, pytest.raises(ClientError, match=why):
        copied(port(), lambda _: None)


def test_what_keeps_a_port_from_being_forwarded_is_said(tmp_path: Path) -> None:
    refused = (*PORTS, b"\1connection refused\n")
    with etcd(tmp_path, b"", *refused) as port, pytest.raises(ClientError, match="connection refused"):
        port()


def test_a_line_that_ends_before_tls_is_an_error_of_it(tmp_path: Path) -> None:
    with etcd(tmp_path, b"", *PORTS, b"") as port, pytest.raises(OSError, match="EOF"):
        port()


def test_another_ca_is_not_believed(tmp_path: Path) -> None:
    with etcd(tmp_path, b"", trusted=2) as port, pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        port()


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"result": 7}', b'{"result": {"blob": "?"}}', b"7"])
def test_lines_that_are_none_of_the_gateway_s(line: bytes) -> None:
    with pytest.raises(ClientError, match="not whole"):
        list(parts([line]))


@pytest.mark.parametrize("size", [1, 31, 32, 33, 512, 10_000])
def test_the_digest_is_found_however_the_parts_are_cut(size: int) -> None:
    check = SnapshotCheck(lambda _: None)
    for at in range(0, len(WHOLE), size):
        check.add(WHOLE[at : at + size])
    check.require_whole()


CA = b64decode(authority(1)["cluster_ca_cert"])
OTHER = b64decode(authority(2)["cluster_ca_cert"])


@pytest.mark.parametrize("at", [0, 100, (1 << 20) - 300, (1 << 20) - 1])
def test_a_snapshot_of_the_cluster_is_known_by_its_ca(tmp_path: Path, at: int) -> None:
    file = tmp_path / "a.snapshot"
    pages = (bytes(at) + CA).ljust((1 << 20) + 4096, b"\0")
    file.write_bytes(pages + sha256(pages).digest())
    checked(file, CA)
    with pytest.raises(ClientError, match="is a snapshot of another cluster"):
        checked(file, OTHER)


@pytest.mark.parametrize("content", [b"", b"a kubeconfig", WHOLE[:-1], b"x" + WHOLE[1:]])
def test_a_file_that_is_no_whole_snapshot(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.snapshot"
    file.write_bytes(content)
    with pytest.raises(ClientError, match=r"a\.snapshot' is no whole snapshot of etcd"):
        checked(file, CA)

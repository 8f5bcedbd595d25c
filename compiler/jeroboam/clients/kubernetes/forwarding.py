"""A port of a pod through Kubernetes' API: TLS to whoever listens there, inside of a WebSocket.

Facts: Kubernetes' kubelet/pkg/cri/streaming/portforward/websocket.go (v4.channel.k8s.io). Each frame begins
with the number of its channel, 0 for data and 1 for what went wrong; the first of each holds the port.
"""

from __future__ import annotations

import ssl
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from typing import Any, Protocol

from jeroboam.escape import escaped
from jeroboam.model.client import ClientError

PROTOCOL = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_PART = 1 << 16


class Frames(Protocol):
    """As much of a WebSocket as is used."""

    def send_binary(self, payload: bytes) -> int:
        """Sends one frame."""

    def recv(self) -> str | bytes:
        """The next frame; empty at the end."""


class ForwardedPort(RawIOBase):
    """What a pod says behind TLS; its certificate has to be for `name`. Raises ClientError and OSError."""

    def __init__(self, frames: Frames, context: ssl.SSLContext, name: str) -> None:
        self._frames = frames
        self._begun: set[int] = set()
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._exchange()
        self._flush()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of every stream; 0 at the end, and where the line was cut: who reads has to know its length."""
        while True:
            try:
                data = self._tls.read(min(len(buffer), _PART))
            except ssl.SSLWantReadError:
                self._exchange()
                continue
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return 0
            buffer[: len(data)] = data
            return len(data)

    def send(self, data: bytes) -> None:
        """Says something, which is not much."""
        self._tls.write(data)
        self._flush()

    def makefile(self, mode: str) -> BufferedReader:
        """As of a socket, for who reads from one."""
        assert mode == "rb"
        return BufferedReader(self, _PART)

    def _flush(self) -> None:
        if self._out.pending:
            self._frames.send_binary(bytes([_DATA]) + self._out.read())

    def _exchange(self) -> None:
        """Sends what TLS has to say, and waits for one frame of an answer."""
        self._flush()
        frame = self._frames.recv()
        if isinstance(frame, str):
            frame = frame.encode("utf-8")
        if not frame:
            self._in.write_eof()
            return
        channel = frame[0]
        if channel not in self._begun:
            self._begun.add(channel)
        elif channel == _ERROR:
            raise ClientError(f"the port cannot be reached: {escaped(frame[1:].decode('utf-8', 'replace'))}")
        elif channel == _DATA:
            self._in.write(frame[1:])


def posted(port: ForwardedPort, path: str, body: bytes) -> HTTPResponse:
    """What an HTTP server behind `port` answers, from its status line on. Raises ClientError and OSError."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    port.send(head.encode("ascii") + body)
    answer = HTTPResponse(port, method="POST")  # type: ignore[arg-type]
    try:
        answer.begin()
    except HTTPException as error:
        raise ClientError(f"what answers at {path} does not speak HTTP") from error
    return answer

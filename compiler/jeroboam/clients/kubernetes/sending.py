"""Sends a snapshot to the first master of a cluster that is being restored: it listens on the API's own port.

What listens is fragments/kubernetes/lib/restore.sh: HTTP, with a certificate of the cluster's CA for NAME.
"""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO

from jeroboam.model.client import ClientError

NAME = "jeroboam-restore"
"""What the certificate of a master is for while it waits for a snapshot."""
_CONNECT_SECONDS, _SECONDS = 5.0, 120.0
_PART = 1 << 16


def sent(host: str, port: int, context: ssl.SSLContext, path: Path) -> bool:
    """Whether a master took the file at `path`; False where none waits, or the line broke: to be tried again.

    Raises ClientError where it was refused, OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        try:
            with (
                socket.create_connection((host, port), _CONNECT_SECONDS) as raw,
                context.wrap_socket(raw, server_hostname=NAME) as line,
            ):
                line.settimeout(_SECONDS)
                status = _posted(line, file, size)
        except (OSError, HTTPException):
            return False
    if status == 400:
        raise ClientError("the master refused the snapshot: it came with another digest than it has here")
    return status == 200


def _posted(line: ssl.SSLSocket, file: IO[bytes], size: int) -> int:
    """The status of the answer."""
    line.sendall(f"POST /snapshot HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {size}\r\n\r\n".encode("ascii"))
    while part := file.read(_PART):
        line.sendall(part)
    answer = HTTPResponse(line, method="POST")
    answer.begin()
    return answer.status

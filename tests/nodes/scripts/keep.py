"""Listens where nothing else does, and notes each first packet that comes by the node's link.

The argument is JSON: the node's `address`, ports of TCP to listen at (`listen`), and a `file` that is there
while the script is ready. When it is gone, prints packets as JSON: sender, protocol's number, and port
or null. Runs by Python 3 alone.
"""

from __future__ import annotations

import errno
import json
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
SYN, ACK = 2, 16
IPV4 = 0x0800


def listening(address: str, ports: Iterable[int]) -> Iterator[socket.socket]:
    """Sockets; a port that a program of the node has is that program's."""
    for port in ports:
        listener = socket.socket()
        try:
            listener.bind((address, port))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise
        else:
            listener.listen(128)
            yield listener


def first(packet: bytes, address: str) -> tuple[str, int, int | None] | None:
    """Sender, protocol and port of one that is no answer; else None."""
    protocol, target = packet[9], socket.inet_ntoa(packet[16:20])
    if target != address:
        return None
    rest = packet[(packet[0] & 15) * 4 :]
    if protocol == TCP and rest[13] & (SYN | ACK) != SYN:
        return None
    port = struct.unpack("!H", rest[2:4])[0] if protocol in (TCP, UDP) else None
    return socket.inet_ntoa(packet[12:16]), protocol, port


def main(asked: dict[str, Any]) -> None:
    """Watches until the file is gone."""
    seen: set[tuple[str, int, int | None]] = set()
    link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
    link.bind(("eth0", IPV4))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
    link.settimeout(0.2)
    kept, ready = list(listening(asked["address"], asked["listen"])), Path(asked["file"])
    ready.touch()
    while ready.exists():
        try:
            packet = first(link.recv(1 << 16), asked["address"])
        except TimeoutError:
            continue
        if packet:
            seen.add(packet)
    print(json.dumps(sorted(seen, key=str)))
    for listener in kept:
        listener.close()


main(json.loads(sys.argv[1]))

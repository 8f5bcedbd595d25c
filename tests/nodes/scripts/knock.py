"""Sends a first packet to each door at once; prints, as JSON, the places of those that answered.

The argument is JSON: the `source` to send from (an address, or null), for how many `seconds` answers may
come, and `doors` as address, protocol's number, and port or null. Only TCP is waited for: a connection is an
answer. Runs by Python 3 alone.
"""

from __future__ import annotations

import json
import random
import selectors
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import Any

TCP, UDP, ICMP = socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_ICMP
KINDS = {TCP: socket.SOCK_STREAM, UDP: socket.SOCK_DGRAM}


def opened(protocol: int, source: str | None) -> socket.socket:
    """A socket that does not wait."""
    asks = socket.socket(socket.AF_INET, KINDS.get(protocol, socket.SOCK_RAW), protocol)
    asks.setblocking(False)
    if source:
        asks.bind((source, 0))
    return asks


def ping() -> bytes:
    """An echo request with a number that no other has had: an earlier one's might count as answered."""
    number = random.randrange(0xF7FF)
    return struct.pack("!BBHHH", 8, 0, 0xF7FF - number, number, 0)


def knock(asks: socket.socket, address: str, protocol: int, port: int | None) -> None:
    """Sends. What cannot be sent any more, since the first packet was refused, is no answer."""
    if protocol == TCP:
        asks.connect_ex((address, port))
    else:
        with suppress(OSError):
            asks.sendto(ping() if protocol == ICMP else b"knock" * 8, (address, port or 0))


def main(asked: dict[str, Any]) -> None:
    """Knocks, and waits for answers."""
    doors, answered, waiting = asked["doors"], [], selectors.DefaultSelector()
    sockets = [opened(door[1], asked["source"]) for door in doors]
    for place, (asks, door) in enumerate(zip(sockets, doors, strict=True)):
        knock(asks, *door)
        if door[1] == TCP:
            waiting.register(asks, selectors.EVENT_WRITE, place)
    end = time.monotonic() + asked["seconds"]
    again: float | None = time.monotonic() + asked["seconds"] / 2
    while time.monotonic() < end:
        for key, _ in waiting.select(0.2):
            waiting.unregister(key.fileobj)
            if sockets[key.data].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                answered.append(key.data)
        if again and time.monotonic() > again:
            again = None
            for asks, door in zip(sockets, doors, strict=True):
                if door[1] != TCP:  # whose kernel repeats by itself
                    knock(asks, *door)
    print(json.dumps(answered))


main(json.loads(sys.argv[1]))

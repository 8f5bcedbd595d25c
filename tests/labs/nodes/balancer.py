"""Load balancers: what Octavia has in its database, done with sockets.

A connection goes to the next member that takes one. Of a health monitor that asks for a page, members that do
not serve it get none; one that only connects is that, too.
"""

from __future__ import annotations

import http.client
import itertools
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address
from typing import NamedTuple

CONNECT_SECONDS = 3
MONITOR_SECONDS = 1
"""Octavia's are longer, as a spec has it; that a member is away, each connection finds out here."""
CHUNK = 1 << 16


class Member(NamedTuple):
    """Where a connection may go."""

    address: IPv4Address
    port: int
    page: str = ""
    """What a health monitor asks it for, by HTTPS; empty where none does."""


class Listener(NamedTuple):
    """A port of a load balancer's address."""

    id: str
    subnet: str
    """Id of the subnet that the address is in."""
    address: IPv4Address
    port: int


class Balancer(socketserver.ThreadingTCPServer):
    """One listener; `members` may be replaced while it runs."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, listener: Listener) -> None:
        self.members: tuple[Member, ...] = ()
        self._own = str(listener.address)
        self._turn = itertools.count()
        self._sick: frozenset[Member] = frozenset()
        super().__init__((str(listener.address), listener.port), _Connection)

    def reach(self) -> socket.socket | None:
        """A connection from the listener's address to a member, or None when none takes one."""
        members, first = [it for it in self.members if it not in self._sick], next(self._turn)
        for offset in range(len(members)):
            member = members[(first + offset) % len(members)]
            with suppress(OSError):
                where = (str(member.address), member.port)
                return socket.create_connection(where, CONNECT_SECONDS, source_address=(self._own, 0))
        return None

    def monitor(self, ended: threading.Event) -> None:
        """Asks members for their pages until it has ended."""
        while not ended.wait(MONITOR_SECONDS):
            self._sick = frozenset(member for member in self.members if member.page and not _serves(member))


class _Connection(socketserver.BaseRequestHandler):
    server: Balancer

    def handle(self) -> None:
        reached = self.server.reach()
        if reached is None:
            return
        with reached:
            reached.settimeout(None)
            back = threading.Thread(target=_pump, args=(reached, self.request), daemon=True)
            back.start()
            _pump(self.request, reached)
            back.join()


@contextmanager
def balancing(listener: Listener) -> Iterator[Balancer]:
    """Takes connections for it until the block ends; its address has to be there already."""
    with Balancer(listener) as balancer:
        ended = threading.Event()
        threads = (
            threading.Thread(target=balancer.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True),
            threading.Thread(target=balancer.monitor, args=(ended,), daemon=True),
        )
        for thread in threads:
            thread.start()
        try:
            yield balancer
        finally:
            ended.set()
            balancer.shutdown()
            for thread in threads:
                thread.join()


def _serves(member: Member) -> bool:
    """Whether it has the page, whoever signed for it."""
    anyone = ssl._create_unverified_context()
    where = http.client.HTTPSConnection(
        str(member.address), member.port, timeout=CONNECT_SECONDS, context=anyone
    )
    try:
        where.request("GET", member.page)
        return where.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        where.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """All that one side says, to the other; then that it has ended."""
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)

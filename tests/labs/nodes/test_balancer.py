"""A load balancer's listener with sockets of the loopback behind it."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address

from tests.labs.nodes.balancer import Listener, Member, balancing

HERE = IPv4Address("127.0.0.1")


@contextmanager
def _member(name: bytes) -> Iterator[Member]:
    class Greet(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(name + self.request.recv(100))

    with socketserver.ThreadingTCPServer((str(HERE), 0), Greet) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield Member(HERE, server.server_address[1])
        finally:
            server.shutdown()


def _ask(port: int) -> bytes:
    with socket.create_connection((str(HERE), port), 5) as asked:
        asked.sendall(b"!")
        return asked.recv(100)


def test_members_take_turns_and_the_lost_are_passed_over() -> None:
    with ExitStack() as running:
        balancer = running.enter_context(balancing(Listener("l", "s", HERE, 0)))
        port = balancer.server_address[1]
        one, two = (running.enter_context(_member(name)) for name in (b"one", b"two"))
        balancer.members = (one, two)
        assert {_ask(port) for _ in range(4)} == {b"one!", b"two!"}
        balancer.members = (Member(HERE, 1), two)
        assert {_ask(port) for _ in range(4)} == {b"two!"}
        balancer.members = ()
        assert _ask(port) == b""


def test_a_member_without_the_monitors_page_gets_no_connection() -> None:
    with ExitStack() as running:
        balancer = running.enter_context(balancing(Listener("l", "s", HERE, 0)))
        one, two = (running.enter_context(_member(name)) for name in (b"one", b"two"))
        # It answers, and not by HTTPS.
        balancer.members = (one._replace(page="/readyz"), two)
        port = balancer.server_address[1]
        end = time.monotonic() + 10
        while time.monotonic() < end and b"one!" in {_ask(port) for _ in range(4)}:
            time.sleep(0.1)
        assert {_ask(port) for _ in range(4)} == {b"two!"}

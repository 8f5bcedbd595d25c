"""The metadata service: it knows who asks by the address that the question comes from."""

from __future__ import annotations

import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from typing import NamedTuple

from tests.labs.nodes.metadata import Tree, found
from tests.labs.nodes.place import METADATA_ADDRESS

Known = MutableMapping[IPv4Address, Tree]


class Served(NamedTuple):
    """A service that runs."""

    known: Known
    """What it answers, by who asks; may be added to."""
    port: int


@contextmanager
def serving(port: int = 80) -> Iterator[Served]:
    """Answers until the block ends; port 0 is any that is free."""
    known: Known = {}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tree = known.get(IPv4Address(self.client_address[0]))
            text = found(tree, self.path.partition("?")[0]) if tree is not None else None
            body = (text or "").encode()
            self.send_response(200 if text is not None else 404)
            self.send_header(
                "Content-Type", "application/json" if self.path.endswith(".json") else "text/plain"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer((METADATA_ADDRESS, port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Served(known, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()

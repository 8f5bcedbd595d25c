"""A site's only way out: an HTTP proxy that answers for every host with what the mirror has.

What it hands on by TLS it signs with a CA of its own, as proxies that look into what passes do. Plain HTTP
for its own address, where the cloud's services are, it passes on.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests.labs.nodes.mirror.serve import Handler, Mirror, answering
from tests.support.tls import certified

_OF_THE_WAY = ("Connection", "Content-Length", "Proxy-Connection", "Transfer-Encoding")
"""Headers of one connection alone."""


class Proxy(Mirror):
    """A proxy before the mirror in `folder`; `authority` is its CA, as `tls.authority` makes one.

    `hosts` are those that it was asked for, `relayed` what it passed on, as `CLIENT METHOD URL`.
    """

    def __init__(self, folder: Path, address: str, port: int, authority: Mapping[str, str]) -> None:
        super().__init__(folder, address, port)
        self.RequestHandlerClass = _Through
        self.hosts: set[str] = set()
        self.relayed: list[str] = []
        self._authority = authority
        self.context = cache(self._context)

    def _context(self, host: str) -> ssl.SSLContext:
        with TemporaryDirectory() as folder:
            return certified(Path(folder), self._authority, name=host)


class _Through(Handler):
    server: Proxy

    def do_GET(self) -> None:  # noqa: N802 (as its base looks for it)
        if not self._relayed():
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802 (as its base looks for it)
        if not self._relayed():
            self.send_error(405)

    def _relayed(self) -> bool:
        """Passes a request on if it is for a service of the cloud."""
        url = urlsplit(self.path)
        if url.scheme != "http" or url.hostname != self.server.server_address[0]:
            return False
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name not in _OF_THE_WAY}
        there = HTTPConnection(url.hostname, url.port or 80, timeout=60)
        there.request(self.command, url._replace(scheme="", netloc="").geturl(), body, headers)
        answer = there.getresponse()
        said = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in _OF_THE_WAY:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        there.close()
        self.server.relayed.append(f"{self.client_address[0]} {self.command} {self.path}")
        return True

    def do_CONNECT(self) -> None:  # noqa: N802 (as its base looks for it)
        host = self.path.rpartition(":")[0]
        self.server.hosts.add(host)
        self.send_response(200)
        self.end_headers()
        with self.server.context(host).wrap_socket(self.connection, server_side=True) as inside:
            Handler(inside, self.client_address, self.server)
        self.close_connection = True


@contextmanager
def proxying(folder: Path, address: str, port: int, authority: Mapping[str, str]) -> Iterator[Proxy]:
    """A proxy that answers meanwhile, in threads of this process."""
    with Proxy(folder, address, port, authority) as proxy, answering(proxy):
        yield proxy

"""A site's only way out: an HTTP proxy that answers for every host with what the mirror has.

What it hands on by TLS it signs with a CA of its own, as proxies that look into what passes do.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.labs.nodes.mirror.serve import Handler, Mirror, answering
from tests.support.tls import certified


class Proxy(Mirror):
    """A proxy before the mirror in `folder`; `authority` is its CA, as `tls.authority` makes one.

    `hosts` are those that it was asked for.
    """

    def __init__(self, folder: Path, address: str, port: int, authority: Mapping[str, str]) -> None:
        super().__init__(folder, address, port)
        self.RequestHandlerClass = _Through
        self.hosts: set[str] = set()
        self._authority = authority
        self.context = cache(self._context)

    def _context(self, host: str) -> ssl.SSLContext:
        with TemporaryDirectory() as folder:
            return certified(Path(folder), self._authority, name=host)


class _Through(Handler):
    server: Proxy

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

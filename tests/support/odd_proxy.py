"""A proxy before a cloud that passes all on, but for what a test wants answered in another way."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.odd_answers import Odd

Rule = Callable[[str, str], Odd | None]
"""What to say to METHOD and path in the service's place, None where it is to answer itself."""
_HOP = ("connection", "content-length", "transfer-encoding", "host", "accept-encoding")


class OddProxy:
    """Listens on 127.0.0.1 before the service at `upstream`; `rule` may be changed at any time."""

    def __init__(self, upstream: str, rule: Rule = lambda *_: None) -> None:
        self.upstream, self.rule = upstream, rule
        self.odd = 0
        """How many answers were not the service's own."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(proxy: OddProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Passes on, or answers oddly."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            odd = proxy.rule(self.command, urlsplit(self.path).path)
            if odd is not None:
                proxy.odd += 1
                odd.send(self)
                return
            service = http.client.HTTPConnection(urlsplit(proxy.upstream).netloc, timeout=120)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            service.request(self.command, self.path, body, headers)
            answer = service.getresponse()
            content = answer.read()
            service.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in (*_HOP, "server", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler

"""HTTP to a cloud within bounds: a time limit for each request as a whole, a limit on what an answer holds.

A read time-out alone is one for each `recv`: an answer that comes a byte at a time never ends. So the
connection is shut down when its request has taken too long, whatever the client waits for on it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import requests
from keystoneauth1.session import TCPKeepAliveAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from jeroboam.deploy import exchange
from jeroboam.deploy.exchange import Exchange, plain_url

TIMEOUT_SECONDS = 90.0
"""How long a service may be silent: longer than Heat's API waits for its engine (60 s)."""
DEADLINE_SECONDS = 180.0
"""How long a request may take as a whole, with redirects and a login that it needs."""
BYTES_AT_MOST = 64 * 1024**2
"""How long an answer may be: four times what Heat lists for 5,000 nodes."""
_PIECE = 64 * 1024


class _Deadline:
    """Shuts down the connections that a request uses when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._lines: set[socket.socket] = set()
        self._left: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def use(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.add(line)
            if self.passed:
                _shut(line)

    def leave(self, line: socket.socket) -> None:
        """Its connection is closed; what it has not read of an answer may still be on its way."""
        self._left.append(line)

    def end(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._lines.clear()
        for line in self._left:
            line.close()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            for line in self._lines:
                _shut(line)


_RUNNING: ContextVar[_Deadline | None] = ContextVar("running", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """While the block runs, connections of Transport end after `seconds`; an outer deadline goes before."""
    if _RUNNING.get() is not None:
        yield
        return
    running = _Deadline(seconds)
    token = _RUNNING.set(running)
    try:
        yield
    finally:
        _RUNNING.reset(token)
        running.end()


class Transport(requests.Session):
    """A session whose requests end. `who` is asking; `secrets` are never quoted."""

    def __init__(self, who: str = "", secrets: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.who, self.secrets = who, secrets
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As requests has it, with the body read. Raises RequestException alone."""
        asked = Exchange(str(request.method), plain_url(str(request.url)), self.who)
        if not exchange.begun(asked):
            raise self._failed(asked, f"no end after {exchange.REQUESTS_AT_MOST} requests")
        try:
            answer = super().send(request, **{**kwargs, "stream": True})
            body = _read(answer)
        except requests.RequestException as error:
            raise self._failed(asked, _reason(error), type(error)) from error
        except (HTTPError, OSError, ValueError) as error:
            # An address that is none, a file that is no certificate, a limit that is no number.
            raise self._failed(asked, _reason(error)) from error
        if self._late():
            # A body that goes on until the connection ends looks complete when it is shut down.
            raise self._failed(asked, "no complete answer")
        shown = body
        for secret in self.secrets:
            shown = shown.replace(secret.encode(), b"***")
        exchange.ended(replace(asked, status=answer.status_code, headers=dict(answer.headers), body=shown))
        return answer

    def _failed(
        self, asked: Exchange, why: str, kind: type[requests.RequestException] = requests.RequestException
    ) -> requests.RequestException:
        if self._late():
            kind, why = requests.Timeout, "no complete answer in the time that a request may take"
        for secret in self.secrets:
            why = why.replace(secret, "***")
        exchange.ended(replace(asked, failure=exchange.excerpt(why)))
        return kind(exchange.without_users(why))

    @staticmethod
    def _late() -> bool:
        running = _RUNNING.get()
        return running is not None and running.passed


def _read(answer: requests.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(_PIECE):
        body += piece
        if len(body) > BYTES_AT_MOST:
            answer.close()
            raise requests.RequestException(f"the answer is longer than {BYTES_AT_MOST} bytes")
    # What requests itself would have kept of it.
    answer._content, answer._content_consumed = bytes(body), True  # noqa: SLF001
    return bytes(body)


def _reason(error: BaseException) -> str:
    """What is at the bottom of what requests wraps in urllib3's and that in its own."""
    wrapped = (getattr(error, "reason", None), *reversed(error.args), error.__cause__)
    inner = next((one for one in wrapped if isinstance(one, BaseException)), None)
    if inner is not None:
        return _reason(inner)
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class _Cuttable:
    """A connection that a deadline can end, also while TLS is being agreed on.

    The socket is wrapped and detached on the way; a duplicate stays what it is.
    """

    _line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self._line = made.dup()
        self._use()
        return made

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._use()
        super().request(*args, **kwargs)  # type: ignore[misc]

    def close(self) -> None:
        line, self._line = self._line, None
        running = _RUNNING.get()
        if line is not None and running is not None:
            running.leave(line)
        elif line is not None:
            line.close()
        super().close()  # type: ignore[misc]

    def _use(self) -> None:
        running = _RUNNING.get()
        if running is not None and self._line is not None:
            running.use(self._line)


class _Http(_Cuttable, HTTPConnection):
    pass


class _Https(_Cuttable, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS: Mapping[str, type[HTTPConnectionPool]] = {"http": _HttpPool, "https": _HttpsPool}


class _Adapter(TCPKeepAliveAdapter):  # type: ignore[misc]
    """keystoneauth's adapter with such connections, through a proxy as well."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

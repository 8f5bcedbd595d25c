"""What may be said in the place of a service: a table of answers, and how each is sent."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler

PAGE = b"<html><head><title>Maintenance</title></head><body>We are back soon.</body></html>"
ITSELF = "<itself>"
"""In a header: where the request went."""
JSON, HTML, TEXT = "application/json", "text/html; charset=utf-8", "text/plain"


class How(Enum):
    """How far an answer gets, and how fast."""

    WHOLE = auto()
    CUT = auto()
    """Half of the body, then the end of the connection."""
    CLOSE = auto()
    """The connection ends without a word."""
    RESET = auto()
    SILENT = auto()
    """Nothing, until the client has had enough."""
    DRIP = auto()
    """A byte of the body now and then, for ever: never silent, never done."""
    DRIP_HEADERS = auto()
    CONTINUE = auto()
    """'100 Continue', for ever."""
    NO_HTTP = auto()


@dataclass(frozen=True)
class Odd:
    """An answer; `slow` ones end by a time limit alone."""

    name: str
    status: int = 200
    kind: str | None = JSON
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    how: How = How.WHOLE

    @property
    def slow(self) -> bool:
        return self.how in (How.SILENT, How.DRIP, How.DRIP_HEADERS, How.CONTINUE)

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        """Sends it in the place of what the handler would answer."""
        handler.close_connection = True
        match self.how:
            case How.CLOSE:
                return
            case How.RESET:
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()
            case How.SILENT:
                _until_gone(handler, b"")
            case How.DRIP_HEADERS:
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                _until_gone(handler, b"x")
            case How.CONTINUE:
                _until_gone(handler, b"HTTP/1.1 100 Continue\r\n\r\n")
            case How.NO_HTTP:
                handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            case _:
                self._http(handler)

    def _http(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        if self.kind is not None:
            handler.send_header("Content-Type", self.kind)
        if self.how is not How.DRIP and "Transfer-Encoding" not in self.headers:
            length = len(self.body) + (50 if self.how is How.CUT else 0)
            handler.send_header("Content-Length", str(length))
        for name, value in self.headers.items():
            handler.send_header(name, value.replace(ITSELF, handler.headers["Host"] + handler.path))
        handler.end_headers()
        handler.wfile.write(self.body)
        if self.how is How.DRIP:
            _until_gone(handler, b" ")


def _until_gone(handler: BaseHTTPRequestHandler, drop: bytes) -> None:
    """Sends a drop now and then until the client ends the connection."""
    line = handler.connection
    line.settimeout(0.02)
    try:
        while True:
            if drop:
                line.sendall(drop)
            try:
                if not line.recv(1):
                    return
            except TimeoutError:
                continue
    except OSError:
        return


def _fault(status: int, kind: str, message: str) -> bytes:
    fault = '{"code": %d, "error": {"type": "%s", "message": "%s", "traceback": null}, "title": "x"}'
    return (fault % (status, kind, message)).encode()


def _each(value: str) -> bytes:
    """An object that has the value under each key that a client looks at."""
    keys = ("stack", "events", "resources", "metadata", "token", "version")
    return ("{" + ", ".join(f'"{key}": {value}' for key in keys) + "}").encode()


ANSWERS = (
    # A status, in Heat's own words.
    Odd("400", 400, body=_fault(400, "StackValidationFailed", "The template is no template.")),
    Odd("401", 401, body=b'{"error": {"code": 401, "message": "Authentication required"}}'),
    Odd("403", 403, body=_fault(403, "Forbidden", "You are not authorized to use stacks:show.")),
    Odd("409", 409, body=_fault(409, "ActionInProgress", "Stack prod already has an action in progress.")),
    Odd("500", 500, body=_fault(500, "HTTPInternalServerError", "Internal Error")),
    Odd("501", 501, body=_fault(501, "NotImplemented", "Not implemented")),
    Odd("503", 503, body=_fault(503, "ServiceUnavailable", "no engine"), headers={"Retry-After": "7"}),
    # A status, in those of what is before it.
    Odd("404 of a proxy", 404, HTML, b"<h1>404 Not Found</h1><hr>nginx"),
    Odd("403 of a proxy", 403, HTML, b"<h1>403 Forbidden</h1>"),
    Odd("405 of a proxy", 405, HTML, b"<h1>405 Not Allowed</h1>"),
    Odd("407 of a proxy", 407, HTML, b"", {"Proxy-Authenticate": "Basic"}),
    Odd("408", 408, TEXT, b"Request Timeout"),
    Odd("413", 413, HTML, b"<h1>413 Request Entity Too Large</h1>"),
    Odd("418 without a body", 418, None),
    Odd("429 with seconds", 429, TEXT, b"slow down", {"Retry-After": "30"}),
    Odd("429 for ever", 429, TEXT, b"slow down", {"Retry-After": "999999999"}),
    Odd("429 until a date", 429, TEXT, b"slow down", {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}),
    Odd("429 with nonsense", 429, TEXT, b"slow down", {"Retry-After": "-5 soon"}),
    Odd("502", 502, HTML, b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
    Odd("503 for ever", 503, HTML, PAGE, {"Retry-After": "999999999"}),
    Odd("504 without a body", 504, None),
    Odd("599", 599, TEXT, b"unheard of"),
    # An error of another shape.
    Odd("an error as text", 500, body=b'{"error": "the database is down"}'),
    Odd("an error as a string", 500, body=b'"the database is down"'),
    Odd("an error as a list", 500, body=b'["error"]'),
    Odd("an error as a number", 400, body=b"7"),
    Odd("an error as null", 404, body=b"null"),
    Odd("an error without a message", 500, body=b'{"error": {"message": null}}'),
    Odd("an error that is no JSON", 500, body=b"{"),
    Odd("an error in latin-1", 500, "application/json; charset=latin-1", b'{"error": {"message": "\xe9"}}'),
    # 200, and not the answer.
    Odd("HTML with 200", 200, HTML, PAGE),
    Odd("HTML that is called JSON", 200, JSON, PAGE),
    Odd("text with 200", 200, TEXT, b"OK"),
    Odd("JSON that is called text", 200, TEXT, b'{"stack": {}}'),
    Odd("nothing with 200", 200),
    Odd("no content", 204, None),
    Odd("an empty object", body=b"{}"),
    Odd("an empty list", body=b"[]"),
    Odd("null", body=b"null"),
    Odd("a number", body=b"1"),
    Odd("a string", body=b'"stack"'),
    Odd("an object of nulls", body=_each("null")),
    Odd("an object of texts", body=_each('"x"')),
    Odd("an object of lists", body=_each("[1]")),
    Odd("an object of objects", body=_each('{"a": 1}')),
    Odd("lists of empty objects", body=_each("[{}]")),
    Odd("a stack without a status", body=b'{"stack": {"stack_name": "prod", "id": "1"}}'),
    Odd("half of the JSON", body=b'{"stack": {"stack_na'),
    Odd("bytes", body=bytes(range(256))),
    Odd("deep JSON", body=b"[" * 2000 + b"]" * 2000),
    Odd("a wrong encoding", body=b"{}", headers={"Content-Encoding": "gzip"}),
    Odd("an unknown charset", 200, "application/json; charset=none-such", b"{}"),
    Odd("an odd Content-Type", 200, ";;;", b"{}"),
    # Somewhere else.
    Odd("a redirect to itself", 302, HTML, b"", {"Location": f"http://{ITSELF}"}),
    Odd("a redirect to nowhere", 302, HTML, b""),
    Odd("a redirect to no address", 307, HTML, b"", {"Location": "http://[::1"}),
    Odd("a redirect to a closed port", 307, HTML, b"", {"Location": "http://127.0.0.1:9/"}),
    Odd("a redirect to another scheme", 301, HTML, b"", {"Location": "gopher://127.0.0.1/"}),
    Odd("multiple choices", 300, body=b'{"versions": []}'),
    Odd("not modified", 304, None),
    # No answer.
    Odd("half of the body", body=b'{"stack": {', how=How.CUT),
    Odd("a broken chunk", body=b"zz\r\n{}\r\n", headers={"Transfer-Encoding": "chunked"}),
    Odd("closed", how=How.CLOSE),
    Odd("reset", how=How.RESET),
    Odd("no HTTP", how=How.NO_HTTP),
    Odd("silence", how=How.SILENT),
    Odd("a body that drips", how=How.DRIP),
    Odd("headers that drip", how=How.DRIP_HEADERS),
    Odd("always to be continued", how=How.CONTINUE),
)
"""Each is given in the place of what Keystone or Heat would have said."""

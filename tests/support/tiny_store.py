"""As much of Swift and of S3 as snapshots need, on 127.0.0.1; both have the same containers."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

SWIFT = "/v1/AUTH_p1"
"""Below it Swift answers; everything else is S3's."""
TOKEN = "token of the store"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a secret one"}
_META = ("x-object-meta-", "x-amz-meta-")


@dataclass
class Held:
    """An object."""

    body: bytes
    headers: dict[str, str]
    """Those of marks, in lower case, without what their names begin with."""


class Answer(NamedTuple):
    """Of HTTP."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


class TinyStore:
    """Remembers each request as METHOD PATH.

    `refuse` is what a method is answered by instead, each once, first ones first; `pages` is how many names a
    listing has; `etag` is said of every object in place of its own.
    """

    def __init__(self, *containers: str) -> None:
        self.containers: dict[str, dict[str, Held]] = {it: {} for it in containers}
        self.refuse: dict[str, list[Answer]] = {}
        self.pages = 1000
        self.etag = ""
        self.requests: list[str] = []
        self.signed: list[Mapping[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
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

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What is answered to a request."""
        asked = urlsplit(target)
        self.requests.append(f"{method} {unquote(asked.path)}")
        if refused := self.refuse.get(method):
            return refused.pop(0)
        swift = asked.path.startswith(SWIFT)
        if swift and headers.get("x-auth-token") != TOKEN:
            return Answer(401)
        if not swift:
            self.signed.append(headers)
            if sha256(body).hexdigest() != headers.get("x-amz-content-sha256"):
                return _error(400, "XAmzContentSHA256Mismatch")
        container, _, key = unquote(asked.path.removeprefix(SWIFT)).strip("/").partition("/")
        held = self.containers.get(container)
        if held is None:
            return Answer(404) if swift else _error(404, "NoSuchBucket")
        if not key:
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            return self._listing(held, query, swift=swift)
        return self._object(method, held, key, headers, body)

    def _object(
        self, method: str, held: dict[str, Held], key: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        if method == "PUT":
            digest = md5(body)
            if headers.get("etag", digest.hexdigest()) != digest.hexdigest():
                return Answer(422)
            if (
                headers.get("content-md5", b64encode(digest.digest()).decode())
                != b64encode(digest.digest()).decode()
            ):
                return _error(400, "BadDigest")
            marks = {
                name.removeprefix(begin): value
                for name, value in headers.items()
                for begin in _META
                if name.startswith(begin)
            }
            held[key] = Held(body, marks)
            return Answer(201, headers={"ETag": digest.hexdigest()})
        found = held.get(key)
        if found is None:
            return Answer(404)
        if method == "DELETE":
            del held[key]
            return Answer(204)
        etag = md5(found.body).hexdigest()
        if headers.get("if-match", f'"{etag}"') != f'"{etag}"':
            return Answer(412)
        marks = {begin + name: value for begin in _META for name, value in found.headers.items()}
        said = {"ETag": f'"{self.etag or etag}"', **marks}
        if method == "HEAD":
            return Answer(200, b"", {**said, "Content-Length": str(len(found.body))})
        first, last = headers["range"].removeprefix("bytes=").split("-")
        return Answer(206, found.body[int(first) : int(last) + 1], said)

    def _listing(self, held: dict[str, Held], query: Mapping[str, str], *, swift: bool) -> Answer:
        begin = query.get("prefix", "")
        after = query.get("marker" if swift else "continuation-token", "")
        names = sorted(
            it for it in held if it.startswith(begin) and "/" not in it[len(begin) :] and it > after
        )
        most = min(self.pages, int(query.get("limit" if swift else "max-keys", self.pages)))
        some, rest = names[:most], names[most:]
        if swift:
            folders = [{"subdir": "another/"}] if not after else []
            found = [{"name": it, "bytes": len(held[it].body)} for it in some]
            return Answer(200, json.dumps([*folders, *found] if found else []).encode())
        contents = "".join(
            f"<Contents><Key>{escape(it)}</Key><Size>{len(held[it].body)}</Size></Contents>" for it in some
        )
        more = f"<NextContinuationToken>{escape(some[-1])}</NextContinuationToken>" if rest else ""
        return Answer(
            200,
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/">'
            f"<IsTruncated>{'true' if rest else 'false'}</IsTruncated>{contents}{more}"
            "<CommonPrefixes><Prefix>another/</Prefix></CommonPrefixes></ListBucketResult>".encode(),
        )


def _error(status: int, code: str) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>so it is</Message></Error>".encode())


def _handler(store: TinyStore) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers from `store`."""

        disable_nagle_algorithm = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = store.answer(self.command, self.path, headers, body)
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else said.body)

        def do_GET(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler

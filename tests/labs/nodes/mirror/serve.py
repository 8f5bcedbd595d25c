"""`python -m tests.labs.nodes.mirror.serve [FOLDER] --address A --port P`: the mirror on the network.

Answers GET and HEAD over plain HTTP: `/v2/…` as the pull half of a registry, everything else from `files/`,
whole or from a byte on.
Facts: spec.md of the OCI distribution specification 1.1, "Pull".
"""

from __future__ import annotations

import argparse
import fnmatch
import io
import json
import re
import shutil
import signal
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from tests.labs.nodes.mirror.build import FOLDER
from tests.labs.nodes.mirror.layout import MANIFEST, Layout

_BLOB = "application/octet-stream"
_JSON = "application/json"


class Answer(NamedTuple):
    """What a request gets; `body` is bytes, or the file that has them. `digest` is a registry's header."""

    status: HTTPStatus
    media_type: str
    body: bytes | Path
    digest: str | None = None


STRANGER = Answer(HTTPStatus.UNAUTHORIZED, _JSON, b'{"errors": [{"code": "UNAUTHORIZED"}]}')
"""What a registry says to who has not logged in."""


class Mirror(ThreadingHTTPServer):
    """A server of the mirror in `folder`.

    A path that one of the shell patterns `missing` matches is not there, be it a file's or a registry's;
    `missing` may be replaced while it runs. `asked` has each answer, as `STATUS METHOD PATH`.
    `login` is the name and the password, with a colon between, that its registry wants. `cuts` says of a path
    how many bytes of it go out before something happens and the connection ends; it does so once. Without
    `ranges` a file is sent whole whatever part of it is asked for.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path, address: str, port: int, missing: Sequence[str] = ()) -> None:
        super().__init__((address, port), Handler)
        self.files = (folder / "files").resolve()
        self.layout = Layout(folder / "images")
        self.missing = tuple(missing)
        self.login: str | None = None
        self.asked: list[str] = []
        self.speaks = False
        self.ranges = True
        self.cuts: dict[str, tuple[int, Callable[[], object]]] = {}

    def answer(self, path: str) -> Answer:
        """What is at a path of this server."""
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in self.missing):
            return _absent(path)
        if path == "/v2" or path.startswith("/v2/"):
            return self._from_registry(path.removeprefix("/v2").strip("/"))
        file = (self.files / path.lstrip("/")).resolve()
        if file.is_relative_to(self.files) and file.is_file():
            return Answer(HTTPStatus.OK, _BLOB, file)
        return _absent(path)

    def _from_registry(self, path: str) -> Answer:
        if not path:
            return Answer(HTTPStatus.OK, _JSON, b"{}")
        front, _, last = path.rpartition("/")
        name, _, kind = front.rpartition("/")
        images = self.layout.images()
        if kind == "manifests":
            by_tag = images.get(f"{name}:{last}")
            digest = by_tag.digest if by_tag else last
            ours = (f.digest for image, f in images.items() if image.startswith(f"{name}:"))
            file = self.layout.blob(digest) if digest in ours else None
            return (
                Answer(HTTPStatus.OK, MANIFEST, file, digest) if file else _unknown("MANIFEST_UNKNOWN", path)
            )
        if kind == "blobs":
            file = self.layout.blob(last)
            return Answer(HTTPStatus.OK, _BLOB, file, last) if file else _unknown("BLOB_UNKNOWN", path)
        if (kind, last) == ("tags", "list"):
            tags = sorted(i.rpartition(":")[2] for i in images if i.startswith(f"{name}:"))
            body = json.dumps({"name": name, "tags": tags}).encode()
            return Answer(HTTPStatus.OK, _JSON, body) if tags else _unknown("NAME_UNKNOWN", path)
        return _unknown("NAME_UNKNOWN", path)


@contextmanager
def serving(
    folder: Path, address: str = "127.0.0.1", port: int = 0, missing: Sequence[str] = ()
) -> Iterator[Mirror]:
    """A mirror that answers meanwhile, in threads of this process; port 0 is any that is free."""
    with Mirror(folder, address, port, missing) as mirror, answering(mirror):
        yield mirror


@contextmanager
def answering(server: Mirror) -> Iterator[None]:
    """Has the server answer while the block runs."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


TLS_HANDSHAKE = b"\x16"
"""How a TLS record of a handshake begins, RFC 8446, section 5.1."""


class Handler(BaseHTTPRequestHandler):
    """One connection to a mirror."""

    protocol_version = "HTTP/1.1"
    server: Mirror

    def handle_one_request(self) -> None:
        """As ever; Docker tries TLS first, and knows plain HTTP by the first word of the answer to that."""
        assert isinstance(self.rfile, io.BufferedReader)
        if self.rfile.peek(1)[:1] == TLS_HANDSHAKE:
            self.rfile.read1(1 << 16)
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            self.close_connection = True
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        answer, start = self._begin()
        cut = self.server.cuts.pop(self._path, None)
        if isinstance(answer.body, bytes):
            self.wfile.write(answer.body)
            return
        with answer.body.open("rb") as file:
            file.seek(start)
            if cut is None:
                shutil.copyfileobj(file, self.wfile, 1 << 18)
                return
            size, then = cut
            self.wfile.write(file.read(size))
            then()
            self.close_connection = True

    def do_HEAD(self) -> None:
        self._begin()

    @property
    def _path(self) -> str:
        return unquote(self.path.partition("?")[0])

    def _begin(self) -> tuple[Answer, int]:
        """Answers but for the body; returns it, and where it begins (RFC 9110, section 14)."""
        path = self._path
        answer = self.server.answer(path) if self._may_ask(path) else STRANGER
        size = len(answer.body) if isinstance(answer.body, bytes) else answer.body.stat().st_size
        range_ = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        start = int(range_[1]) if range_ and self.server.ranges and isinstance(answer.body, Path) else 0
        if start >= size > 0:
            answer = Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, answer.media_type, b"")
            start, size = 0, 0
        elif start:
            answer = answer._replace(status=HTTPStatus.PARTIAL_CONTENT)
        said = f"{answer.status.value} {self.command} {path}"
        self.server.asked.append(said)
        self.send_response(answer.status)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        size -= start
        self.send_header("Content-Length", str(size))
        self.send_header("Content-Type", answer.media_type)
        if answer is STRANGER:
            self.send_header("WWW-Authenticate", 'Basic realm="mirror"')
        if path.startswith("/v2"):
            self.send_header("Docker-Distribution-API-Version", "registry/2.0")
        if answer.digest:
            self.send_header("Docker-Content-Digest", answer.digest)
        self.end_headers()
        if self.server.speaks:
            print(f"{self.client_address[0]} {said} {size}", flush=True)
        return answer, start

    def _may_ask(self, path: str) -> bool:
        login = self.server.login
        if login is None or not path.startswith("/v2"):
            return True
        return self.headers["Authorization"] == f"Basic {b64encode(login.encode()).decode()}"

    def log_message(self, *_: object) -> None:
        """Nothing: `_begin` says what there is to say."""


def _absent(path: str) -> Answer:
    return Answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", f"no {path} here\n".encode())


def _unknown(code: str, path: str) -> Answer:
    body = json.dumps({"errors": [{"code": code, "message": f"no {path} here"}]})
    return Answer(HTTPStatus.NOT_FOUND, _JSON, body.encode())


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.labs.nodes.mirror.serve", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="default: %(default)s")
    parser.add_argument("--address", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=5000, help="default: %(default)s")
    parser.add_argument(
        "--missing", action="append", default=[], metavar="GLOB", help="paths that are not there; repeated"
    )
    parser.add_argument("--quiet", action="store_true", help="no line for each request")
    asked = parser.parse_args()
    if not (asked.folder / "pins.json").exists():
        print(
            f"no mirror in {asked.folder}; python -m tests.labs.nodes.mirror.build makes it", file=sys.stderr
        )
        return 1
    with Mirror(asked.folder, asked.address, asked.port, asked.missing) as mirror:
        mirror.speaks = not asked.quiet
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(f"http://{asked.address}:{mirror.server_port} serves {asked.folder}", flush=True)
        try:
            mirror.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

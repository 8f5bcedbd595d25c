"""A registry that images can be copied to: the push half, as `serve` has the pull half.

Facts: spec.md of the OCI distribution specification 1.1, "Push"; RFC 9112, section 7.1, for bodies in chunks,
which skopeo sends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.labs.nodes.mirror.layout import MANIFEST
from tests.labs.nodes.mirror.serve import Handler, Mirror, answering


class Registry(Mirror):
    """A mirror whose images come by being pushed; `folder` may be empty."""

    def __init__(self, folder: Path, address: str, port: int) -> None:
        super().__init__(folder, address, port)
        self.RequestHandlerClass = _Pushed
        self.uploads = folder / "uploads"
        self.uploads.mkdir(parents=True, exist_ok=True)
        self.writing = threading.Lock()


class _Pushed(Handler):
    server: Registry

    def do_POST(self) -> None:  # noqa: N802 (as its base looks for it)
        """Begins an upload; one that asks for a blob of another name's is told to send it."""
        for _ in self._body():
            pass
        upload = self.server.uploads / uuid4().hex
        upload.touch()
        self._answered(HTTPStatus.ACCEPTED, Location=f"{self._path.rstrip('/')}/{upload.name}")

    def do_PATCH(self) -> None:  # noqa: N802 (as its base looks for it)
        """Goes on with one."""
        upload = self._upload()
        size = upload.stat().st_size
        self._answered(HTTPStatus.ACCEPTED, Location=self._path, Range=f"0-{max(size - 1, 0)}")

    def do_PUT(self) -> None:  # noqa: N802 (as its base looks for it)
        """Ends one, or names an image by its manifest."""
        front, _, last = self._path.removeprefix("/v2/").rpartition("/")
        name, _, kind = front.rpartition("/")
        if kind == "manifests":
            self._name(f"{name}:{last}")
            return
        with self.server.writing:
            digest = self.server.layout.keep_blob(self._upload())
        (wanted,) = parse_qs(urlsplit(self.path).query)["digest"]
        right = digest == wanted
        self._answered(HTTPStatus.CREATED if right else HTTPStatus.BAD_REQUEST, Location=self._path)

    def _name(self, image: str) -> None:
        manifest = b"".join(self._body())
        if self.headers["Content-Type"] != MANIFEST:
            self._answered(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return
        with self.server.writing:
            digest = self.server.layout.keep_image(image, manifest).digest
        self._answered(HTTPStatus.CREATED, **{"Location": self._path, "Docker-Content-Digest": digest})

    def _upload(self) -> Path:
        """The upload that is asked for, with what the request brings of it."""
        upload = self.server.uploads / self._path.rpartition("/")[2]
        with upload.open("ab") as file:
            for part in self._body():
                file.write(part)
        return upload

    def _body(self) -> Iterator[bytes]:
        if self.headers["Transfer-Encoding"] != "chunked":
            yield self.rfile.read(int(self.headers["Content-Length"] or 0))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        # What may follow the last chunk, up to an empty line.
        while self.rfile.readline().strip():
            pass

    def _answered(self, status: HTTPStatus, **headers: str) -> None:
        self.server.asked.append(f"{status.value} {self.command} {self._path}")
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def accepting(folder: Path, address: str = "127.0.0.1", port: int = 0) -> Iterator[Registry]:
    """A registry that answers meanwhile, in threads of this process; port 0 is any that is free."""
    with Registry(folder, address, port) as registry, answering(registry):
        yield registry

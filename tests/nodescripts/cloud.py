"""Keystone, Heat and a mirror of downloads in one HTTP server, which also answers as a proxy would."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "correct horse"
TOKEN = "gAAAA-token"
SECRET_WORDS = (PASSWORD, TOKEN)


class Cloud:
    """Remembers every signal and request; `files` is what the mirror has, by path.

    `answers` come before: status and body, by path, each once.
    One that is never closed need not `look` each so many seconds whether it is.
    """

    def __init__(self, address: str = "127.0.0.1", port: int = 0, look: float = 0.02) -> None:
        self.signals: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[str] = []
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, list[tuple[int, bytes]]] = {}
        self.password = PASSWORD
        self.heat_status = 200
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                cloud.requests.append(f"GET {path}")
                if cloud.answers.get(path):
                    self._answer(*cloud.answers[path].pop(0))
                    return
                body = cloud.files.get(path)
                known = body is not None or path == "/" or path.startswith("/identity")
                self._answer((300 if body is None else 200) if known else 404, body or b"")

            def do_POST(self) -> None:
                path = urlsplit(self.path).path
                cloud.requests.append(f"POST {path}")
                data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if path == "/identity/v3/auth/tokens":
                    user = data["auth"]["identity"]["password"]["user"]
                    assert user["id"] == "u1"
                    assert data["auth"]["scope"] == {"project": {"id": "p1"}}
                    right = user["password"] == cloud.password
                    self._answer(201 if right else 401, b"{}", {"X-Subject-Token": TOKEN} if right else {})
                    return
                if self.headers["X-Auth-Token"] != TOKEN:
                    self._answer(401, b"")
                    return
                if cloud.heat_status == 200:
                    cloud.signals.append((path.rpartition("/")[2], data))
                self._answer(cloud.heat_status, b"")

            def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer((address, port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(look,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()

    def credentials(self, handle: str, url: str | None = None) -> str:
        """What Heat hands a node for one of its handles."""
        return credentials(handle, url or self.url)

    def of(self, handle: str) -> list[dict[str, Any]]:
        """The signals that one handle got."""
        return [body for name, body in self.signals if name == handle]


def credentials(handle: str, url: str) -> str:
    """The `signal` attribute of a HEAT_SIGNAL handle, of a cloud at `url`."""
    return json.dumps(
        {
            "alarm_url": f"{url}/v1/p1/stacks/s/{handle}",
            "auth_url": f"{url}/identity/v3/",
            "domain_id": "d1",
            "password": PASSWORD,
            "project_id": "p1",
            "region_name": "RegionOne",
            "user_id": "u1",
        }
    )

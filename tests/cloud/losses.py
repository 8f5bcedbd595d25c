"""Answers of Heat that get lost on their way: a server in between hears, passes on, and keeps silent."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from tests.labs.cloud.settings import ADDRESS, settings

HEAT = 8004
"""Its port, see labs/cloud/services.py."""
_HOP = ("connection", "content-length", "transfer-encoding", "host")


class Loss(StrEnum):
    """What a client sees of a request that Heat took."""

    NO_ANSWER = "no-answer"
    GATEWAY_TIMEOUT = "gateway-timeout"


@contextmanager
def losing(folder: Path, how: Loss) -> Iterator[tuple[Path, threading.Event]]:
    """A clouds.yaml whose Heat loses its answer to the first create, and the event of that."""
    lost = threading.Event()

    class Between(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            asked = urllib.request.Request(
                settings().url(HEAT) + self.path,
                self.rfile.read(length) if length else None, headers, method=self.command,
            )  # fmt: skip
            try:
                answer = urllib.request.urlopen(asked, timeout=90)
            except urllib.error.HTTPError as refusal:
                answer = refusal
            with answer:
                body = answer.read()
            if self.command == "POST" and self.path.endswith("/stacks") and not lost.is_set():
                lost.set()
                if how is Loss.GATEWAY_TIMEOUT:
                    self.send_error(504)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self._pass_on
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((ADDRESS, 0), Between)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known = yaml.safe_load(settings().clouds.read_text(encoding="utf-8"))
    for cloud in known["clouds"].values():
        cloud["orchestration_endpoint_override"] = f"http://{ADDRESS}:{server.server_port}/v1/%(project_id)s"
    clouds = folder / "clouds.yaml"
    clouds.write_text(yaml.safe_dump(known), encoding="utf-8")
    try:
        yield clouds, lost
    finally:
        server.shutdown()
        server.server_close()

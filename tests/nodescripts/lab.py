"""A scratch node: files under a temporary root, stubs for other programs, a server for Keystone and Heat."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from jeroboam.model.types import FileEntry
from jeroboam.resources import fragments
from jeroboam.userdata.environment import environment_text

FRAGMENTS = Path(str(fragments()))
PASSWORD = "correct horse"
SECRET_WORDS = (PASSWORD, "gAAAA-token")


class Cloud:
    """Keystone and Heat on one port, and a folder of downloads; remembers every signal and request."""

    def __init__(self) -> None:
        self.signals: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[str] = []
        self.files: dict[str, bytes] = {}
        self.password = PASSWORD
        self.heat_status = 200
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cloud.requests.append(f"GET {self.path}")
                body = cloud.files.get(self.path)
                self._answer(200 if body is not None else 404 if "/files/" in self.path else 300, body or b"")

            def do_POST(self) -> None:
                cloud.requests.append(f"POST {self.path}")
                data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/identity/v3/auth/tokens":
                    user = data["auth"]["identity"]["password"]["user"]
                    assert user["id"] == "u1"
                    assert data["auth"]["scope"] == {"project": {"id": "p1"}}
                    right = user["password"] == cloud.password
                    self._answer(
                        201 if right else 401, b"{}", {"X-Subject-Token": "gAAAA-token"} if right else {}
                    )
                    return
                if self.headers["X-Auth-Token"] != "gAAAA-token":
                    self._answer(401, b"")
                    return
                if cloud.heat_status == 200:
                    cloud.signals.append((self.path.rpartition("/")[2], data))
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

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()

    def credentials(self, handle: str, url: str | None = None) -> str:
        """What Heat hands a node for one of its handles."""
        base = url or self.url
        return json.dumps(
            {
                "alarm_url": f"{base}/v1/p1/stacks/s/{handle}",
                "auth_url": f"{base}/identity/v3/",
                "domain_id": "d1",
                "password": PASSWORD,
                "project_id": "p1",
                "region_name": "RegionOne",
                "user_id": "u1",
            }
        )

    def of(self, handle: str) -> list[dict[str, Any]]:
        """The signals that one handle got."""
        return [body for name, body in self.signals if name == handle]


class Node:
    """A root folder with the bootstrap in it; `stub` plays programs that the machine must not run."""

    def __init__(self, root: Path, name: str = "prod-master-0") -> None:
        self.root = root
        self.stubs = root / "stubs"
        self.stubs.mkdir(parents=True)
        self.console = root / "console"
        self.calls = root / "calls"
        self.calls.touch()
        for library in ("bootstrap", "lib", "signal", "download", "volumes"):
            self._place(
                f"opt/jeroboam/{library}.sh", (FRAGMENTS / f"common/{library}.sh").read_text("utf-8"), 0o755
            )
        for library in ("kubernetes", "masters"):
            text = (FRAGMENTS / f"kubernetes/{library}.sh").read_text("utf-8")
            self._place(f"opt/jeroboam/{library}.sh", text, 0o755)
        self.environment()
        self.stub("uname", f'printf "%s\\n" {name}.novalocal', quiet=True)
        self.stub("sleep", "exec /bin/sleep 0.02", quiet=True)

    def environment(self, heat: Mapping[str, str] | None = None, **values: str) -> None:
        """Writes cluster.env and heat.env as user data does."""
        always = {
            "JEROBOAM_BOOTSTRAP_SECONDS": "600",
            "JEROBOAM_RELABEL": "true",
            "JEROBOAM_VERIFY_OPENSTACK_CA": "true",
        }
        self._place("etc/jeroboam/cluster.env", environment_text({**always, **values}))
        self._place("etc/jeroboam/heat.env", environment_text(heat or {}), 0o600)

    def files(self, files: Iterable[FileEntry]) -> None:
        """Places files as user data does."""
        for file in files:
            self._place(file.path.lstrip("/"), file.content, file.mode)

    def step(self, name: str, script: str) -> None:
        """Adds a step; `script` is bash, or the path of a fragment."""
        if script.startswith(("common/", "kubernetes/")):
            script = (FRAGMENTS / script).read_text("utf-8")
        self._place(f"opt/jeroboam/steps/{name}.sh", script, 0o755)

    def stub(self, name: str, script: str = "", *, quiet: bool = False) -> None:
        """A program that notes how it was called, then does `script`."""
        note = "" if quiet else f'printf "%s\\n" "{name} $*" >>"$JEROBOAM_ROOT/calls"\n'
        path = self.stubs / name
        path.write_text(f"#!/bin/bash\n{note}{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(
        self, script: str, *arguments: str, timeout: float = 60, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a file of the node, as the unit would: with nothing but a path in its environment."""
        return self._bash([str(self.root / script.lstrip("/")), *arguments], timeout, more)

    def bash(self, text: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs bash text that has lib.sh."""
        return self._bash(
            ["-c", f'set -euo pipefail\n. "$JEROBOAM_ROOT/opt/jeroboam/lib.sh"\n{text}'], timeout, {}
        )

    def bootstrap(
        self, *arguments: str, timeout: float = 60, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs the runner."""
        return self.run("opt/jeroboam/bootstrap.sh", *arguments, timeout=timeout, **more)

    def text(self, path: str) -> str:
        """A file of the node."""
        return (self.root / path.lstrip("/")).read_text(encoding="utf-8")

    def mode(self, path: str) -> int:
        """A file's permissions."""
        return stat.S_IMODE((self.root / path.lstrip("/")).stat().st_mode)

    def exists(self, path: str) -> bool:
        """Whether the node has such a file."""
        return (self.root / path.lstrip("/")).exists()

    def called(self) -> list[str]:
        """How the stubs were called, in order."""
        return self.calls.read_text(encoding="utf-8").splitlines()

    def lines(self) -> list[str]:
        """What the console shows."""
        return self.console.read_text(encoding="utf-8").splitlines() if self.console.exists() else []

    def place(self, path: str, text: str, mode: int = 0o644) -> None:
        """Writes a file of the node."""
        self._place(path.lstrip("/"), text, mode)

    def _bash(
        self, words: list[str], timeout: float, more: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash")
        assert bash
        environment = {
            "PATH": f"{self.stubs}:{os.environ['PATH']}",
            "JEROBOAM_ROOT": str(self.root),
            "JEROBOAM_CONSOLE": str(self.console),
            **more,
        }
        # Into files: what a script leaves running would hold a pipe open.
        with (self.root / "stdout").open("w+b") as out, (self.root / "stderr").open("w+b") as err:
            code = subprocess.run(
                [bash, *words], env=environment, stdout=out, stderr=err, timeout=timeout
            ).returncode
        texts = [(self.root / name).read_text("utf-8", errors="replace") for name in ("stdout", "stderr")]
        return subprocess.CompletedProcess(words, code, *texts)

    def _place(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

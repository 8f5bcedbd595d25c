"""As much of Keystone v3 and Heat as a login, its renewal and a look at a stack need, on 127.0.0.1."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

PASSWORD = "correct horse"
STACK = "8263201f-224e-4588-a1bd-ade33f375137"


class TinyCloud:
    """Remembers every request as METHOD PATH, and who logged in; has one project, `p1`, with one stack.

    A token lives `token_seconds`; Heat forgets one that is in `revoked`. Heat is in each of the `regions`,
    below a path of its name. `lists` is what Heat says to paths that end so. With `tls` it speaks that alone.
    Other services of `types` are at `urls`, by their type; `token_text` is a token of theirs.
    """

    def __init__(
        self,
        *,
        regions: tuple[str, ...] = ("RegionOne",),
        stack: Mapping[str, Any] | None = None,
        template: Mapping[str, Any] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.regions = regions
        self.types: tuple[str, ...] = ("identity", "orchestration")
        self.stack = {"id": STACK, "stack_name": "prod", "stack_status": "CREATE_COMPLETE"} | dict(
            stack or {}
        )
        self.template = dict(template or {})
        self.lists: dict[str, Any] = {"events": {"events": []}, "resources": {"resources": []}}
        self.urls: dict[str, str] = {}
        self.token_text = ""
        self.token_seconds = 3600
        self.behind = timedelta()
        self.revoked: set[str] = set()
        self.refuse_all = False
        self.requests: list[str] = []
        self.users: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

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

    @property
    def logins(self) -> int:
        """How often somebody asked for a token."""
        return self.requests.count("POST /v3/auth/tokens")

    def variables(self, user: str = "demo", **more: str) -> dict[str, str]:
        """The OS_* variables of a user, as an openrc file sets them."""
        return {
            "OS_AUTH_URL": f"{self.address}/v3",
            "OS_USERNAME": user,
            "OS_PASSWORD": PASSWORD,
            "OS_PROJECT_NAME": "demo",
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            **more,
        }

    def entry(self, user: str = "demo", **more: Any) -> dict[str, Any]:
        """A cloud of clouds.yaml for a user."""
        auth = {
            "auth_url": f"{self.address}/v3",
            "username": user,
            "password": PASSWORD,
            "project_name": "demo",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }
        return {"auth": auth, **more}

    def token(self) -> dict[str, Any]:
        """What Keystone says of a token that it gives now."""
        now = datetime.now(UTC) - self.behind
        expires = now + timedelta(seconds=self.token_seconds)
        return {
            "methods": ["password"],
            "issued_at": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "user": {"id": "u1", "name": "demo", "domain": {"id": "default", "name": "Default"}},
            "project": {"id": "p1", "name": "demo", "domain": {"id": "default", "name": "Default"}},
            "roles": [{"id": "r1", "name": "member"}],
            "catalog": [
                {"type": kind, "name": kind, "id": kind, "endpoints": self._endpoints(kind)}
                for kind in self.types
            ],
        }

    def _endpoints(self, kind: str) -> list[dict[str, str]]:
        return [
            {
                "id": f"{region}-{kind}",
                "interface": "public",
                "region": region,
                "region_id": region,
                "url": self.urls.get(kind)
                or self.address + ("/v3" if kind == "identity" else f"/{region}/heat/v1/p1"),
            }
            for region in self.regions
        ]

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: str = ""
    ) -> tuple[int, Any, str]:
        """Status, JSON and a new token if there is one."""
        self.requests.append(f"{method} {path}")
        if path in ("/v3", "/v3/"):
            links = [{"rel": "self", "href": f"{self.address}/v3/"}]
            return 200, {"version": {"id": "v3.14", "status": "stable", "links": links}}, ""
        if (method, path) == ("POST", "/v3/auth/tokens"):
            user = json.loads(body)["auth"]["identity"].get("password", {"user": {"password": ""}})["user"]
            self.users.append(user.get("name", ""))
            if user["password"] != PASSWORD:
                said = "The request you have made requires authentication."
                return 401, {"error": {"code": 401, "message": said, "title": "Unauthorized"}}, ""
            return 201, {"token": self.token()}, self.token_text or f"token-{self.logins}"
        token = headers.get("X-Auth-Token", "")
        if self.refuse_all or not token or token in self.revoked:
            return 401, {"error": {"code": 401, "message": "Authentication required"}}, ""
        return self._heat(path, query)

    def _heat(self, path: str, query: str) -> tuple[int, Any, str]:
        _, _, rest = path.partition("/heat/v1/p1/stacks/")
        if rest.endswith("/template"):
            return 200, self.template, ""
        kind = rest.rpartition("/")[2]
        if kind in self.lists:
            return 200, self.lists[kind], ""
        if rest.split("/")[0] == self.stack["stack_name"]:
            stack = {"creation_time": "2026-11-26T00:00:00Z", **self.stack}
            if parse_qs(query).get("resolve_outputs") == ["False"]:
                stack.pop("outputs", None)
            return 200, {"stack": stack}, ""
        return 404, {"code": 404, "error": {"message": f"The Stack ({rest}) could not be found."}}, ""


def _handler(cloud: TinyCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET and POST from `cloud`."""

        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = urlsplit(self.path)
            status, said, token = cloud.answer(
                self.command, asked.path, dict(self.headers.items()), body, asked.query
            )
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if token:
                self.send_header("X-Subject-Token", token)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler

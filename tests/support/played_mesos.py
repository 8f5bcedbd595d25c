"""Masters of Mesos, played on addresses of 127.0.0.0/8: as much of the operator API as a drain needs.

What it refuses and in which words is Mesos' (src/master/http.cpp of 1.11), and so are the fields of answers.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jeroboam.model.client import Door

PASSWORD = "correct horse"


class NoSuccessError(Exception):
    """An answer of the API that is no success: status and message."""


class PlayedMesos:
    """Its agents, by id, and the tasks on them; tests change both. Every agent that is made has its own id.

    `masters` are the addresses of those that answer, the first leads; `behind` those whose log has not caught
    up. `stubborn` tasks outlive a drain until they are taken off `tasks`. `requests` has all that was asked:
    the address, the method, and the path or the call.
    """

    def __init__(self, masters: int = 1, password: str = PASSWORD) -> None:
        self.all = tuple(f"127.0.0.{1 + index}" for index in range(masters))
        self.passwords = dict.fromkeys(self.all, password)
        self.masters = list(self.all)
        self.agents: dict[str, dict[str, Any]] = {}
        self.tasks: list[dict[str, Any]] = []
        self.stubborn: set[str] = set()
        self.behind: set[str] = set()
        self.gone: set[str] = set()
        self.requests: list[tuple[str, str, str]] = []
        self.refuse: tuple[int, str] | None = None
        self._count = count()
        self._up = ExitStack()
        self.port = 0
        self.calls_itself = ""
        """The address that the leader knows itself by, where that is not the one that it is reached at."""

    def __enter__(self) -> Self:
        for address in self.all:
            server = ThreadingHTTPServer((address, self.port), _handler(self, address))
            server.daemon_threads = True
            self.port = server.server_port
            self._up.enter_context(_serving(server))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._up.close()

    # --- what a test does ---------------------------------------------------------------------------

    def add(self, address: str, **more: Any) -> str:
        """An agent that registers; its id. One before it at the address is removed, as Mesos does."""
        for key in [key for key, agent in self.agents.items() if self._address(agent) == address]:
            del self.agents[key]
        key = f"a7e1-S{next(self._count)}"
        info = {"id": {"value": key}, "hostname": address, "port": 5051}
        self.agents[key] = {
            "agent_info": info,
            "active": True,
            "deactivated": False,
            "version": "1.11.0",
            **more,
        }
        return key

    def agent(self, address: str) -> dict[str, Any]:
        """The agent of an address."""
        return next(agent for agent in self.agents.values() if self._address(agent) == address)

    def run(self, address: str, *names: str, state: str = "TASK_RUNNING") -> None:
        """Tasks on an agent."""
        key = self.agent(address)["agent_info"]["id"]
        self.tasks += [
            {"name": name, "task_id": {"value": f"{name}.1"}, "agent_id": dict(key), "state": state}
            for name in names
        ]

    def down(self, address: str) -> None:
        """Its server stopped, and its connection broke."""
        self.agent(address)["active"] = False

    def door(self, folder: Path, addresses: dict[str, str], *, masters: bool = True) -> Door:
        """A way in, with the variables that `jeroboam credentials` writes."""
        (folder / "env.sh").write_text(
            "# Where the Mesos cluster 'prod' is: . ./env.sh\n"
            f"export MESOS_URL=http://{self.all[0]}:{self.port}\n"
            f"export MESOS_USER=admin\nexport MESOS_PASSWORD='{PASSWORD}'\n",
            encoding="utf-8",
        )
        known = self.all if masters else ()
        return Door("prod", "http", self.all[0], self.port, self.all[0], known, folder, addresses)

    def user(self, address: str) -> str:
        """What a master asks of who may do anything."""
        return "Basic " + base64.b64encode(f"admin:{self.passwords[address]}".encode()).decode()

    # --- what it answers ----------------------------------------------------------------------------

    def answer(self, address: str, method: str, path: str, body: bytes) -> Any:
        """JSON of an answer of a master. Raises NoSuccessError."""
        call = json.loads(body) if body else {}
        kind = call.get("type", "")
        self.requests.append((address, method, kind or path))
        if self.refuse:
            raise NoSuccessError(*self.refuse)
        match method, path:
            case "GET", "/version":
                return {"version": "1.11.0"}
            case "GET", "/metrics/snapshot":
                return {"registrar/log/recovered": 0.0 if address in self.behind else 1.0}
            case "POST", "/api/v1":
                if address != self.masters[0]:
                    raise NoSuccessError(307, f"//{self.masters[0]}:{self.port}/api/v1")
                said = self._called(kind, call.get(kind.lower(), {}))
                return said and {"type": kind, kind.lower(): said}
        raise NoSuccessError(404, "")

    def _called(self, kind: str, values: dict[str, Any]) -> Any:
        match kind:
            case "GET_MASTER":
                return {
                    "master_info": {
                        "address": {"ip": self.calls_itself or self.masters[0], "port": self.port}
                    }
                }
            case "GET_AGENTS":
                listed = self.agents.values()
                recovered = [a["agent_info"] for a in listed if a.get("recovered")]
                return {
                    "agents": [a for a in listed if not a.get("recovered")],
                    "recovered_agents": recovered,
                }
            case "GET_TASKS":
                return {"tasks": self.tasks}
        key = values["agent_id"]["value"]
        agent = self.agents.get(key)
        match kind:
            case "MARK_AGENT_GONE":
                if agent is None and key not in self.gone:
                    raise NoSuccessError(404, f"Agent '{key}' not found")
                self.gone.add(key)
                self.agents.pop(key, None)
                return None
            case "DRAIN_AGENT":
                if agent is None:
                    raise NoSuccessError(400, "Unknown agent")
                self._drain(agent, values)
                return None
            case "REACTIVATE_AGENT":
                if agent is None or not agent["deactivated"]:
                    raise NoSuccessError(400, "Agent is not deactivated")
                if agent.get("drain_info", {}).get("state") == "DRAINING":
                    raise NoSuccessError(400, "Agent is still in the DRAINING state")
                agent.pop("drain_info", None)
                agent.update(active=True, deactivated=False)
                return None
        raise NoSuccessError(501, "")

    def _drain(self, agent: dict[str, Any], values: dict[str, Any]) -> None:
        config: dict[str, Any] = {"mark_gone": values.get("mark_gone", False)}
        if grace := values.get("max_grace_period"):
            config["max_grace_period"] = {"nanoseconds": grace["seconds"] * 10**9 + grace.get("nanos", 0)}
        agent.update(active=False, deactivated=True, drain_info={"state": "DRAINING", "config": config})
        here = agent["agent_info"]["id"]
        self.tasks = [
            task for task in self.tasks if task["agent_id"] != here or task["name"] in self.stubborn
        ]
        self.settle()

    def settle(self) -> None:
        """Agents without a task are drained."""
        busy = {task["agent_id"]["value"] for task in self.tasks}
        for key, agent in self.agents.items():
            if "drain_info" in agent and key not in busy:
                agent["drain_info"]["state"] = "DRAINED"

    @staticmethod
    def _address(agent: dict[str, Any]) -> str:
        return str(agent["agent_info"]["hostname"])


@contextmanager
def _serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(mesos: PlayedMesos, address: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if address not in mesos.masters:
                return
            headers, said = {}, b""
            # Mesos tells its version to everybody.
            if self.path != "/version" and self.headers.get("Authorization") != mesos.user(address):
                status = 401
            else:
                try:
                    found = mesos.answer(address, self.command, self.path, body)
                    status, said = 200, b"" if found is None else json.dumps(found).encode()
                except NoSuccessError as error:
                    status, told = error.args
                    if status == 307:
                        headers["Location"] = told
                    else:
                        said = told.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = _answer  # noqa: N815 - as the server calls them

        def log_message(self, *args: Any) -> None:
            pass

    return Handler

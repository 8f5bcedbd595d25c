"""A swarm's Docker API, played on 127.0.0.1 over TLS: as much of it as nodes, tasks and services need.

What it refuses and in which words is swarmkit's (manager/controlapi/node.go), by statuses of Docker's API.
`tests/daemons/test_swarm_client.py` holds the same client to a real one.
"""

from __future__ import annotations

import json
import ssl
import threading
from base64 import b64decode
from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from jeroboam import plugins
from jeroboam.model.access import ClusterAccess
from jeroboam.model.client import Door
from jeroboam.secrets.issue import issued
from tests.support.tls import NOW, authority, certified

ADDRESS = "192.0.2.7"
"""What the API's certificate is for; no machine has it (RFC 5737)."""


class RefusedError(Exception):
    """An answer of the API that is no success: status and message."""


class PlayedSwarm:
    """Its nodes, by id as the API has them, and what runs there; tests change both.

    A drain moves tasks at once. Every node that is made gets an id of its own: n1, n2, …. `requests` has all
    that was asked, METHOD PATH; `refuse` is an answer to all of it, status and message. `left` is the manager
    that answers, by name, where there is no quorum; `begun` is how it was told to go on alone.
    """

    def __init__(
        self, folder: Path, secrets: Mapping[str, str] | None = None, name: str = ADDRESS, seed: int = 1
    ) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.services: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        self.autolock = False
        self.left, self.state = "", "active"
        self.begun: list[dict[str, Any]] = []
        self.index, self.rotations, self.root = 7, 0, "root 0"
        self.anew: list[str] = []
        self.requests: list[str] = []
        self.refuse: tuple[int, str] | None = None
        self.secrets = secrets or authority(seed)
        self._folder = folder
        self._counts = {"n": count(1), "s": count(1), "t": count(1)}
        context = certified(folder, self.secrets, name=name)
        context.load_verify_locations(cadata=b64decode(self.secrets["cluster_ca_cert"]).decode())
        context.verify_mode = ssl.CERT_REQUIRED
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = self._server.server_port

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

    # --- what a test does ---------------------------------------------------------------------------

    def add(self, name: str, *, manager: bool = False, availability: str = "active", **labels: str) -> str:
        """A node that joins, ready; the first manager leads. Its id."""
        key = f"n{next(self._counts['n'])}"
        self.nodes[key] = {
            "ID": key,
            "Version": {"Index": 1},
            "CreatedAt": f"2026-11-28T00:00:00.{len(self.nodes):03}Z",
            "Spec": {
                "Role": "manager" if manager else "worker",
                "Availability": availability,
                "Labels": labels,
            },
            "Description": {
                "Hostname": name,
                "Platform": {"OS": "linux", "Architecture": "x86_64"},
                "Engine": {"EngineVersion": "29.8.2", "Labels": {}},
            },
            "Status": {"State": "ready", "Addr": "10.8.0.5"},
        }
        if manager:
            leads = not any(self._votes(node) for node in self.nodes.values())
            self.nodes[key]["ManagerStatus"] = {"Leader": leads, "Reachability": "reachable"}
        return key

    def node(self, name: str) -> dict[str, Any]:
        """The node of a name that was made last."""
        return [node for node in self.nodes.values() if node["Description"]["Hostname"] == name][-1]

    def down(self, name: str) -> None:
        """Its server stopped."""
        node = self.node(name)
        node["Status"] |= {"State": "down", "Message": "heartbeat failure"}
        if self._votes(node):
            self._hand_over(node)
            node["ManagerStatus"] |= {"Reachability": "unreachable"}
        self._move(node["ID"])

    def serve(self, name: str, *nodes: str, **spec: Any) -> None:
        """A service with a task on each of the nodes, by name."""
        key = f"s{next(self._counts['s'])}"
        mode = {"Replicated": {"Replicas": len(nodes)}}
        self.services.append({"ID": key, "Spec": {"Name": name, "Mode": mode, "TaskTemplate": {}, **spec}})
        for slot, node in enumerate(nodes, 1):
            self._run(key, slot, self.node(node)["ID"])

    def running(self, name: str) -> int:
        """How many tasks run on a node."""
        key = self.node(name)["ID"]
        return sum(task["NodeID"] == key and task["Status"]["State"] == "running" for task in self.tasks)

    def door(self, name: str = ADDRESS) -> Door:
        """A way in that verifies the certificate for `name`, with new credentials."""
        driver = plugins.driver("swarm")
        assert driver
        access = ClusterAccess("prod", "https", name, self.port, (), frozenset(self.secrets))
        wanted = driver.credentials(access)
        texts = issued(wanted, self.secrets, random=Random(7), now=NOW, lifetime=timedelta(days=1))
        assert isinstance(texts, dict)
        for file, text in texts.items():
            (self._folder / file).write_text(text, encoding="utf-8")
        return Door("prod", "https", "127.0.0.1", self.port, name, (), self._folder)

    # --- what it answers ----------------------------------------------------------------------------

    def answer(self, method: str, target: str, body: bytes) -> Any:
        """JSON of an answer. Raises RefusedError."""
        self.requests.append(f"{method} {target.partition('?')[0]}")
        if self.refuse:
            raise RefusedError(*self.refuse)
        parts = urlsplit(target)
        if self.left and not self.begun and parts.path.rpartition("/")[2] not in ("info", "init"):
            raise RefusedError(503, "rpc error: code = Unknown desc = The swarm does not have a leader.")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match method, *parts.path.strip("/").split("/")[1:]:
            case "GET", "info":
                name = self.left or next(iter(self.nodes.values()))["Description"]["Hostname"]
                return {"Name": f"{name}.novalocal", "Swarm": {"LocalNodeState": self.state}}
            case "POST", "swarm", "init":
                return self._begin(json.loads(body))
            case "GET", "nodes":
                return [*self.nodes.values()]
            case "GET", "services":
                return self.services
            case "GET", "tasks":
                nodes = json.loads(query["filters"])["node"]
                return [task for task in self.tasks if task["NodeID"] in nodes]
            case "GET", "swarm":
                return self._swarm()
            case "POST", "swarm", "update":
                return self._change(int(query["version"]), query, json.loads(body))
            case "POST", "nodes", key, "update":
                return self._update(self._known(key), int(query["version"]), json.loads(body))
            case "DELETE", "nodes", key:
                return self._remove(self._known(key), force=query.get("force") in ("1", "true", "True"))
        raise RefusedError(404, "page not found")

    def _begin(self, how: dict[str, Any]) -> str:
        """By force: the others have no vote any more, and are listed as what they were."""
        self.begun.append(how)
        left = self.node(self.left)
        for node in self.nodes.values():
            node.pop("ManagerStatus", None)
            if node["Spec"]["Role"] == "manager":
                node["Status"] = {"State": "down"}
        left["Status"] = {"State": "ready", "Addr": "10.8.0.5"}
        left["ManagerStatus"] = {"Leader": True, "Reachability": "reachable"}
        return str(left["ID"])

    def _known(self, key: str) -> dict[str, Any]:
        if key not in self.nodes:
            raise RefusedError(404, f"node {key} not found")
        return self.nodes[key]

    def _swarm(self) -> dict[str, Any]:
        lock = {"EncryptionConfig": {"AutoLockManagers": self.autolock}}
        spec = {"CAConfig": {"ForceRotate": self.rotations}, **lock}
        # Each time that it is asked for, one node more gets a certificate of the CA of now.
        late = next((node for node in self.nodes.values() if self._root(node) != self.root), None)
        if late and late["Status"]["State"] == "ready":
            late["Description"]["TLSInfo"] = {"TrustRoot": self.root}
        rotating = any(self._root(node) != self.root for node in self.nodes.values())
        return {
            "Version": {"Index": self.index},
            "Spec": spec,
            "TLSInfo": {"TrustRoot": self.root},
            "RootRotationInProgress": rotating,
        }

    def _root(self, node: Mapping[str, Any]) -> str:
        return str(node["Description"].get("TLSInfo", {}).get("TrustRoot", "root 0"))

    def _change(self, version: int, query: Mapping[str, str], spec: Mapping[str, Any]) -> None:
        if version != self.index:
            raise RefusedError(500, "rpc error: code = Unknown desc = update out of sequence")
        self.index += 1
        self.anew += [name for name in sorted(query) if name.startswith("rotate") and query[name] == "True"]
        self.rotations = spec["CAConfig"]["ForceRotate"]
        self.root = f"root {self.rotations}"

    def _update(self, node: dict[str, Any], version: int, spec: Mapping[str, Any]) -> None:
        if version != node["Version"]["Index"]:
            raise RefusedError(500, "rpc error: code = Unknown desc = update out of sequence")
        if node["Spec"]["Role"] == "manager" and spec["Role"] == "worker":
            self._demote(node)
        elif spec["Role"] == "manager" and not self._votes(node):
            node["ManagerStatus"] = {"Leader": False, "Reachability": "reachable"}
        node["Spec"] = dict(spec)
        node["Version"] = {"Index": version + 1}
        if spec["Availability"] == "drain":
            self._move(node["ID"])

    def _demote(self, node: dict[str, Any]) -> None:
        voters = [one for one in self.nodes.values() if self._votes(one)]
        if not self._votes(node):
            raise RefusedError(404, "can't find manager in raft memberlist")
        if len(voters) == 1:
            raise RefusedError(400, "attempting to demote the last manager of the swarm")
        left = [one for one in voters if one is not node]
        reachable = [one for one in left if one["ManagerStatus"]["Reachability"] == "reachable"]
        if len(reachable) < len(left) // 2 + 1:
            raise RefusedError(
                400, "can't remove member from the raft: this would result in a loss of quorum"
            )
        self._hand_over(node)
        del node["ManagerStatus"]

    def _remove(self, node: dict[str, Any], *, force: bool) -> None:
        if self._votes(node):
            raise RefusedError(400, f"node {node['ID']} must be demoted to worker before removal")
        if not force and node["Status"]["State"] == "ready":
            raise RefusedError(400, f"node {node['ID']} is not down and can't be removed")
        del self.nodes[node["ID"]]

    def _hand_over(self, node: dict[str, Any]) -> None:
        if node["ManagerStatus"].get("Leader"):
            others = (one for one in self.nodes.values() if self._votes(one) and one is not node)
            heir = next((one for one in others if one["Status"]["State"] == "ready"), None)
            if heir:
                heir["ManagerStatus"]["Leader"] = True
                node["ManagerStatus"]["Leader"] = False

    def _move(self, key: str) -> None:
        """Its tasks end, and start elsewhere."""
        free = [
            node["ID"]
            for node in self.nodes.values()
            if node["ID"] != key
            and (node["Spec"]["Availability"], node["Status"]["State"]) == ("active", "ready")
        ]
        here = [task for task in self.tasks if task["NodeID"] == key and task["Status"]["State"] == "running"]
        for task in here:
            if self.nodes[key]["Status"]["State"] == "ready":
                task["Status"] = {"State": "shutdown"}
            if free:
                self._run(task["ServiceID"], task["Slot"], free[0])

    def _run(self, service: str, slot: int, node: str) -> None:
        key = f"t{next(self._counts['t'])}"
        status = {"State": "running"}
        self.tasks.append({"ID": key, "ServiceID": service, "Slot": slot, "NodeID": node, "Status": status})

    @staticmethod
    def _votes(node: Mapping[str, Any]) -> bool:
        return "ManagerStatus" in node


def _handler(swarm: PlayedSwarm) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                with lock:
                    status, said = 200, json.dumps(swarm.answer(self.command, self.path, body))
            except RefusedError as error:
                status, said = error.args[0], json.dumps({"message": error.args[1]})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - as the server calls them

        def log_message(self, *args: Any) -> None:
            pass

    return Handler

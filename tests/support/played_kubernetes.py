"""As much of Kubernetes' API as a roll and an apply need, over HTTPS on 127.0.0.1; objects are plain data.

What a test does to the cluster it does by methods: nodes come and go, their kubelets report or do not. What
controllers would do is played where a client waits for it: evicted pods end, a ReplicaSet's appear anew on
another node, and a budget counts those that are ready.
"""

from __future__ import annotations

import json
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.support.played_apply import SPACES, applied, at, cut, discovered, immutable
from tests.support.tls import certified

STATIC = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
NODES, BUDGETS = "/api/v1/nodes", "/apis/policy/v1/poddisruptionbudgets"


class Answer(NamedTuple):
    status: int
    body: Any


def status(code: int, message: str, *fields: str, **causes: str) -> Answer:
    """A Status, as Kubernetes refuses; `causes` are messages by reason, alike for each of the fields."""
    listed = [
        {"reason": reason, "message": text, "field": field}
        for reason, text in causes.items()
        for field in fields or ("",)
    ]
    details = {"details": {"causes": listed}} if listed else {}
    return Answer(
        code,
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
        | details,
    )


class PlayedKubernetes:
    """A cluster by its objects' paths, as in `/api/v1/namespaces/shop/pods/web-0`.

    Requests are remembered as METHOD PATH. `answers` are given once each, in order, instead of what would be
    said to the request they are named by; `slow` are pods that stay for ever once they were told to end.
    `given` is what each manager applied last; `set_by_others` are fields by their paths, each with who
    has set it to what.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.requests: list[str] = []
        self.queries: list[Mapping[str, str]] = []
        self.bodies: list[Any] = []
        self.users: list[str] = []
        self.answers: dict[str, list[Answer]] = {}
        self.slow: set[str] = set()
        self.unready: tuple[str, ...] = ()
        self.given: dict[tuple[str, str], Any] = {}
        self.set_by_others: dict[str, dict[str, tuple[str, Any]]] = {}
        self.port = 0
        self._lock = threading.RLock()
        self._numbers = count(1)

    # --- what a test does

    def put(self, path: str, thing: Mapping[str, Any]) -> Any:
        """Makes an object, or another one of it; what every object has is added."""
        with self._lock:
            made = deepcopy(dict(thing))
            metadata = made.setdefault("metadata", {})
            parts = path.split("/")
            metadata.setdefault("name", parts[-1])
            if "namespaces" in parts[:-2]:
                metadata.setdefault("namespace", parts[parts.index("namespaces") + 1])
            metadata.setdefault("uid", f"uid-{next(self._numbers)}")
            metadata["resourceVersion"] = str(next(self._numbers))
            self.objects[path] = made
            return made

    def add_node(self, name: str, *, master: bool = False, version: str = "1.36.2") -> None:
        """A node that has joined and is ready, with what runs of the cluster on it."""
        label = {"node-role.kubernetes.io/control-plane": ""} if master else {}
        self.put(
            f"{NODES}/{name}",
            {
                "metadata": {"labels": {"kubernetes.io/hostname": name, **label}},
                "spec": {},
                "status": {
                    "nodeInfo": {"kubeletVersion": f"v{version}"},
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            },
        )
        for program in STATIC if master else ():
            labels = {"tier": "control-plane", "component": program}
            pod = self.add_pod(f"kube-system/{program}-{name}", name, labels=labels)
            pod["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "0"}
        for path in [path for path in self.objects if "/daemonsets/" in path]:
            space, daemon = path.split("/")[5], path.split("/")[-1]
            self.add_pod(f"{space}/{daemon}-{name}", name, owner=f"DaemonSet/{daemon}")

    def remove_node(self, name: str) -> None:
        """A Node object that is gone, with its pods."""
        with self._lock:
            self.objects.pop(f"{NODES}/{name}", None)
            for path in self._pods_on(name):
                del self.objects[path]

    def report(self, name: str, *, ready: bool, message: str = "") -> None:
        """What a node's kubelet says; one that says nothing is `unheard`."""
        self._condition(name, {"type": "Ready", "status": str(ready), "message": message})

    def unheard(self, name: str) -> None:
        """A node whose kubelet reports no more: what runs there is not ready."""
        self._condition(name, {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"})
        for path in self._pods_on(name):
            self.objects[path]["status"]["conditions"] = [{"type": "Ready", "status": "False"}]

    def rescheduled(self, name: str) -> None:
        """What controllers do some minutes after a node was last heard: pods that can be elsewhere are."""
        with self._lock:
            for path in self._pods_on(name):
                pod = self.objects[path]
                if any(it["kind"] == "ReplicaSet" for it in pod["metadata"]["ownerReferences"]):
                    self._end(path, pod, lost=name)

    def add_daemon(self, called: str) -> None:
        """A DaemonSet, `namespace/name`, with a ready pod on every node there is."""
        space, name = called.split("/")
        self.put(f"/apis/apps/v1/namespaces/{space}/daemonsets/{name}", {})
        self._run_everywhere(space, name)

    def _run_everywhere(self, space: str, daemon: str) -> None:
        for node in self.names():
            self.add_pod(f"{space}/{daemon}-{node}", node, owner=f"DaemonSet/{daemon}")

    def add_pod(
        self,
        called: str,
        node: str,
        *,
        owner: str | None = None,
        labels: Mapping[str, str] | None = None,
        ready: bool = True,
        **more: Any,
    ) -> Any:
        """A pod, `namespace/name`, made by `owner` as in `ReplicaSet/web`; `more` is of its spec."""
        space, name = called.split("/")
        kind, _, its = (owner or "").partition("/")
        owners = [{"kind": kind, "name": its, "controller": True}] if owner else []
        return self.put(
            f"/api/v1/namespaces/{space}/pods/{name}",
            {
                "metadata": {"labels": dict(labels or {}), "ownerReferences": owners},
                "spec": {"nodeName": node, **more},
                "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
            },
        )

    def add_budget(self, called: str, allowed: int, **labels: str) -> Any:
        """A PodDisruptionBudget that lets so many of the pods with these labels go."""
        space, name = called.split("/")
        return self.put(
            f"/apis/policy/v1/namespaces/{space}/poddisruptionbudgets/{name}",
            {
                "spec": {"selector": {"matchLabels": labels}},
                "status": {"disruptionsAllowed": allowed, "currentHealthy": 1, "desiredHealthy": 1},
            },
        )

    def names(self) -> list[str]:
        """Of the nodes."""
        return [path.split("/")[-1] for path in self.objects if path.startswith(f"{NODES}/")]

    def node(self, name: str) -> Any:
        return self.objects[f"{NODES}/{name}"]

    def pods_on(self, name: str) -> list[str]:
        """`namespace/name` of each pod of a node."""
        return sorted(
            f"{path.split('/')[4]}/{self.objects[path]['metadata']['name']}" for path in self._pods_on(name)
        )

    def _pods_on(self, name: str) -> list[str]:
        return [
            path
            for path, thing in self.objects.items()
            if "/pods/" in path and thing["spec"].get("nodeName") == name
        ]

    def _condition(self, name: str, condition: Mapping[str, str]) -> None:
        with self._lock:
            known: Mapping[str, str] = next(iter(self.node(name)["status"]["conditions"]), {})
            same = known.get("status") == condition["status"] and "lastTransitionTime" in known
            since = known["lastTransitionTime"] if same else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            self.node(name)["status"]["conditions"] = [{**condition, "lastTransitionTime": since}]
            self._touch(f"{NODES}/{name}")

    # --- what the API does

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Answer:
        """What it says to a request; `query` and `body` are what came along."""
        with self._lock:
            self.requests.append(f"{method} {path}")
            self.queries.append(query)
            self.bodies.append(body)
            planned = self.answers.get(f"{method} {path}")
            if planned:
                return planned.pop(0)
            if path == "/readyz":
                return self._readyz()
            if method == "POST" and path.endswith("/eviction"):
                return self._evicted(path.removesuffix("/eviction"), body)
            if method == "PATCH" and "force" in query:
                return self._applied(path, query, body)
            if method == "GET" and path.count("/") < 4 and (kinds := discovered(path, self.objects)):
                return Answer(200, {"kind": "APIResourceList", "resources": kinds})
            if method == "GET" and path not in self.objects:
                return self._listed(path, query)
            if path not in self.objects:
                return status(404, f"{path.split('/')[-2]} {json.dumps(path.split('/')[-1])} not found")
            if method == "DELETE":
                uid = (body or {}).get("preconditions", {}).get("uid")
                if uid not in (None, self.objects[path]["metadata"]["uid"]):
                    return status(409, "the UID in the precondition does not match the UID in record")
                return Answer(200, self._gone(path))
            if method == "PATCH":
                return self._patched(path, body)
            if method == "PUT":
                if body["metadata"]["resourceVersion"] != self.objects[path]["metadata"]["resourceVersion"]:
                    return status(409, "the object has been modified")
                return Answer(200, self.put(path, body))
            return Answer(200, self.objects[path])

    def _readyz(self) -> Answer:
        if not self.unready:
            return Answer(200, "ok")
        lines = [f"[-]{name} failed: reason withheld" for name in self.unready]
        return Answer(500, "\n".join(("[+]ping ok", *lines, "readyz check failed")))

    def _listed(self, path: str, query: Mapping[str, str]) -> Answer:
        kinds = path.split("/")[-1]
        root = path.removesuffix(f"/{kinds}")
        members = [
            thing
            for where, thing in self.objects.items()
            if where.split("/")[-2] == kinds and where.startswith(f"{root}/")
        ]
        if not members and kinds not in COLLECTIONS:
            return status(404, f"{path} not found")
        chosen = [thing for thing in members if _fits(thing, query)]
        start, size = int(query.get("continue", "0")), int(query.get("limit", "0")) or len(chosen)
        following = {"continue": str(start + size)} if len(chosen) > start + size else {}
        return Answer(200, {"kind": "List", "metadata": following, "items": chosen[start : start + size]})

    def _patched(self, path: str, body: Any) -> Answer:
        version = body.get("metadata", {}).get("resourceVersion")
        if version not in (None, self.objects[path]["metadata"]["resourceVersion"]):
            return status(
                409, "the object has been modified; please apply your changes to the latest version"
            )
        self.objects[path] = merged(self.objects[path], body)
        return Answer(200, self._touch(path))

    def _applied(self, path: str, query: Mapping[str, str], body: Any) -> Answer:
        _, _, within = path.partition("/namespaces/")
        space = within.split("/")[0] if "/" in within else ""
        if space and space not in SPACES and f"/api/v1/namespaces/{space}" not in self.objects:
            return status(404, f'namespaces "{space}" not found')
        live = self.objects.get(path)
        theirs = self.set_by_others.get(path, {}) if query["force"] == "false" else {}
        conflicts = [field for field, (_, value) in theirs.items() if at(body, field) not in (None, value)]
        if conflicts:
            who = theirs[conflicts[0]][0]
            return status(
                409, "Apply failed with conflicts", *conflicts, FieldManagerConflict=f'conflict with "{who}"'
            )
        manager = query["fieldManager"]
        before = deepcopy(self.given.get((path, manager), {}))
        for field in theirs:
            cut(before, field)
        made = applied(live or {}, before, body)
        if live and (field := immutable(live, made)):
            return status(422, f"{body['kind']} is invalid: {field}: field is immutable")
        if query.get("dryRun") == "All":
            return Answer(200, {**made, "metadata": {**made["metadata"], "resourceVersion": "dry"}})
        self.given[path, manager] = deepcopy(body)
        entries = [one for one in made["metadata"].get("managedFields", []) if one["manager"] != manager]
        made["metadata"]["managedFields"] = [*entries, {"manager": manager, "operation": "Apply"}]
        if not live and body["kind"] == "DaemonSet":
            self._run_everywhere(space, body["metadata"]["name"])
        return Answer(200 if live else 201, self.put(path, made))

    def _touch(self, path: str) -> Any:
        self.objects[path]["metadata"]["resourceVersion"] = str(next(self._numbers))
        return self.objects[path]

    def _gone(self, path: str) -> Any:
        thing = self.objects.pop(path)
        if path.startswith(f"{NODES}/"):
            self.remove_node(path.split("/")[-1])
        return thing

    def _evicted(self, path: str, body: Any) -> Answer:
        pod = self.objects.get(path)
        if pod is None:
            return status(404, f'pods "{path.split("/")[-1]}" not found')
        wanted = body.get("deleteOptions", {}).get("preconditions", {}).get("uid")
        if wanted not in (None, pod["metadata"]["uid"]):
            return status(409, "the UID in the precondition does not match the UID in record")
        budgets = [budget for budget in self._budgets(pod["metadata"]["namespace"]) if _covers(budget, pod)]
        if len(budgets) > 1:
            return status(500, "This pod has more than one PodDisruptionBudget, which is not supported.")
        for budget in budgets:
            if budget["status"]["disruptionsAllowed"] < 1:
                why = (
                    f"The disruption budget {budget['metadata']['name']} needs "
                    f"{budget['status']['desiredHealthy']} healthy pods and has "
                    f"{budget['status']['currentHealthy']} currently"
                )
                return status(
                    429,
                    "Cannot evict pod as it would violate the pod's disruption budget.",
                    DisruptionBudget=why,
                )
            budget["status"]["disruptionsAllowed"] -= 1
        self._end(path, pod)
        return Answer(201, {"kind": "Status", "status": "Success"})

    def _end(self, path: str, pod: Any, lost: str = "") -> None:
        if pod["metadata"]["name"] in self.slow:
            pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            return
        del self.objects[path]
        owner: Any = next(iter(pod["metadata"]["ownerReferences"]), {})
        closed = {name for name in self.names() if self.node(name)["spec"].get("unschedulable")}
        open_nodes = [name for name in self.names() if name not in {*closed, lost}]
        if owner.get("kind") == "ReplicaSet" and open_nodes:
            metadata = pod["metadata"]
            self.add_pod(
                f"{metadata['namespace']}/{owner['name']}-{next(self._numbers)}",
                open_nodes[0],
                owner=f"ReplicaSet/{owner['name']}",
                labels=metadata["labels"],
            )

    def _budgets(self, space: str) -> Iterable[Any]:
        return [
            thing
            for path, thing in self.objects.items()
            if path.startswith(f"/apis/policy/v1/namespaces/{space}/poddisruptionbudgets/")
        ]


COLLECTIONS = frozenset({"nodes", "pods", "poddisruptionbudgets", "daemonsets", "persistentvolumes"})


def _covers(budget: Any, pod: Any) -> bool:
    wanted = budget["spec"]["selector"]["matchLabels"].items()
    return bool(wanted <= pod["metadata"]["labels"].items())


def _fits(thing: Any, query: Mapping[str, str]) -> bool:
    """As far as clients here select: by one field that equals a value."""
    assert "labelSelector" not in query
    path, _, value = query.get("fieldSelector", "").partition("=")
    assert path in ("", "spec.nodeName", "type")
    where = thing.get("spec", {}).get("nodeName") if path == "spec.nodeName" else thing.get("type")
    return not path or where == value


def merged(old: Any, patch: Any) -> Any:
    """A JSON Merge Patch, RFC 7396."""
    if not isinstance(patch, Mapping):
        return patch
    made = dict(old) if isinstance(old, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made


@contextmanager
def serving(
    cluster: PlayedKubernetes, folder: Path, values: Mapping[str, str], *, name: str = "127.0.0.1"
) -> Iterator[int]:
    """The API of `cluster` on a port of 127.0.0.1, for this process and others.

    Its certificate is of the CA in `values` and for the address or host `name`; it lets in who has one of the
    same CA. Nobody else gets further than the handshake.
    """
    context = certified(folder, values, name=name)
    context.load_verify_locations(cadata=b64decode(values["cluster_ca_cert"]).decode("ascii"))
    context.verify_mode = ssl.CERT_REQUIRED
    listener = _Server(("127.0.0.1", 0), _handler(cluster))
    listener.context = context
    cluster.port = listener.server_port
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield cluster.port
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake is the connection's own thread's, so that a silent client stops nobody."""
        with self.context.wrap_socket(request, server_side=True) as line:
            super().finish_request(line, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away, or whose certificate is refused, are what tests are about."""


def _handler(cluster: PlayedKubernetes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer in one piece: of two, the second waits for the client's word that it has the first.
        wbufsize = -1

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            at = urlsplit(self.path)
            certificate = self.connection.getpeercert()
            subject = {key: value for part in certificate["subject"] for key, value in part}
            cluster.users.append(subject.get("commonName", ""))
            said = cluster.answer(
                self.command, at.path, dict(parse_qsl(at.query)), json.loads(raw) if raw else None
            )
            plain = isinstance(said.body, str)
            text = (said.body if plain else json.dumps(said.body)).encode()
            self.send_response(said.status)
            self.send_header("Content-Type", "text/plain" if plain else "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server calls them so

        def log_message(self, *_: Any) -> None:
            pass

    return Handler

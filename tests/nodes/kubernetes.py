"""A Kubernetes on machines: deployed, asked by kubectl, and a page that each of its nodes serves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.labs.nodes.machine import Machine
from tests.nodes import calico
from tests.nodes.asking import ran
from tests.nodes.clusters import BUSYBOX, Shape, booted, stack_status, written

TIMEOUTS = "timeouts: {create_minutes: 90, node_bootstrap_minutes: 60}\n"
KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 60s"
SERVE = "trap exit TERM; httpd -p 80 -h /etc; sleep 2147483647 & wait"
"""httpd by itself would not end when asked to, so that a node that restarts waits for it for 90 seconds."""
WEB = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "web"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                # One on each master too: a cluster of one worker has pods on two nodes.
                "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "web", "image": BUSYBOX, "command": ["sh", "-c", SERVE]}],
            },
        },
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}


class Kubernetes(NamedTuple):
    """A cluster after `jeroboam deploy`."""

    shape: Shape
    machines: dict[str, Machine]
    stack: str | None

    @property
    def master(self) -> Machine:
        return next(machine for name, machine in self.machines.items() if "-master-0" in name)

    @property
    def worker(self) -> Machine:
        return next(machine for name, machine in self.machines.items() if "-default-0" in name)

    def kubectl(self, words: str, seconds: float = 300) -> str:
        return ran(self.master, f"{KUBECTL} {words}", seconds)

    def apply(self, document: Mapping[str, Any]) -> None:
        self.kubectl(f"apply --filename - <<'END'\n{json.dumps(document)}\nEND")

    def get(self, words: str) -> list[dict[str, Any]]:
        """The items of a list."""
        items: list[dict[str, Any]] = json.loads(self.kubectl(f"get {words} --output json"))["items"]
        return items

    def nodes(self, condition: str) -> list[str]:
        """Names of the nodes of which that is true, sorted."""
        return sorted(
            node["metadata"]["name"]
            for node in self.get("nodes")
            for found in node["status"]["conditions"]
            if found["type"] == condition and found["status"] == "True"
        )

    def all_ready(self) -> bool:
        return self.nodes("Ready") == sorted(self.machines)

    def pods(self) -> dict[str, dict[str, Any]]:
        """Those of `web` that run, by node."""
        return {
            pod["spec"]["nodeName"]: pod
            for pod in self.get("pods --selector app=web")
            if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
        }

    def everywhere(self) -> bool:
        """Whether a pod of `web` runs on every node."""
        return self.pods().keys() == self.machines.keys()

    def served(self, machine: Machine) -> bool:
        """Whether the Service of `web` gives a machine the page; raises AssertionError while it does not."""
        address = self.kubectl("get service web --output jsonpath={.spec.clusterIP}")
        ran(machine, f"curl --silent --fail --max-time 60 --output /dev/null http://{address}/hostname")
        return True


@contextmanager
def deployed(folder: Path, name: str, shape: Shape) -> Iterator[Kubernetes]:
    """A cluster, with its machines while the block runs; one that fails shows what `diagnose` finds."""
    made = written(folder, name, shape)
    with booted(made, shape.slowness) as watcher:
        done = made.start("deploy", made.spec.name, "--yes", "--make-secrets").wait(3600)
        assert done.code == 0, done.text + made.run("diagnose", made.name).text
        up = Kubernetes(shape, dict(watcher.machines), stack_status(made))
        for document in calico.GRANTS if calico.spec() in shape.more else ():
            up.apply(document)
        yield up

"""A Kubernetes on machines, asked by kubectl, and a page that each of its nodes serves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran, until
from tests.nodes.clusters import OnMachines

TIMEOUTS = "timeouts: {create_minutes: 90, node_bootstrap_minutes: 60}\n"
KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 60s"
SERVE = "trap exit TERM; httpd -p 80 -h /etc; sleep 2147483647 & wait"
"""httpd by itself would not end when asked to, so that a node that restarts waits for it for 90 seconds."""
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}


def web(image: str) -> Mapping[str, Any]:
    """A pod on each node, masters too, so that a cluster of one worker has two; it serves what is in /etc."""
    spec = {
        "terminationGracePeriodSeconds": 1,
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "web", "image": image, "command": ["sh", "-c", SERVE]}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec},
        },
    }


class Kubernetes(OnMachines):
    """Asked by kubectl on its first master."""

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
        return sorted(node["metadata"]["name"] for node in self.get("nodes") if _holds(node, condition))

    def all_ready(self) -> bool:
        return self.nodes("Ready") == sorted(self.machines)

    def pods(self) -> dict[str, dict[str, Any]]:
        """Those of `web` that are ready, by node."""
        return {
            pod["spec"]["nodeName"]: pod
            for pod in self.get("pods --selector app=web")
            if _holds(pod, "Ready") and "deletionTimestamp" not in pod["metadata"]
        }

    def everywhere(self) -> bool:
        """Whether a pod of `web` runs on every node."""
        return self.pods().keys() == self.machines.keys()

    def serve(self, seconds: float = 900) -> None:
        """Has a pod of `web` on every node, and its Service; those that are there stay."""
        for document in (web(self.shape.busybox), SERVICE):
            self.apply(document)
        assert until(self.everywhere, seconds), self.kubectl("describe pods")

    def served(self, machine: Machine) -> bool:
        """Whether a machine gets the page of each pod of `web` and by the Service; AssertionError if not."""
        pods = [pod["status"]["podIP"] for pod in self.pods().values()]
        for host in (*pods, self.kubectl("get service web --output jsonpath={.spec.clusterIP}")):
            ran(machine, f"curl --silent --fail --max-time 60 --output /dev/null http://{host}/hostname")
        return True


def _holds(document: Mapping[str, Any], condition: str) -> bool:
    """Whether a node or a pod says so of itself."""
    known = {one["type"]: one["status"] for one in document["status"].get("conditions", ())}
    return known.get(condition) == "True"

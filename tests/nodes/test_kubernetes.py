"""Kubernetes on machines: what kubectl says of a cluster, what pods reach, and what a reboot leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import calico, flannel, metadata_closed
from tests.nodes.asking import ran, reboot, until
from tests.nodes.clusters import BUSYBOX, Shape, booted, stack_status, written

pytestmark = pytest.mark.nodes

TIMEOUTS = "timeouts: {create_minutes: 90, node_bootstrap_minutes: 60}\n"
VXLAN = f"{flannel.spec('vxlan')}{TIMEOUTS}"
VXLAN_BYTES = 50
"""What VXLAN puts around a packet."""
SHAPES = {
    "small": Shape("kubernetes", nodes=1, more=VXLAN),
    "vxlan": Shape("kubernetes", nodes=2, more=VXLAN),
    "masters": Shape("kubernetes", masters=3, nodes=1, more=VXLAN, slowness=8),
    "fedora-coreos": Shape("kubernetes", "fedora-coreos", nodes=1, more=VXLAN),
    "calico": Shape("kubernetes", nodes=1, more=f"{calico.spec()}{TIMEOUTS}"),
}
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


KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 60s"


@pytest.fixture(scope="module", params=SHAPES)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Kubernetes]:
    """Deployed once for all tests of a shape; one that fails shows what `diagnose` finds."""
    shape = SHAPES[request.param]
    made = written(tmp_path_factory.mktemp("spec"), f"k-{request.param}", shape)
    with booted(made, shape.slowness) as watcher:
        done = made.start("deploy", made.spec.name, "--yes", "--make-secrets").wait(3600)
        assert done.code == 0, done.text + made.run("diagnose", made.name).text
        up = Kubernetes(shape, dict(watcher.machines), stack_status(made))
        for document in calico.GRANTS if calico.spec() in shape.more else ():
            up.apply(document)
        yield up


def _all_ready(cluster: Kubernetes) -> bool:
    nodes = cluster.get("nodes")
    ready = [
        node["metadata"]["name"]
        for node in nodes
        for condition in node["status"]["conditions"]
        if condition["type"] == "Ready" and condition["status"] == "True"
    ]
    return sorted(ready) == sorted(cluster.machines)


def _pods(cluster: Kubernetes) -> dict[str, dict[str, Any]]:
    """Those of `web` that run, by node."""
    return {
        pod["spec"]["nodeName"]: pod
        for pod in cluster.get("pods --selector app=web")
        if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
    }


def _metadata_is_closed(cluster: Kubernetes) -> None:
    for pod in _pods(cluster).values():
        metadata_closed.refuses(cluster.master, f"{KUBECTL} exec {pod['metadata']['name']} --")
    for machine in cluster.machines.values():
        metadata_closed.answers(machine)


def _answers(cluster: Kubernetes, fetch: str) -> bool:
    return cluster.kubectl(fetch).startswith("web-")


def _settled(cluster: Kubernetes, namespace: str, daemons: str) -> None:
    """By its CNI configuration a node is Ready, before the daemon of its network has done its work."""
    cluster.kubectl(f"rollout status daemonset/{daemons} --namespace {namespace} --timeout 300s", 330)


def _everywhere(cluster: Kubernetes) -> bool:
    return _pods(cluster).keys() == cluster.machines.keys()


def test_the_stack_is_complete_by_the_nodes_own_doing(cluster: Kubernetes) -> None:
    assert cluster.stack == "CREATE_COMPLETE"
    for machine in cluster.machines.values():
        assert "name=signal status=ok" in machine.said


def test_all_nodes_are_ready(cluster: Kubernetes) -> None:
    assert until(lambda: _all_ready(cluster), 600), cluster.kubectl("get nodes,pods --all-namespaces")


@pytest.mark.shapes(SHAPES.keys() - {"calico"})
def test_flannel_has_the_compiled_subnet_and_mtu(cluster: Kubernetes) -> None:
    _settled(cluster, "kube-flannel", "kube-flannel")
    flannel.subnets(cluster.machines.values(), VXLAN_BYTES)


@pytest.mark.shapes({"calico"})
def test_calico_has_the_compiled_pool_and_mtu(cluster: Kubernetes) -> None:
    _settled(cluster, "kube-system", "calico-node")
    calico.pooled(cluster.get("ippools.crd.projectcalico.org"))
    calico.tunnels(cluster.machines.values(), VXLAN_BYTES)


def test_pods_reach_each_other_across_nodes_and_by_name(cluster: Kubernetes) -> None:
    for document in (WEB, SERVICE):
        cluster.apply(document)
    assert until(lambda: _everywhere(cluster), 900), cluster.kubectl("describe pods")
    pods = _pods(cluster)
    address = cluster.kubectl("get service web --output jsonpath={.spec.clusterIP}")
    for pod in pods.values():
        inside = f"exec {pod['metadata']['name']} --"
        for other in pods.values():
            assert " 0% packet loss" in cluster.kubectl(f"{inside} ping -c 3 {other['status']['podIP']}")
        for host in (address, "web", "web.default.svc.cluster.local"):
            fetch = f"{inside} fetch http://{host}/hostname"
            # Rules follow a new Service by a moment, and names CoreDNS' first sight of it.
            assert until(partial(_answers, cluster, fetch), 300), cluster.kubectl(fetch)


def test_the_metadata_service_answers_nodes_and_no_pod(cluster: Kubernetes) -> None:
    _metadata_is_closed(cluster)
    for machine in cluster.machines.values():
        metadata_closed.restart(machine, "systemd-networkd", "containerd", "kubelet")
    assert until(lambda: _all_ready(cluster), 600)
    _metadata_is_closed(cluster)


@pytest.mark.parametrize("role", ["worker", "master"])
def test_a_reboot_is_survived(cluster: Kubernetes, role: str) -> None:
    machine: Machine = getattr(cluster, role)
    reboot(machine)
    assert until(lambda: _all_ready(cluster), 1200), cluster.kubectl("get nodes")
    assert until(lambda: _everywhere(cluster), 600)
    address = cluster.kubectl("get service web --output jsonpath={.spec.clusterIP}")
    fetch = f"curl --silent --fail --max-time 60 --output /dev/null http://{address}/hostname"
    assert until(lambda: ran(cluster.worker, fetch) == "", 600)
    _metadata_is_closed(cluster)


@pytest.mark.shapes({name for name, shape in SHAPES.items() if shape.masters >= 3})
def test_a_quorum_of_masters_goes_on_without_the_others(cluster: Kubernetes) -> None:
    cluster.machines[next(name for name in cluster.machines if name.endswith("-master-2"))].lose_power()
    # By the machines' clock it takes 50 s until a node counts as lost, and 15 until another manager leads.
    assert until(lambda: not _all_ready(cluster), 75 * cluster.shape.slowness)
    # By the load balancer: kubectl's configuration names its address.
    cluster.kubectl("create configmap since-loss")
    assert cluster.kubectl("get configmap since-loss --output name") == "configmap/since-loss"

"""Kubernetes on machines: what kubectl says of a cluster, what pods reach, and what a reboot leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.catalogue import version
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import calico, doors, flannel, metadata_closed, own_network, proxied
from tests.nodes.asking import ran, reboot, until
from tests.nodes.clusters import BALANCED, Shape, deployed, others
from tests.nodes.kubernetes import KUBECTL, TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

VXLAN = f"{flannel.spec('vxlan')}{TIMEOUTS}"
BACKENDS = {"vxlan": flannel.VXLAN_BYTES, "host-gw": 0, "udp": 28}
"""Flannel's backends that every kernel has, with the bytes that each puts around a packet."""
SHAPES = {
    "small": Shape("kubernetes", more=f"{VXLAN}{BALANCED}"),
    "flatcar": Shape("kubernetes", "flatcar", more=VXLAN),
    "fedora-coreos": Shape("kubernetes", "fedora-coreos", more=VXLAN),
    "fedora-atomic": Shape("kubernetes", "fedora-atomic", more=VXLAN),
    "masters": Shape("kubernetes", masters=3, nodes=2, more=VXLAN, slowness=8),
    "five-masters": Shape("kubernetes", masters=5, more=f"{flannel.spec('host-gw')}{TIMEOUTS}", slowness=8),
    "host-gw": Shape("kubernetes", more=f"{flannel.spec('host-gw')}{TIMEOUTS}{BALANCED}"),
    "udp": Shape("kubernetes", more=f"{flannel.spec('udp')}{TIMEOUTS}"),
    "calico": Shape(
        "kubernetes",
        more=f"{calico.spec()}{TIMEOUTS}kubernetes: {{manifests: [grants.yaml]}}\n",
        files={"grants.yaml": calico.GRANTS},
    ),
    "dual-stack": Shape(
        "kubernetes",
        more=f"{own_network.DUAL_STACK}{TIMEOUTS}",
        network=own_network.SPEC,
        site=own_network.there,
    ),
    "proxy": Shape(
        "kubernetes",
        more=f"{VXLAN}{proxied.SPEC}",
        mirrored=False,
        files=proxied.FILES,
        busybox=proxied.BUSYBOX,
        site=proxied.through,
    ),
    **{name: Shape("kubernetes", version=it, more=VXLAN) for name, it in others("kubernetes").items()},
}


@pytest.fixture(scope="module", params=SHAPES)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Kubernetes]:
    """Deployed once for all tests of a shape."""
    with deployed(tmp_path_factory.mktemp("spec"), f"k-{request.param}", SHAPES[request.param]) as up:
        yield Kubernetes(up)


def _metadata_is_closed(cluster: Kubernetes) -> None:
    for pod in cluster.pods().values():
        metadata_closed.refuses(cluster.master, f"{KUBECTL} exec {pod['metadata']['name']} --")
    for machine in cluster.machines.values():
        metadata_closed.answers(machine)


def _pings(cluster: Kubernetes, pod: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    said = cluster.kubectl(f"exec {pod['metadata']['name']} -- ping -c 3 {other['status']['podIP']}")
    assert " 0% packet loss" in said


def _fetches(cluster: Kubernetes, pod: Mapping[str, Any], host: str) -> None:
    """Rules follow a new Service by a moment, and names CoreDNS' first sight of it."""
    fetch = f"exec {pod['metadata']['name']} -- fetch http://{host}/hostname"
    assert until(lambda: cluster.kubectl(fetch).startswith("web-"), 300), cluster.kubectl(fetch)


def _settled(cluster: Kubernetes, namespace: str, daemons: str) -> None:
    """By its CNI configuration a node is Ready, before the daemon of its network has done its work."""
    cluster.kubectl(f"rollout status daemonset/{daemons} --namespace {namespace} --timeout 300s", 330)


def test_the_stack_is_complete_by_the_nodes_own_doing(cluster: Kubernetes) -> None:
    assert cluster.up.stack == "CREATE_COMPLETE"
    for machine in cluster.machines.values():
        assert "name=signal status=ok" in machine.said


def test_all_nodes_are_ready(cluster: Kubernetes) -> None:
    assert until(cluster.all_ready, 600), cluster.kubectl("get nodes,pods --all-namespaces")
    versions = {node["status"]["nodeInfo"]["kubeletVersion"] for node in cluster.get("nodes")}
    assert versions == {f"v{version('kubernetes', cluster.shape.version)}"}


@pytest.mark.shapes({"proxy"})
def test_nodes_signal_through_the_proxy(cluster: Kubernetes) -> None:
    assert all(proxied.signalled(cluster.up.site, machine) for machine in cluster.machines.values())


@pytest.mark.shapes(SHAPES.keys() - {"calico"})
def test_flannel_has_the_compiled_subnet_and_mtu(cluster: Kubernetes) -> None:
    _settled(cluster, "kube-flannel", "kube-flannel")
    around = next(size for name, size in BACKENDS.items() if name in cluster.shape.more)
    flannel.subnets(cluster.machines.values(), around)


@pytest.mark.shapes({"calico"})
def test_calico_has_the_compiled_pool_and_mtu(cluster: Kubernetes) -> None:
    _settled(cluster, "kube-system", "calico-node")
    calico.pooled(cluster.get("ippools.crd.projectcalico.org"))
    calico.tunnels(cluster.machines.values(), flannel.VXLAN_BYTES)


def test_pods_reach_each_other_across_nodes_and_by_name(cluster: Kubernetes) -> None:
    cluster.serve()
    pods = list(cluster.pods().values())
    _pings(cluster, pods[0], pods[1])
    _fetches(cluster, pods[0], "web")
    cluster.up.note("a pod reached one of another node, and a Service by name,")
    address = cluster.kubectl("get service web --output jsonpath={.spec.clusterIP}")
    for pod in pods:
        for other in pods:
            _pings(cluster, pod, other)
        for host in (address, "web", "web.default.svc.cluster.local"):
            _fetches(cluster, pod, host)
    for machine in cluster.machines.values():
        assert until(partial(cluster.served, machine), 300), machine.server.name


@pytest.mark.shapes({"small", "host-gw"})
def test_every_port_is_open_to_whom_it_should_be_and_to_nobody_else(cluster: Kubernetes) -> None:
    cluster.serve()
    pid = ran(cluster.worker, "pgrep --oldest --full '^httpd -p 80'")
    doors.hold(cluster.up, doors.Container(cluster.worker, pid))


def test_the_metadata_service_answers_nodes_and_no_pod(cluster: Kubernetes) -> None:
    cluster.serve()
    _metadata_is_closed(cluster)
    for machine in cluster.machines.values():
        metadata_closed.restart(machine, "systemd-networkd", "containerd", "kubelet")
    assert until(cluster.all_ready, 600)
    _metadata_is_closed(cluster)


@pytest.mark.parametrize("role", ["worker", "master"])
def test_a_reboot_is_survived(cluster: Kubernetes, role: str) -> None:
    cluster.serve()
    machine: Machine = getattr(cluster, role)
    reboot(machine)
    assert until(cluster.all_ready, 1200), cluster.kubectl("get nodes")
    assert until(cluster.everywhere, 600)
    assert until(lambda: cluster.served(cluster.worker), 600)
    _metadata_is_closed(cluster)


@pytest.mark.shapes({name for name, shape in SHAPES.items() if shape.masters >= 3})
def test_a_quorum_of_masters_goes_on_without_the_others(cluster: Kubernetes) -> None:
    cluster.masters[-1].lose_power()
    # By the machines' clock it takes 50 s until a node counts as lost, and 15 until another manager leads.
    assert until(lambda: not cluster.all_ready(), 75 * cluster.shape.slowness)
    # By the load balancer: kubectl's configuration names its address.
    cluster.kubectl("create configmap since-loss")
    assert cluster.kubectl("get configmap since-loss --output name") == "configmap/since-loss"

"""Nodes with a second port: the first stays their address and their way out, and containers meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel, second_network
from tests.nodes.asking import ran, reboot, until
from tests.nodes.clusters import BUSYBOX, OnMachines, Shape, deployed
from tests.nodes.either import asked, is_up
from tests.nodes.kubernetes import TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

TWO_PORTS = Shape("", node=second_network.NODE, site=second_network.there)
SHAPES = {
    # cloud-init writes what networkd reads of each interface; one file is for all of Flatcar's.
    "kubernetes": TWO_PORTS._replace(coe="kubernetes", more=f"{flannel.spec('vxlan')}{TIMEOUTS}"),
    "swarm": TWO_PORTS._replace(coe="swarm", distro="flatcar", more=flannel.spec("host-gw")),
}


@pytest.fixture(scope="module", params=SHAPES)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[OnMachines]:
    """Deployed once for all tests of a shape."""
    shape = SHAPES[request.param]
    with deployed(tmp_path_factory.mktemp("spec"), f"p-{request.param}", shape) as up:
        yield asked(up)


def test_nodes_are_known_by_their_first_port(cluster: OnMachines) -> None:
    assert cluster.up.stack == "CREATE_COMPLETE"
    assert until(lambda: is_up(cluster), 600)
    first = {name: str(machine.server.ports[0].address) for name, machine in cluster.machines.items()}
    if isinstance(cluster, Kubernetes):
        known = {
            node["metadata"]["name"]: {
                *(one["address"] for one in node["status"]["addresses"] if one["type"] == "InternalIP"),
                node["metadata"]["annotations"]["flannel.alpha.coreos.com/public-ip"],
            }
            for node in cluster.get("nodes")
        }
        assert known == {name: {address} for name, address in first.items()}
    else:
        shown = (
            "docker node inspect --format '{{.Description.Hostname}} {{.Status.Addr}}' $(docker node ls -q)"
        )
        assert dict(map(str.split, ran(cluster.master, shown).splitlines())) == first


def test_the_way_out_is_the_first_ports(cluster: OnMachines) -> None:
    for machine in cluster.machines.values():
        second_network.leads_nowhere_else(machine)
    second_network.leads_to(cluster.master, cluster.worker)


def test_containers_on_different_nodes_reach_each_other(cluster: OnMachines) -> None:
    if isinstance(cluster, Kubernetes):
        cluster.serve()
        one, other = cluster.pods().values()
        said = cluster.kubectl(f"exec {one['metadata']['name']} -- ping -c 3 {other['status']['podIP']}")
        assert " 0% packet loss" in said
    else:
        flannel.containers_reach(cluster.master, cluster.worker, BUSYBOX)


def test_a_reboot_leaves_it_so(cluster: OnMachines) -> None:
    worker: Machine = cluster.worker
    reboot(worker)
    assert until(lambda: is_up(cluster), 600)
    second_network.leads_nowhere_else(worker)

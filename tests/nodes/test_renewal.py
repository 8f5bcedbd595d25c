"""A Kubernetes whose clocks pass the year that its certificates have: renewed in time, and after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed
from tests.nodes.kubernetes import KUBECTL, TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

MORE = f"{flannel.spec('vxlan')}{TIMEOUTS}"
SHAPES = {
    "one": Shape("kubernetes", more=MORE),
    "three": Shape("kubernetes", masters=3, more=MORE),
}
UPKEEP = "systemctl start jeroboam-upkeep.service"
SECONDS = 600


@pytest.fixture(scope="module", params=SHAPES)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Kubernetes]:
    """Deployed once for all tests of a shape, each of which is later than the one before."""
    with deployed(tmp_path_factory.mktemp("spec"), f"y-{request.param}", SHAPES[request.param]) as up:
        yield Kubernetes(up)


def test_kubelets_serve_with_certificates_of_the_cluster(cluster: Kubernetes) -> None:
    assert until(cluster.all_ready, SECONDS)
    for machine in cluster.machines.values():
        address = machine.server.ports[0].address
        trusted = f"-CAfile /etc/kubernetes/pki/ca.crt -verify_return_error -verify_ip {address}"
        ran(cluster.master, f"openssl s_client -connect {address}:10250 {trusted} </dev/null")
    asked = cluster.get("certificatesigningrequests")
    served = [one for one in asked if one["spec"]["signerName"] == "kubernetes.io/kubelet-serving"]
    assert {one["spec"]["username"] for one in served} == {f"system:node:{name}" for name in cluster.machines}


def test_status_says_when_certificates_end(cluster: Kubernetes) -> None:
    said = cluster.up.cluster.run("status", cluster.up.cluster.spec.name)
    assert said.code == 0, said.text
    assert "  certificates are renewed before " in said.text


def test_they_are_renewed_before_they_end(cluster: Kubernetes) -> None:
    """By each master on its day; all that has them restarts, and works long after the first ones' end."""
    cluster.serve()
    first = {machine.server.name: _ends(machine) for machine in cluster.masters}
    for day in range(len(cluster.masters)):
        _on_day(cluster, 340 + day)
        for machine in cluster.masters:
            ran(machine, UPKEEP, SECONDS)
        assert until(cluster.all_ready, SECONDS)
        renewed = [m.server.name for m in cluster.masters if _ends(m) != first[m.server.name]]
        assert len(renewed) == day + 1
    _on_day(cluster, 400)
    assert until(lambda: cluster.all_ready() and cluster.everywhere(), SECONDS)
    assert until(lambda: all(map(cluster.served, cluster.machines.values())), SECONDS)


def test_what_ended_while_nothing_ran_is_renewed_afterwards(cluster: Kubernetes) -> None:
    """The last one: kubelets of workers have no way back by themselves."""
    for machine in cluster.masters:
        ran(machine, "systemctl stop jeroboam-upkeep.timer")
    _on_day(cluster, 900, workers=False)
    assert until(lambda: not _answers(cluster.master), SECONDS)
    for machine in cluster.masters:
        ran(machine, f"{UPKEEP} --no-block")
    masters = sorted(machine.server.name for machine in cluster.masters)
    assert until(lambda: {*masters} <= {*cluster.nodes("Ready")}, SECONDS)
    cluster.kubectl("create configmap written-afterwards")


def _on_day(cluster: Kubernetes, day: int, *, workers: bool = True) -> None:
    """So many days after the deployment; what a kubelet waits for is not told of it, and begins anew."""
    for machine in cluster.machines.values():
        machine.move_clock(timedelta(days=day))
    for machine in cluster.machines.values():
        if workers or machine in cluster.masters:
            machine.run("systemctl restart kubelet.service", seconds=120)


def _ends(master: Machine) -> str:
    """When the API server's certificate ends."""
    told = json.loads(ran(master, "kubeadm certs check-expiration --output json"))
    return next(str(one["expirationDate"]) for one in told["certificates"] if one["name"] == "apiserver")


def _answers(master: Machine) -> bool:
    return master.run(f"{KUBECTL} get nodes", seconds=90).returncode == 0

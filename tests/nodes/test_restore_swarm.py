"""A swarm that lost two of its three managers for good goes on from the third, with its etcd and workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import BUSYBOX, Shape, deployed
from tests.nodes.swarm import PORT, SERVE, Swarm

pytestmark = pytest.mark.nodes

SHAPE = Shape(
    "swarm",
    masters=3,
    master="etcd_volume: {size: 4}, docker_volume: {size: 5}",
    more=flannel.spec("host-gw"),
)
SECONDS = 600
ETCD = (
    "etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/etcd/pki/ca.crt --cert /etc/etcd/pki/root.crt"
    " --key /etc/etcd/pki/root.key"
)


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Swarm]:
    with deployed(tmp_path_factory.mktemp("spec"), "s-swarm", SHAPE) as up:
        yield Swarm(up)


def test_a_swarm_goes_on_from_the_manager_that_is_left(swarm: Swarm) -> None:
    """Services and secrets are there, the worker's container runs on, and both quorums are whole again."""
    up, name = swarm.up, swarm.up.cluster.spec.name
    assert until(swarm.is_whole, SECONDS), swarm.listed()
    spread = f"--mode global --endpoint-mode dnsrr --publish mode=host,published={PORT},target=80"
    ran(swarm.master, f"docker service create --detach --quiet --name web {spread} {BUSYBOX} {SERVE}", 300)
    ran(swarm.master, "echo hidden | docker secret create kept -")
    assert until(lambda: _replicas(swarm.master) == "4/4", SECONDS)
    container, lease = _container(swarm.worker), ran(swarm.worker, "cat /run/flannel/subnet.env")
    refused = up.cluster.run("restore", name, "--yes")
    assert refused.code == 1
    assert "answers: the cluster has its state, and its quorum" in refused.text
    last = swarm.masters[-1]
    with connect(settings(), up.cluster.cloud) as demo:
        for machine in swarm.masters[:-1]:
            demo.compute.delete_server(machine.server.id)
    assert until(lambda: last.run("docker node ls").returncode != 0, SECONDS)
    done = up.cluster.start("restore", name, "--yes").wait(2400)
    up.machines.clear()
    up.machines.update(up.watcher.machines)
    print(done.text)
    assert done.code == 0, done.text
    assert swarm.masters[-1].server.id == last.server.id
    assert until(swarm.is_whole, SECONDS), swarm.listed()
    assert len(swarm.listed()) == 4, "a manager that is lost is listed still"
    assert ran(swarm.master, "docker secret ls --format '{{.Name}}'") == "kept"
    assert until(lambda: _replicas(swarm.master) == "4/4", SECONDS)
    assert _container(swarm.worker) == container
    assert ran(swarm.worker, "cat /run/flannel/subnet.env") == lease
    members = ran(swarm.master, f"{ETCD} member list").splitlines()
    assert len(members) == 3
    assert all(", started, " in member for member in members), members
    ran(swarm.master, f"{ETCD} endpoint health --cluster")
    for machine in swarm.masters[:-1]:
        assert "data-before-" in ran(machine, "ls /var/lib/etcd")
    addresses = [str(machine.server.ports[0].address) for machine in swarm.machines.values()]
    for address in addresses:
        ran(
            swarm.worker,
            f"curl --silent --fail --max-time 5 --output /dev/null http://{address}:{PORT}/hostname",
        )
    again = up.cluster.run("roll", name, "--yes")
    assert "no node is behind" in again.text, again.text


def _replicas(manager: Machine) -> str:
    return ran(manager, "docker service ls --format '{{.Replicas}}'")


def _container(worker: Machine) -> str:
    """The service's container there, and since when it runs."""
    return ran(worker, "docker inspect --format '{{.Id}} {{.State.StartedAt}}' $(docker ps --quiet)")

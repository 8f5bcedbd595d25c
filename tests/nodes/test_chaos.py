"""Nodes that something befalls: killed daemons, lost power, cut links, slow and full disks, wrong clocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import chaos, flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import BUSYBOX, Shape, deployed
from tests.nodes.kubernetes import KUBECTL, TIMEOUTS, Kubernetes
from tests.nodes.swarm import PORT, SERVE, Swarm

pytestmark = pytest.mark.nodes

KUBERNETES = Shape("kubernetes", nodes=1, more=f"{flannel.spec('vxlan')}{TIMEOUTS}")
SWARM = Shape("swarm", masters=3, nodes=1, more=flannel.spec("host-gw"))
WHOLE_SECONDS = 600
LOST_SECONDS = 75
"""Until a node that is silent counts as lost: 50 for Kubernetes, 5 to 15 for Swarm."""
EVICTION_SECONDS = 480
"""Kubelet says for five minutes that its disk is full when it no longer is."""
SYNCS = 10
"""So many small writes that have to reach the disk, one after the other."""
SYNCED = f"cd /var && dd if=/dev/zero of=synced bs=512 count={SYNCS} oflag=dsync 2>&1 && rm synced"
AHEAD = timedelta(days=200)
ASKED_SECONDS = 120
"""At most between two answers to what the time is."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Kubernetes]:
    """A Kubernetes that serves a page from every node."""
    with deployed(tmp_path_factory.mktemp("spec"), "k-chaos", KUBERNETES) as up:
        cluster = Kubernetes(up)
        cluster.serve(WHOLE_SECONDS)
        _whole(cluster)
        yield cluster


@pytest.fixture(scope="module")
def managers(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Swarm]:
    """A Swarm of three managers that serves a page from every node."""
    with deployed(tmp_path_factory.mktemp("spec"), "n-chaos", SWARM) as up:
        swarm = Swarm(up)
        publish = f"--mode global --publish mode=host,published={PORT},target=80"
        create = f"docker service create --detach --quiet --name web {publish} {BUSYBOX} {SERVE}"
        ran(swarm.master, create)
        _complete(swarm)
        yield swarm


def _whole(cluster: Kubernetes) -> None:
    """Every node is ready, and gets the page from every pod and from the Service."""
    assert until(cluster.all_ready, WHOLE_SECONDS), cluster.kubectl("get nodes,pods --all-namespaces")
    assert until(cluster.everywhere, WHOLE_SECONDS), cluster.kubectl("describe pods")
    for machine in cluster.machines.values():
        assert until(partial(cluster.served, machine), WHOLE_SECONDS), machine.server.name


def _complete(swarm: Swarm) -> None:
    """Every node is ready, every manager reachable, and every node serves the page to a manager."""
    assert until(swarm.is_whole, WHOLE_SECONDS), swarm.listed()
    for machine in swarm.machines.values():
        assert until(partial(_serves, swarm.master, machine), WHOLE_SECONDS), machine.server.name


def _serves(asks: Machine, machine: Machine) -> bool:
    address = machine.server.ports[0].address
    ran(asks, f"curl --silent --fail --max-time 30 --output /dev/null http://{address}:{PORT}/hostname")
    return True


@pytest.mark.parametrize(
    "daemon",
    [
        "containerd",
        "kubelet",
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "flanneld",
    ],
)
def test_a_killed_daemon_of_a_kubernetes_master_comes_back(cluster: Kubernetes, daemon: str) -> None:
    with chaos.killed(cluster.master, daemon):
        pass
    _whole(cluster)


@pytest.mark.parametrize("daemon", ["containerd", "kubelet", "flanneld", "kube-proxy"])
def test_a_killed_daemon_of_a_kubernetes_worker_comes_back(cluster: Kubernetes, daemon: str) -> None:
    with chaos.killed(cluster.worker, daemon):
        pass
    _whole(cluster)


def test_a_worker_cut_from_the_network_is_not_ready_until_it_is_back(cluster: Kubernetes) -> None:
    with chaos.partitioned([cluster.worker]):
        assert until(lambda: not cluster.all_ready(), LOST_SECONDS * KUBERNETES.slowness)
        assert cluster.nodes("Ready") == [cluster.master.server.name]
    _whole(cluster)


def test_a_kubernetes_whose_nodes_all_lose_power_at_once_is_whole_again(cluster: Kubernetes) -> None:
    with chaos.power_cut(cluster.machines.values()):
        assert not any(machine.runs for machine in cluster.machines.values())
    _whole(cluster)


def test_a_slow_disk_of_the_master_is_endured(cluster: Kubernetes) -> None:
    with chaos.slow_disk(cluster.master):
        said = ran(cluster.master, SYNCED)
        took = float(said.rpartition("copied, ")[2].split()[0])
        assert took > SYNCS / chaos.SLOW_WRITES, said
        for number in range(5):
            cluster.kubectl(f"create configmap slow-{number}")
        assert cluster.kubectl("get --raw /readyz/etcd") == "ok"
    _whole(cluster)


def test_a_full_disk_of_a_worker_is_told_and_goes_over(cluster: Kubernetes) -> None:
    with chaos.full_disk(cluster.worker):
        pressed = [cluster.worker.server.name]
        assert until(lambda: cluster.nodes("DiskPressure") == pressed, WHOLE_SECONDS)
    assert until(lambda: not cluster.nodes("DiskPressure"), EVICTION_SECONDS * KUBERNETES.slowness)
    _whole(cluster)


def test_a_full_disk_of_the_master_stops_etcd_until_there_is_room(cluster: Kubernetes) -> None:
    """What is acknowledged before stays; pods run on meanwhile, and Services answer."""
    cluster.kubectl("create configmap before-the-disk-is-full")
    pods = [pod["status"]["podIP"] for pod in cluster.pods().values()]
    with chaos.full_disk(cluster.master):
        assert until(partial(_takes_nothing, cluster), WHOLE_SECONDS)
        for address in pods:
            page = f"http://{address}/hostname"
            ran(cluster.worker, f"curl --silent --fail --max-time 60 --output /dev/null {page}")
    assert until(cluster.all_ready, EVICTION_SECONDS * KUBERNETES.slowness)
    cluster.kubectl("get configmap before-the-disk-is-full")
    _whole(cluster)


def _takes_nothing(cluster: Kubernetes) -> bool:
    """Whether objects can be made no more."""
    return cluster.master.run(f"{KUBECTL} create configmap refused", seconds=90).returncode != 0


@pytest.mark.parametrize("days", [1, -1])
def test_a_worker_whose_clock_is_a_day_off_is_whole_once_it_is_right(cluster: Kubernetes, days: int) -> None:
    """Ahead it works on; behind, certificates of today are not valid yet for a kubelet that begins."""
    with chaos.clock_ahead(cluster.worker, days):
        ran(cluster.worker, "systemctl restart kubelet.service")
        if days > 0:
            _whole(cluster)
        else:
            assert until(lambda: not cluster.all_ready(), LOST_SECONDS * KUBERNETES.slowness)
            said = ran(cluster.worker, "journalctl --unit kubelet.service --lines 200 --output cat")
            assert "certificate has expired or is not yet valid" in said, said
    _whole(cluster)


def test_a_clock_moves_for_programs_of_go_and_of_c_also_in_containers(cluster: Kubernetes) -> None:
    """The last one: tokens that were given meanwhile are of the future afterwards."""
    right = _clocks(cluster.master)
    with chaos.clock_ahead(cluster.master, AHEAD.days):
        moved = _clocks(cluster.master)
    near = timedelta(seconds=ASKED_SECONDS)
    for before, after in zip(right, moved, strict=True):
        assert abs(before - datetime.now(UTC)) < near
        assert abs(after - before - AHEAD) < near
    assert abs(_clocks(cluster.master)[0] - datetime.now(UTC)) < near


def _clocks(master: Machine) -> tuple[datetime, ...]:
    """The time by a C program, by a Go program that begins, and by one that has long run in a container."""
    by_c = datetime.fromtimestamp(int(ran(master, "date +%s")), UTC)
    told = json.loads(ran(master, "kubeadm certs check-expiration --output json"))
    certificate = next(one for one in told["certificates"] if one["name"] == "apiserver")
    ends = datetime.fromisoformat(certificate["expirationDate"])
    by_go = ends - timedelta(seconds=certificate["residualTime"])
    headers = ran(master, "curl --silent --insecure --head https://127.0.0.1:6443/livez")
    date = next(line for line in headers.splitlines() if line.lower().startswith("date:"))
    return by_c, by_go, parsedate_to_datetime(date.partition(":")[2].strip())


@pytest.mark.parametrize("daemon", ["dockerd", "containerd", "etcd", "flanneld"])
def test_a_killed_daemon_of_a_manager_comes_back(managers: Swarm, daemon: str) -> None:
    with chaos.killed(managers.master, daemon):
        pass
    _complete(managers)


def test_a_worker_whose_flanneld_is_killed_while_it_waits_for_etcd_comes_back(managers: Swarm) -> None:
    """Docker waits for flanneld, and flanneld for managers that have no power yet."""
    with chaos.power_cut(managers.masters):
        with chaos.power_cut([managers.worker]):
            pass
        assert until(lambda: bool(chaos.pids(managers.worker, "flanneld")), WHOLE_SECONDS)
        with chaos.killed(managers.worker, "flanneld"):
            pass
        assert not chaos.pids(managers.worker, "dockerd")
    _complete(managers)


@pytest.mark.parametrize("daemon", ["dockerd", "flanneld"])
def test_a_killed_daemon_of_a_swarms_worker_comes_back(managers: Swarm, daemon: str) -> None:
    with chaos.killed(managers.worker, daemon):
        pass
    _complete(managers)


def test_a_manager_parted_from_the_other_two_leaves_them_a_swarm(managers: Swarm) -> None:
    *others, lone = managers.masters
    with chaos.partitioned([lone], from_=others):
        assert until(lambda: _go_on_without(managers, lone), WHOLE_SECONDS), managers.listed()
        ran(managers.master, "docker service update --detach --env-add SINCE=parted web")
        assert lone.run("docker node ls", seconds=60).returncode != 0
    _complete(managers)


def _go_on_without(swarm: Swarm, lone: Machine) -> bool:
    listed = swarm.listed()
    return listed[lone.server.name].endswith(" Unreachable") and "Ready Leader" in listed.values()


def test_a_swarm_whose_nodes_all_lose_power_at_once_is_whole_again(managers: Swarm) -> None:
    with chaos.power_cut(managers.machines.values()):
        assert not any(machine.runs for machine in managers.machines.values())
    _complete(managers)

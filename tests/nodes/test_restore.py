"""A Kubernetes whose state is copied, by its masters and from outside, and which begins from a copy again."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed
from tests.nodes.kubernetes import TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

MORE = f"{flannel.spec('vxlan')}{TIMEOUTS}"
SHAPES = {
    "one": Shape("kubernetes", master="etcd_volume: {size: 4}", more=MORE),
    "three": Shape("kubernetes", masters=3, more=MORE),
}
SECONDS = 600


@pytest.fixture(scope="module", params=SHAPES)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Kubernetes]:
    """Deployed once for all tests of a shape."""
    with deployed(tmp_path_factory.mktemp("spec"), f"s-{request.param}", SHAPES[request.param]) as up:
        yield Kubernetes(up)


def test_masters_keep_snapshots(cluster: Kubernetes) -> None:
    assert until(cluster.all_ready, SECONDS)
    for machine in cluster.masters:
        ran(machine, "systemctl start jeroboam-snapshot.service", SECONDS)
        (kept,) = ran(machine, "ls /var/lib/etcd/snapshots").split()
        assert kept.endswith(".db")
    said = cluster.up.cluster.run("status", cluster.up.cluster.spec.name)
    assert "  snapshots  the last on " in said.text


def test_what_was_lost_with_the_masters_is_back(cluster: Kubernetes, tmp_path: Path) -> None:
    """Objects of before the snapshot are there, those of after it are not, and what ran goes on to run."""
    up, file = cluster.up, tmp_path / "taken.snapshot"
    cluster.serve()
    cluster.kubectl("create configmap before --from-literal=word=kept")
    cluster.kubectl("create secret generic sealed --from-literal=word=hidden")
    done = up.cluster.run("snapshot", up.cluster.spec.name, "-o", str(file))
    print(done.text)
    assert done.code == 0, done.text
    content = file.read_bytes()
    assert sha256(content[:-32]).digest() == content[-32:]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    cluster.kubectl("create configmap after --from-literal=word=lost")
    worker = cluster.worker.server.name
    before = cluster.pods()[worker]
    refused = up.cluster.run("restore", up.cluster.spec.name, str(file), "--yes")
    assert refused.code == 1
    assert "answers: the cluster has its state" in refused.text
    _lose(cluster, max(1, len(cluster.masters) - 1))
    done = up.cluster.start("restore", up.cluster.spec.name, str(file), "--yes").wait(2400)
    up.machines.clear()
    up.machines.update(up.watcher.machines)
    print(done.text)
    assert done.code == 0, done.text
    assert until(cluster.all_ready, SECONDS)
    assert cluster.kubectl("get configmap before --output jsonpath={.data.word}") == "kept"
    assert cluster.kubectl("get secret sealed --output jsonpath={.data.word}") == "aGlkZGVu"
    names = [one["metadata"]["name"] for one in cluster.get("configmaps")]
    assert "after" not in names
    assert until(cluster.everywhere, SECONDS)
    after = cluster.pods()[worker]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["status"]["containerStatuses"][0]["restartCount"] == 0
    assert until(lambda: all(map(cluster.served, cluster.machines.values())), SECONDS)


def _lose(cluster: Kubernetes, count: int) -> None:
    """The servers of so many masters are gone behind everybody's back, with the disks that they had."""
    with connect(settings(), cluster.up.cluster.cloud) as demo:
        for machine in cluster.masters[:count]:
            demo.compute.delete_server(machine.server.id)
    last = cluster.masters[-1]
    asked = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 20s get nodes"
    assert count == len(cluster.masters) or until(lambda: last.run(asked).returncode != 0, SECONDS)

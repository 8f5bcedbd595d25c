"""A Kubernetes whose state is copied, by its masters and from outside."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed
from tests.nodes.kubernetes import TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

MORE = f"{flannel.spec('vxlan')}{TIMEOUTS}"
VOLUME = "etcd_volume: {size: 4}"
SHAPES = {
    "one": Shape("kubernetes", master=VOLUME, more=MORE),
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
    print(said.text)
    assert "  snapshots  the last on " in said.text


def test_a_snapshot_is_taken_from_outside(cluster: Kubernetes, tmp_path: Path) -> None:
    file = tmp_path / "taken.snapshot"
    done = cluster.up.cluster.run("snapshot", cluster.up.cluster.spec.name, "-o", str(file))
    print(done.text)
    assert done.code == 0, done.text
    content = file.read_bytes()
    assert sha256(content[:-32]).digest() == content[-32:]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

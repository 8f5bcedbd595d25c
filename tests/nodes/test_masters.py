"""A Kubernetes of three masters gets two more, which leave again, while its API is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.answers import Answers, answering, by_api
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed, written
from tests.nodes.kubernetes import KUBECTL, TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

THREE = Shape("kubernetes", masters=3, more=f"{flannel.spec('vxlan')}{TIMEOUTS}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Kubernetes]:
    """Deployed once for both tests."""
    with deployed(tmp_path_factory.mktemp("spec"), "m-masters", THREE) as up:
        yield Kubernetes(up)


def test_two_more_masters_join(cluster: Kubernetes) -> None:
    assert until(cluster.all_ready, 600)
    up = cluster.up
    written(up.cluster.folder, up.cluster.name, THREE._replace(masters=5))
    answers = _asked_during(cluster, "deploy", "three to five")
    assert answers.failed == 0
    assert _members(cluster) == 5


def test_they_leave_one_at_a_time(cluster: Kubernetes) -> None:
    up = cluster.up
    written(up.cluster.folder, up.cluster.name, THREE)
    answers = _asked_during(cluster, "roll", "five to three")
    assert answers.failed == 0
    assert _members(cluster) == 3
    names = ran(cluster.master, f"{KUBECTL} get nodes --output name").split()
    assert names == [f"node/{name}" for name in sorted(up.watcher.machines)]


def _asked_during(cluster: Kubernetes, command: str, what: str) -> Answers:
    """Runs it on the spec as it is now; how the API answered meanwhile, at its balancer."""
    up = cluster.up
    with connect(settings(), up.cluster.cloud) as demo:
        outputs = demo.orchestration.get_stack(demo.orchestration.find_stack(up.cluster.name).id).outputs
    api = next(out["output_value"] for out in outputs if out["output_key"] == "api_url")
    kubeconfig = ran(cluster.master, "cat /etc/kubernetes/admin.conf")
    with answering(f"{what}: the API", by_api(f"{api}/api/v1/nodes", kubeconfig)) as answers:
        done = up.cluster.start(command, up.cluster.spec.name, "--yes").wait(1800)
    up.machines.clear()
    up.machines.update(up.watcher.machines)
    print(done.text, answers, sep="\n")
    assert done.code == 0, done.text
    assert until(cluster.all_ready, 300)
    return answers


def _members(cluster: Kubernetes) -> int:
    """How many members etcd has, each of which answers."""
    status = cluster.kubectl(
        f"exec etcd-{cluster.master.server.name} --namespace kube-system -- etcdctl "
        "--endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt "
        "--cert /etc/kubernetes/pki/etcd/peer.crt --key /etc/kubernetes/pki/etcd/peer.key "
        "endpoint status --cluster"
    )
    return len(status.splitlines())

"""Kubernetes is raised minor by minor, node by node, while its API and a Service are asked."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.catalogue import version
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.answers import Answers, answering, by_api, by_machine
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed, others, written
from tests.nodes.kubernetes import KUBECTL, SERVE, TIMEOUTS, Kubernetes
from tests.support.who_runs import line

pytestmark = pytest.mark.nodes

VXLAN = f"{flannel.spec('vxlan')}{TIMEOUTS}"
ETCD_VOLUME = "etcd_volume: {size: 4}"
TTL = "event-ttl", "2h0m0s"
OPTIONS = f"kubernetes: {{api_server_args: {{{TTL[0]}: {TTL[1]}}}}}\n"
"""What the spec says besides, from the first change on."""


class Way(NamedTuple):
    """A cluster, and what it is rolled to, one after another."""

    shape: Shape
    to: tuple[Shape, ...]


def _way(first: str | None, *to: str | None, master: str = "", then: str | None = None, **more: Any) -> Way:
    """By minor versions, None being a spec's that names none; masters have `then` from the change on."""
    shape = Shape("kubernetes", version=first, master=master, more=VXLAN, **more)
    changed = shape._replace(more=f"{VXLAN}{OPTIONS}", master=master if then is None else then)
    return Way(shape, tuple(changed._replace(version=minor) for minor in to))


WAYS = {
    "one-volume": _way(None, "1.37", master=ETCD_VOLUME),
    "one": _way(None, "1.37", then=ETCD_VOLUME),
    "three": _way("1.35", None, "1.37", masters=3, nodes=2),
    "three-volumes": _way(None, "1.37", masters=3, nodes=2, master=ETCD_VOLUME),
    "three-get-volumes": _way(None, None, masters=3, then=ETCD_VOLUME),
}
HELD = {None, *others("kubernetes").values()}
"""The minor versions that the mirror has."""


SYSTEM = "--namespace kube-system"


def page(image: str, replicas: int) -> dict[str, Any]:
    """Pods of workers that serve a page, and end once nobody asks them any more."""
    container = {
        "name": "page",
        "image": image,
        "command": ["sh", "-c", SERVE],
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
        "readinessProbe": {"httpGet": {"path": "/hostname", "port": 80}, "periodSeconds": 1},
    }
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": "page"}},
    }
    template = {
        "metadata": {"labels": {"app": "page"}},
        "spec": {"containers": [container], "topologySpreadConstraints": [spread]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "page"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "page"}},
            "template": template,
        },
    }


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "page"},
    "spec": {"selector": {"app": "page"}, "ports": [{"port": 80}]},
}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "page"},
    "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "page"}}},
}


@pytest.fixture(
    scope="module",
    params=[
        name
        for name, way in WAYS.items()
        if {way.shape.version, *(shape.version for shape in way.to)} <= HELD
    ],
)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@pytest.fixture(scope="module")
def cluster(way: Way, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Kubernetes]:
    """Deployed once for all tests of a way."""
    name = next(name for name, it in WAYS.items() if it is way)
    with deployed(tmp_path_factory.mktemp("spec"), f"u-{name}", way.shape) as up:
        yield Kubernetes(up)


def test_it_serves_before(cluster: Kubernetes) -> None:
    """What somebody changed of CoreDNS stays through all that follows."""
    assert until(cluster.all_ready, 600)
    for document in (page(cluster.shape.busybox, cluster.shape.nodes), SERVICE, BUDGET):
        cluster.apply(document)
    cluster.kubectl("rollout status deployment/page --timeout 300s", 330)
    corefile = f"get configmap coredns {SYSTEM} --output jsonpath={{.data.Corefile}}"
    ran(
        cluster.master,
        f"{KUBECTL} {corefile} | sed 's/^    errors/    errors\\n    log/' >/tmp/Corefile && "
        f"{KUBECTL} create configmap coredns {SYSTEM} --from-file=/tmp/Corefile --dry-run=client -o yaml | "
        f"{KUBECTL} replace --filename -",
    )
    cluster.kubectl(f"scale deployment/coredns {SYSTEM} --replicas 3")


@pytest.mark.shapes({"one"})
def test_an_only_masters_state_is_moved_onto_a_volume(cluster: Kubernetes, way: Way) -> None:
    """As docs/upgrading.md has it; what runs there runs on."""
    up, before = cluster.up, _pods(cluster)
    written(up.cluster.folder, up.cluster.name, way.shape._replace(master=ETCD_VOLUME))
    done = up.cluster.deploy()
    assert done.code == 0, done.text
    assert "live   masters.etcd_volume" in done.err
    with connect(settings(), up.cluster.cloud) as demo:
        volume = next(
            it.id for it in demo.block_storage.volumes() if it.name == f"{cluster.master.server.name}-etcd"
        )
    login, move = line("docs/upgrading.md", "ssh ").split(" sudo ")
    move = f"sudo {move.replace(' ID', f' {volume}')}"
    assert login.startswith("ssh ubuntu@")
    _sent_there(cluster)
    assert until(lambda: ran(cluster.master, "lsblk --nodeps --noheadings --raw --output SERIAL") != "", 60)
    with _asked(cluster, "moved") as answers:
        print(ran(cluster.master, move))
    _told(cluster, answers)
    assert ran(cluster.master, "findmnt --noheadings --output TARGET /var/lib/etcd") == "/var/lib/etcd"
    assert "is on a volume already" in ran(cluster.master, move)
    assert until(cluster.all_ready, 60)
    assert _pods(cluster) == before


def test_it_is_rolled_and_serves_meanwhile(cluster: Kubernetes, way: Way) -> None:
    up, several = cluster.up, cluster.shape.masters > 1
    for shape in way.to:
        wanted = version("kubernetes", shape.version)
        written(up.cluster.folder, up.cluster.name, shape)
        with _asked(cluster, wanted) as answers:
            done = up.cluster.start("roll", up.cluster.spec.name, "--yes").wait(3600)
            up.machines.update(up.watcher.machines)
        print(done.text)
        _told(cluster, answers)
        assert done.code == 0, done.text
        _is_raised(cluster, wanted)
        if several:
            assert answers[0].failed == 0
        if cluster.shape.nodes > 1:
            assert answers[1].failed == 0


def _sent_there(cluster: Kubernetes) -> None:
    """The script, to a master that has not got it: as one of an earlier release."""
    ran(cluster.master, "rm /opt/jeroboam/etcd-to-volume.sh /opt/jeroboam/lib/volumes.sh")
    cluster.up.cluster.run("compile", cluster.up.cluster.spec.name)
    packs, unpacks = line("docs/upgrading.md", "tar ").split("|")
    packs = packs.replace("/prod/", f"/{cluster.up.cluster.name}/")
    packed = subprocess.run(packs, shell=True, cwd=cluster.up.cluster.folder, check=True, capture_output=True)
    text = b64encode(packed.stdout).decode("ascii")
    ran(cluster.master, f"base64 --decode <<'END' | sudo {unpacks.split(' sudo ')[1]}\n{text}\nEND")


def _pods(cluster: Kubernetes) -> set[tuple[str, int]]:
    """Those of the page, each with how often it was restarted."""
    return {
        (pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"])
        for pod in cluster.get("pods --selector app=page")
    }


@contextmanager
def _asked(cluster: Kubernetes, what: str) -> Iterator[list[Answers]]:
    """Its API, from this side, and the page's Service, from a worker, until the block ends."""
    up, name = cluster.up, cluster.up.cluster.name
    address = cluster.kubectl("get service page --output jsonpath={.spec.clusterIP}")
    with connect(settings(), up.cluster.cloud) as demo:
        outputs = demo.orchestration.get_stack(demo.orchestration.find_stack(name).id).outputs
    api = next(out["output_value"] for out in outputs if out["output_key"] == "api_url")
    kubeconfig = ran(cluster.master, "cat /etc/kubernetes/admin.conf")
    first, last = (up.machines[f"{name}-default-{index}"] for index in (0, cluster.shape.nodes - 1))

    def worker() -> Machine:
        """One that is not away: the last goes when the first has come back."""
        now = up.watcher.machines.get(first.server.name)
        came = now is not None and now is not first and "name=signal status=ok" in now.said
        return now if came and now else last

    with (
        answering(f"{what}: the API", by_api(f"{api}/api/v1/namespaces/default/pods", kubeconfig)) as of_api,
        answering(f"{what}: the Service", by_machine(worker, f"http://{address}/hostname")) as of_service,
    ):
        yield [of_api, of_service]


def _told(cluster: Kubernetes, answers: list[Answers]) -> None:
    for answer in answers:
        cluster.up.notes.append(f"{answer}\n")
        print(answer)


def _is_raised(cluster: Kubernetes, wanted: str) -> None:
    """All that `kubeadm upgrade` raises; what somebody has changed of CoreDNS is as it was."""
    assert until(cluster.all_ready, 120)
    assert {node["status"]["nodeInfo"]["kubeletVersion"] for node in cluster.get("nodes")} == {f"v{wanted}"}
    pods = [pod for pod in cluster.get(f"pods {SYSTEM} -l tier=control-plane") if _is_kubernetes(pod)]
    assert len(pods) == 3 * cluster.shape.masters
    assert {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in pods} == {f"v{wanted}"}
    known = ran(cluster.master, f"kubeadm config images list --kubernetes-version v{wanted}")
    tags = dict(line.rpartition("/")[2].split(":") for line in known.splitlines())
    for kind, name, container in (
        ("daemonset", "kube-proxy", "kube-proxy"),
        ("deployment", "coredns", "coredns"),
    ):
        cluster.kubectl(f"rollout status {kind}/{name} {SYSTEM} --timeout 180s", 200)
        image = cluster.kubectl(
            f"get {kind} {name} {SYSTEM} -o jsonpath={{.spec.template.spec.containers[0].image}}"
        )
        assert image.rpartition(":")[2] == tags[container]
    assert cluster.kubectl(f"get deployment coredns {SYSTEM} --output jsonpath={{.spec.replicas}}") == "3"
    corefile = cluster.kubectl(f"get configmap coredns {SYSTEM} --output jsonpath={{.data.Corefile}}")
    assert "\n    log\n" in corefile
    told = cluster.kubectl(
        f"get configmap kubeadm-config {SYSTEM} --output jsonpath={{.data.ClusterConfiguration}}"
    )
    assert f"kubernetesVersion: v{wanted}\n" in told
    for machine in cluster.masters:
        assert f"--{TTL[0]}={TTL[1]}" in ran(machine, "cat /etc/kubernetes/manifests/kube-apiserver.yaml")
        assert f"etcd:{tags['etcd']}" in ran(machine, "cat /etc/kubernetes/manifests/etcd.yaml")
    members = cluster.kubectl(
        f"exec etcd-{cluster.master.server.name} {SYSTEM} -- etcdctl --endpoints https://127.0.0.1:2379 "
        "--cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/peer.crt "
        "--key /etc/kubernetes/pki/etcd/peer.key endpoint status --cluster"
    )
    assert len(members.splitlines()) == cluster.shape.masters, members


def _is_kubernetes(pod: dict[str, Any]) -> bool:
    return bool(pod["metadata"]["labels"]["component"] != "etcd")

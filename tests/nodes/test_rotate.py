"""Secrets of a Kubernetes are rotated while its API and a page are asked; the old ones are refused after."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.answers import Answers, answering, by_api, by_machine
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed
from tests.nodes.kubernetes import KUBECTL, TIMEOUTS, Kubernetes
from tests.support.secrets_file import plain

pytestmark = pytest.mark.nodes

MORE = f"{flannel.spec('vxlan')}{TIMEOUTS}"
SHAPES = {
    "one": Shape("kubernetes", master="etcd_volume: {size: 4}", more=MORE),
    "three": Shape("kubernetes", masters=3, nodes=2, more=MORE),
}
SECONDS = 600
REFUSED = "401"
PROBE = "rotated-by-test"


@pytest.fixture(scope="module", params=SHAPES)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Kubernetes]:
    """Deployed once for all tests of a shape, each of which rotates another secret."""
    with deployed(tmp_path_factory.mktemp("spec"), f"s-{request.param}", SHAPES[request.param]) as up:
        kubernetes = Kubernetes(up)
        assert until(kubernetes.all_ready, SECONDS)
        kubernetes.serve()
        yield kubernetes


def test_a_lost_secrets_file_is_recovered_from_a_master(cluster: Kubernetes) -> None:
    """By what docs/rotating.md says; what is short-lived is made afresh, and Heat is given the same."""
    page = Path("docs/rotating.md").read_text(encoding="utf-8").partition("## A lost secrets file")[2]
    block = page.partition("```sh\n")[2].partition("```")[0]
    ran(cluster.master, f"cd /root\n{block}")
    file, text = _file(cluster), ran(cluster.master, "cat /root/recovered.secrets.yaml")
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n", encoding="utf-8")
    try:
        done = cluster.up.cluster.run("secrets", cluster.up.cluster.spec.name)
        assert done.code == 0, done.text
        found, lasting = plain(file.read_text(encoding="utf-8")), plain(before)
        assert {name: value for name, value in found.items() if name != "bootstrap_token"} == {
            name: value for name, value in lasting.items() if name != "bootstrap_token"
        }
    finally:
        file.write_text(before, encoding="utf-8")


def test_join_tokens_are_replaced(cluster: Kubernetes) -> None:
    old = _token_of(cluster)
    assert _answer(cluster, old) != REFUSED
    with _asked(cluster, "tokens") as answers:
        _rotate(cluster, "tokens")
    _told(cluster, answers)
    assert _answer(cluster, old) == REFUSED
    assert _token_of(cluster) != old
    assert _answer(cluster, _token_of(cluster)) != REFUSED


def test_secrets_in_etcd_are_encrypted_with_another_key(cluster: Kubernetes) -> None:
    cluster.kubectl(f"create secret generic {PROBE} --from-literal=word=kept")
    assert _written_with(cluster) == {"key1"}
    with _asked(cluster, "encryption") as answers:
        _rotate(cluster, "encryption")
    _told(cluster, answers)
    (key,) = _written_with(cluster)
    assert key.startswith("key-")
    assert "key1" not in ran(cluster.master, "cat /etc/kubernetes/encryption.yaml")
    word = cluster.kubectl(f"get secret {PROBE} --output jsonpath={{.data.word}}")
    assert b64decode(word) == b"kept"


def test_tokens_of_service_accounts_are_signed_with_another_key(cluster: Kubernetes) -> None:
    """What holds a token of the old key is begun anew before it is refused; otherwise an hour would do."""
    old = cluster.kubectl("create token default --duration 5h")
    with _asked(cluster, "service-account") as answers:
        said = _rotate(cluster, "service-account")
    _told(cluster, answers)
    assert "the next phase waits to be told" in said
    assert _answer(cluster, old) != REFUSED
    new = cluster.kubectl("create token default --duration 5h")
    assert _key_of(new) != _key_of(old)
    for space in ("kube-system", "kube-flannel", "default"):
        for kind in ("daemonset", "deployment"):
            for one in cluster.get(f"{kind} --namespace {space}"):
                name = one["metadata"]["name"]
                cluster.kubectl(f"rollout restart {kind}/{name} --namespace {space}")
                cluster.kubectl(f"rollout status {kind}/{name} --namespace {space} --timeout 300s", 330)
    with _asked(cluster, "service-account --finish") as answers:
        _rotate(cluster, "service-account", "--finish")
    _told(cluster, answers)
    assert _answer(cluster, old) == REFUSED
    assert _answer(cluster, new) != REFUSED
    assert until(lambda: all(map(cluster.served, cluster.machines.values())), SECONDS)


def _rotate(cluster: Kubernetes, *words: str) -> str:
    """What the command says; the cluster is whole afterwards, and no node behind."""
    up = cluster.up
    done = up.cluster.start("rotate", up.cluster.spec.name, *words, "--yes").wait(3600)
    up.machines.update(up.watcher.machines)
    print(done.text)
    assert done.code == 0, done.text
    assert until(lambda: cluster.all_ready() and cluster.everywhere(), SECONDS)
    assert ", behind" not in up.cluster.run("status", up.cluster.spec.name).text
    return done.text


def _file(cluster: Kubernetes) -> Path:
    return cluster.up.cluster.folder / f"{cluster.up.cluster.name}.secrets.yaml"


def _token_of(cluster: Kubernetes) -> str:
    """The join token that the secrets file has."""
    return b64decode(plain(_file(cluster).read_text(encoding="utf-8"))["bootstrap_token"]).decode()


def _answer(cluster: Kubernetes, token: str) -> str:
    """HTTP's status for who has nothing but a token."""
    asked = "curl --silent --insecure --output /dev/null --write-out '%{http_code}'"
    return ran(
        cluster.master, f"{asked} --header 'Authorization: Bearer {token}' https://127.0.0.1:6443/apis"
    )


def _key_of(token: str) -> str:
    head = token.split(".")[0]
    return str(json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def _written_with(cluster: Kubernetes) -> set[str]:
    """The names of the keys that Secrets in etcd were written with."""
    found = ran(
        cluster.master,
        f"{KUBECTL} exec etcd-{cluster.master.server.name} --namespace kube-system -- etcdctl "
        "--endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt "
        "--cert /etc/kubernetes/pki/etcd/peer.crt --key /etc/kubernetes/pki/etcd/peer.key "
        "get /registry/secrets/ --prefix | grep --text --only-matching 'k8s:enc:secretbox:v1:[a-z0-9-]*' | "
        "sort --unique",
    )
    return {line.rpartition(":")[2] for line in found.splitlines()}


@contextmanager
def _asked(cluster: Kubernetes, what: str) -> Iterator[list[Answers]]:
    """Its API, from this side, and a page, from a worker that stays, until the block ends."""
    up, name = cluster.up, cluster.up.cluster.name
    with connect(settings(), up.cluster.cloud) as demo:
        outputs = demo.orchestration.get_stack(demo.orchestration.find_stack(name).id).outputs
    api = next(out["output_value"] for out in outputs if out["output_key"] == "api_url")
    kubeconfig = ran(cluster.master, "cat /etc/kubernetes/admin.conf")
    worker = cluster.worker
    page = cluster.pods()[worker.server.name]["status"]["podIP"]
    with (
        answering(f"{what}: the API", by_api(f"{api}/api/v1/namespaces/default/pods", kubeconfig)) as of_api,
        answering(f"{what}: the page", by_machine(lambda: worker, f"http://{page}/hostname")) as of_page,
    ):
        yield [of_api, of_page]


def _told(cluster: Kubernetes, answers: list[Answers]) -> None:
    """Workers are not touched; the API is away with a lone master, and with none of three."""
    for answer in answers:
        cluster.up.notes.append(f"{answer}\n")
        print(answer)
    of_api, of_page = answers
    assert of_page.failed == 0
    if cluster.shape.masters > 1:
        assert of_api.failed == 0

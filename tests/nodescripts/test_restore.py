"""Masters that begin from a snapshot: the first has it or is sent it, the others join without their data."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import sleep

import pytest

from jeroboam import plugins
from jeroboam.clients.kubernetes.sending import sent
from jeroboam.model.access import ClusterAccess
from jeroboam.model.client import Client, ClientError, Copier, Door
from jeroboam.model.types import HeatFact
from jeroboam.secrets.issue import issued
from jeroboam.secrets.recipes import made
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node, node_of
from tests.nodescripts.test_kubernetes import (
    API,
    FACTS,
    KUBEADM,
    KUBECTL_OF_A_CLUSTER,
    place_control_plane,
    run_step,
    up,
)
from tests.unit.drivers.kubernetes.planned import plan

PAGES = b"the state of before" + bytes(1005)
SNAPSHOT = PAGES + hashlib.sha256(PAGES).digest()
DIGEST = hashlib.sha256(SNAPSHOT).hexdigest()
DATA = "var/lib/etcd/data/member/snap/db"
ASIDE = f"var/lib/etcd/before-{DIGEST[:12]}/member/snap/db"
ETCDUTL = """
[ "$1 $2" = "snapshot restore" ] || exit 1
[ ! -e "$JEROBOAM_ROOT/etcdutl-fails" ] || { mkdir -p "$5/half"; exit 1; }
mkdir -p "$5/member/snap" && cp "$3" "$5/member/snap/db"
"""
MODEL = plan(masters={"count": 3, "flavor": "m"})
SECRETS = made(MODEL.secrets, {}, random=Random(1), now=datetime.now(UTC))

ADDRESS = FACTS[HeatFact.API_PUBLIC_ADDRESS]

Make = Callable[..., Node]


@pytest.fixture
def make(tmp_path: Path, cloud: Cloud) -> Make:
    """A master that was made anew, with the data of before on its volume."""

    def makes(index: int = 0, restore: str = DIGEST, **more: str) -> Node:
        facts = {**FACTS, HeatFact.RESTORE: restore}
        name = f"prod-master-{index}"
        node = node_of(tmp_path, MODEL.roles[0], name, cloud, SECRETS, facts, **more)
        node.stub("systemctl")
        node.stub("kubectl", KUBECTL_OF_A_CLUSTER)
        version = MODEL.roles[0].config.environment["JEROBOAM_COE_VERSION"]
        node.place("cluster/version", f"kubernetesVersion: v{version}\n")
        node.stub("kubeadm", KUBEADM)
        node.stub("etcdutl", ETCDUTL)
        node.stub("curl", API, quiet=True)
        place_control_plane(node, MODEL.roles[0])
        node.place(DATA, "newer")
        assert run_step(node, "50-pki").returncode == 0
        node.place("var/lib/etcd/cluster", node.bash("use kubernetes; ca_hash").stdout)
        return node

    return makes


def _has_it(node: Node) -> None:
    path = node.root / "var/lib/etcd/snapshots/2026-11-29T18-00-00Z.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(SNAPSHOT)


def _called(node: Node, word: str) -> list[str]:
    return [call for call in node.called() if call.startswith(word)]


def test_the_first_master_begins_from_a_snapshot_that_it_has(make: Make) -> None:
    node = make()
    _has_it(node)
    done = run_step(node, "60-control-plane")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (node.root / DATA).read_bytes() == SNAPSHOT
    assert node.text(ASIDE) == "newer"
    assert node.text("var/lib/etcd/restored") == f"{DIGEST}\n"
    (restored,) = _called(node, "etcdutl")
    assert "--name prod-master-0 --initial-cluster prod-master-0=https://10.0.0.5:2380 " in restored
    assert restored.endswith("--bump-revision 1000000000 --mark-compacted")
    (init,) = _called(node, "kubeadm init")
    assert "DirAvailable--var-lib-etcd-data" in init


@pytest.mark.parametrize("restore", ["", DIGEST])
def test_who_has_begun_from_it_and_who_was_told_nothing_keep_their_data(make: Make, restore: str) -> None:
    node = make(restore=restore)
    node.place("var/lib/etcd/restored", f"{DIGEST}\n")
    assert run_step(node, "60-control-plane").returncode == 0
    assert node.text(DATA) == "newer"
    assert not _called(node, "etcdutl")


def test_the_others_join_without_their_data(make: Make) -> None:
    node = make(1)
    _has_it(node)
    up(node, "10.0.0.5", "10.0.0.6")
    done = run_step(node, "60-control-plane")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not _called(node, "etcdutl")
    assert _called(node, "kubeadm join")
    assert not node.exists(DATA)
    assert node.text(ASIDE) == "newer"
    assert node.text("var/lib/etcd/restored") == f"{DIGEST}\n"


def test_a_first_master_beside_one_that_answers_joins_that(make: Make) -> None:
    node = make()
    _has_it(node)
    up(node, "10.0.0.6")
    assert run_step(node, "60-control-plane").returncode == 0
    assert not _called(node, "etcdutl")
    assert not node.exists(DATA)


def test_what_was_set_aside_survives_a_try_that_was_cut_off(make: Make) -> None:
    node = make()
    _has_it(node)
    node.place("etcdutl-fails", "")
    assert run_step(node, "60-control-plane").returncode == 1
    assert not node.exists("var/lib/etcd/restored")
    assert not _called(node, "kubeadm init")
    (node.root / "etcdutl-fails").unlink()
    assert run_step(node, "60-control-plane").returncode == 0
    assert node.text(ASIDE) == "newer"
    assert (node.root / DATA).read_bytes() == SNAPSHOT


class Waiting:
    """A first master that waits for the snapshot, on a port of ours."""

    def __init__(self, node: Node, port: int) -> None:
        self.node, self.port = node, port
        ca = b64decode(SECRETS["cluster_ca_cert"]).decode("ascii")
        self.context = ssl.create_default_context(cadata=ca)
        self.context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self._pool = ThreadPoolExecutor(1)
        self._step = self._pool.submit(run_step, node, "60-control-plane")

    def done(self) -> bool:
        """Whether its step has ended."""
        return self._step.done()

    def ended(self) -> subprocess.CompletedProcess[str]:
        """How its step did."""
        return self._step.result(30)

    def take(self, file: Path) -> bool:
        """Whether it takes a file, as soon as it listens."""
        for _ in range(600):
            if sent("127.0.0.1", self.port, self.context, file):
                return True
            assert not self.done(), self._step.result()
            sleep(0.02)
        return False

    def client(self, folder: Path) -> Client:
        """The product's own, to whom the API is at the address that the cluster has."""
        driver, connect = plugins.driver("kubernetes"), plugins.client("kubernetes")
        assert driver
        assert connect
        wanted = driver.credentials(ClusterAccess("prod", "https", ADDRESS, self.port, (), frozenset()))
        files = issued(wanted, SECRETS, random=Random(7), now=datetime.now(UTC), lifetime=timedelta(hours=1))
        assert isinstance(files, dict)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return connect(Door("prod", "https", "127.0.0.1", self.port, ADDRESS, (), folder))

    def asked(self, path: str) -> int:
        """The status of an answer, as soon as there is one."""
        for _ in range(600):
            line = http.client.HTTPSConnection("127.0.0.1", self.port, context=self._of_the_name())
            try:
                line.request("GET", path)
                return line.getresponse().status
            except OSError:
                sleep(0.02)
            finally:
                line.close()
        raise AssertionError

    def _of_the_name(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


@pytest.fixture
def waiting(make: Make) -> Iterator[Waiting]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = Waiting(make(JEROBOAM_API_PORT=str(port)), port)
    yield found
    if not found.done():
        (found.node.root / "var/lib/etcd/incoming").write_bytes(SNAPSHOT)
    # It looks for the file after each connection, so that there may be no other one to listen to.
    while not found.done():
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
        sleep(0.02)
    found.ended()


def test_the_snapshot_is_sent_to_it(waiting: Waiting, tmp_path: Path) -> None:
    """A balancer lets through to who is ready; who takes it for the API must not believe that it is empty."""
    file = tmp_path / "a.snapshot"
    file.write_bytes(SNAPSHOT)
    assert waiting.asked("/readyz") == 200
    assert waiting.asked("/api/v1/pods?fieldSelector=spec.nodeName=prod-default-0") == 503
    client = waiting.client(tmp_path)
    with pytest.raises(ClientError) as silent:
        client.members()
    assert silent.value.unreachable
    assert isinstance(client, Copier)
    assert client.give(file)
    done = waiting.ended()
    assert done.returncode == 0, done.stdout + done.stderr
    assert (waiting.node.root / DATA).read_bytes() == SNAPSHOT
    assert not waiting.node.exists("var/lib/etcd/incoming")
    assert not waiting.node.exists("run/jeroboam/restore")


def test_another_one_is_refused(waiting: Waiting, tmp_path: Path) -> None:
    file = tmp_path / "a.snapshot"
    file.write_bytes(SNAPSHOT[:-1] + b"x")
    with pytest.raises(ClientError, match="refused the snapshot"):
        waiting.take(file)
    assert not waiting.node.exists("var/lib/etcd/restored")

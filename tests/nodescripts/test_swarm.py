"""The Swarm steps as the compiler hands them to a node: who begins, who joins, by which token and address."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jeroboam.model.types import ClusterModel
from jeroboam.pipeline import plan_spec
from jeroboam.secrets.recipes import made
from tests.nodescripts import swarm_lab as lab
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node
from tests.support.cases import GOLDEN


@pytest.fixture(scope="module")
def model() -> ClusterModel:
    """Three managers and two groups, with Flannel."""
    planned = plan_spec(str(GOLDEN / "swarm/fedora_coreos/ha/cluster.yaml")).value
    assert planned is not None
    return planned


@pytest.fixture(scope="module")
def secrets(model: ClusterModel) -> dict[str, str]:
    """Real secrets."""
    return lab.secret_values(model)


@pytest.fixture
def manager(tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud) -> Node:
    """The first manager."""
    return lab.swarm_node(tmp_path, model, "master", 0, secrets, cloud)


@pytest.fixture
def worker(tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud) -> Node:
    """A worker."""
    return lab.swarm_node(tmp_path, model, "web", 1, secrets, cloud)


def _step(node: Node, name: str) -> subprocess.CompletedProcess[str]:
    return node.run_script(f"opt/jeroboam/steps/{name}.sh")


def _docker(node: Node, verb: str) -> list[str]:
    return [call for call in node.called() if call.startswith(f"docker {verb}")]


def _restarts(node: Node) -> list[str]:
    return [call for call in node.called() if call == "systemctl restart docker.service"]


def _openssl(*words: str) -> str:
    return subprocess.run(["openssl", *words], capture_output=True, text=True, check=True).stdout


# --- the Docker API -------------------------------------------------------------------------------


def test_the_api_certificate_names_every_way_to_a_manager(manager: Node) -> None:
    done = _step(manager, "55-certificate")
    assert done.returncode == 0, done.stderr
    pki = manager.root / "etc/docker/pki"
    text = _openssl("x509", "-in", str(pki / "server.crt"), "-noout", "-text")
    for name in ("10.8.0.5", "127.0.0.1", "10.8.0.9", "203.0.113.9", "192.0.2.10"):
        assert f"IP Address:{name}" in text
    assert "DNS:swarm.example.org" in text
    assert "TLS Web Server Authentication, TLS Web Client Authentication" in text
    _openssl("verify", "-CAfile", str(pki / "ca.crt"), str(pki / "server.crt"))
    assert manager.mode("etc/docker/pki/server.key") == 0o600
    assert not list(manager.root.glob("run/jeroboam/**/ca.key"))


def test_a_certificate_is_kept_until_something_changes(manager: Node) -> None:
    _step(manager, "55-certificate")
    first = manager.text("etc/docker/pki/server.crt")
    assert _step(manager, "55-certificate").returncode == 0
    assert manager.text("etc/docker/pki/server.crt") == first
    heat = manager.text("etc/jeroboam/heat.env").replace("203.0.113.9", "203.0.113.77")
    manager.place("etc/jeroboam/heat.env", heat)
    assert _step(manager, "55-certificate").returncode == 0
    assert manager.text("etc/docker/pki/server.crt") != first


def test_the_api_certificate_ends_with_its_ca(manager: Node, tmp_path: Path) -> None:
    key, ca = tmp_path / "ca.key", tmp_path / "ca.crt"
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
    _openssl("req", "-x509", "-new", "-key", str(key), "-subj", "/CN=own", "-days", "100", "-out", str(ca))
    own = {"JEROBOAM_CA_CERT": ca, "JEROBOAM_CA_KEY": key}
    secrets = [f"{name}='{b64encode(file.read_bytes()).decode()}'" for name, file in own.items()]
    manager.place("var/lib/jeroboam/secrets.env", "\n".join(secrets) + "\n")
    done = _step(manager, "55-certificate")
    assert done.returncode == 0, done.stderr
    ends = [
        x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
        for file in (manager.root / "etc/docker/pki/server.crt", ca)
    ]
    assert timedelta(0) <= ends[1] - ends[0] < timedelta(days=2)


def test_a_worker_gets_no_key_of_a_ca_and_opens_no_port_of_its_daemon(model: ClusterModel) -> None:
    config = lab.role(model, "web").config
    assert not {name for name in config.heat_values if name.startswith("JEROBOAM_CA_")}
    assert "JEROBOAM_ETCD_CA_KEY" not in config.heat_values
    daemon = next(file for file in config.files if file.path == "/etc/docker/daemon.json")
    assert "tcp://" not in daemon.content
    assert "unix:///run/docker.sock" in daemon.content


# --- managers -------------------------------------------------------------------------------------


def test_the_first_manager_begins_the_swarm(manager: Node) -> None:
    lab.up(manager, "10.8.0.6", state="inactive")
    done = _step(manager, "65-manager")
    assert done.returncode == 0, done.stderr
    (init,) = _docker(manager, "swarm init")
    for option in (
        "--advertise-addr 10.8.0.5", "--data-path-port 4789", "--availability drain", "--autolock",
        "--task-history-limit 3", "--default-addr-pool 10.32.0.0/13 --default-addr-pool 10.40.0.0/14",
    ):  # fmt: skip
        assert option in init
    # Docker gives certificates of 90 days until its CA is another one.
    calls = manager.called()
    rotated = "docker swarm ca --rotate --cert-expiry 8760h --quiet"
    assert calls.index(init) < calls.index(rotated) < calls.index("docker swarm join-token --quiet worker")
    assert not manager.exists("var/lib/jeroboam/swarm-began")
    assert lab.WORKER_TOKEN not in done.stdout + done.stderr
    assert manager.text("var/lib/jeroboam/swarm-unlock-key") == "SWMKEY-1-abc\n"
    assert manager.mode("var/lib/jeroboam/swarm-unlock-key") == 0o600
    assert "systemctl enable --quiet --now jeroboam-swarm.timer" in manager.called()


def test_a_manager_publishes_the_workers_token_where_no_other_process_sees_it(manager: Node) -> None:
    done = _step(manager, "65-manager")
    assert done.returncode == 0, done.stderr
    assert manager.text("published") == lab.WORKER_TOKEN
    (put,) = [call for call in manager.called() if " put " in call]
    assert put.endswith("put /jeroboam/swarm/worker-token")
    assert f"--cert {manager.root}/etc/etcd/pki/root.crt" in put
    assert lab.WORKER_TOKEN not in done.stdout + done.stderr + "".join(manager.called())


def test_a_second_run_begins_nothing(manager: Node) -> None:
    _step(manager, "65-manager")
    done = _step(manager, "65-manager")
    assert done.returncode == 0, done.stderr
    assert len(_docker(manager, "swarm init")) == 1


def test_a_swarm_whose_beginning_was_cut_off_has_its_lifetimes_set(manager: Node) -> None:
    manager.place("state", "active\n")
    manager.place("var/lib/jeroboam/swarm-began", "")
    assert _step(manager, "65-manager").returncode == 0
    assert len(_docker(manager, "swarm ca --rotate")) == 1
    assert _step(manager, "65-manager").returncode == 0
    assert len(_docker(manager, "swarm ca --rotate")) == 1


def test_another_manager_joins_by_the_one_that_answers_with_its_certificate(
    tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud
) -> None:
    node = lab.swarm_node(tmp_path, model, "master", 2, secrets, cloud)
    lab.up(node, "10.8.0.6")
    done = _step(node, "65-manager")
    assert done.returncode == 0, done.stderr
    assert not _docker(node, "swarm init")
    (join,) = lab.joins(node)
    assert join == {
        "ListenAddr": "10.8.0.7:2377",
        "AdvertiseAddr": "10.8.0.7",
        "RemoteAddrs": ["10.8.0.6:2377"],
        "JoinToken": lab.MANAGER_TOKEN,
        "Availability": "drain",
    }
    asked = [call for call in node.called() if "tcp://10.8.0.6:2376" in call]
    assert asked
    assert all("--tlsverify --tlscacert" in call for call in asked)
    assert not any(lab.MANAGER_TOKEN in call for call in node.called())


def test_a_replaced_first_manager_joins_the_swarm_that_another_is_in(manager: Node) -> None:
    lab.up(manager, "10.8.0.7")
    manager.place(
        "nodes", "own ci-master-0 Ready\nold ci-master-0 Down\nb ci-master-1 Ready\nc ci-web-0 Down\n"
    )
    done = _step(manager, "65-manager")
    assert done.returncode == 0, done.stderr
    assert not _docker(manager, "swarm init")
    assert lab.joins(manager)[0]["RemoteAddrs"] == ["10.8.0.7:2377"]
    assert _docker(manager, "node demote") == ["docker node demote old"]
    assert _docker(manager, "node rm") == ["docker node rm --force old"]


def test_a_first_manager_begins_no_second_swarm_beside_a_locked_one(manager: Node) -> None:
    lab.up(manager, "10.8.0.7", state="locked")
    done = _step(manager, "65-manager")
    assert done.returncode == 1
    assert "touch" in done.stderr
    assert "new-swarm" in done.stderr
    assert not _docker(manager, "swarm init")
    manager.place("var/lib/jeroboam/new-swarm", "")
    assert _step(manager, "65-manager").returncode == 0
    assert len(_docker(manager, "swarm init")) == 1


def test_a_locked_manager_is_unlocked_with_the_key_that_it_kept(manager: Node) -> None:
    manager.place("state", "locked\n")
    manager.place("var/lib/jeroboam/swarm-unlock-key", "SWMKEY-1-kept\n", 0o600)
    done = _step(manager, "65-manager")
    assert done.returncode == 0, done.stderr
    assert manager.text("unlocked-with") == "SWMKEY-1-kept\n"
    assert not any("SWMKEY" in call for call in manager.called())
    assert not _restarts(manager)


def test_docker_is_restarted_where_its_overlay_networks_did_not_start_when_it_was_unlocked(
    manager: Node,
) -> None:
    for name in ("without-peers", "locks"):
        manager.place(name, "")
    manager.place("state", "locked\n")
    manager.place("var/lib/jeroboam/swarm-unlock-key", "SWMKEY-1-kept\n", 0o600)
    done = _step(manager, "65-manager")
    assert done.returncode == 0, done.stderr
    assert len(_restarts(manager)) == 1
    assert manager.text("state") == "active\n"
    assert "overlay networks did not start when the swarm was unlocked" in done.stdout


def test_a_key_that_does_not_fit_is_said_and_nothing_is_restarted(manager: Node) -> None:
    manager.place("refuses-key", "")
    manager.place("state", "locked\n")
    manager.place("var/lib/jeroboam/swarm-unlock-key", "SWMKEY-1-old\n", 0o600)
    done = _step(manager, "65-manager")
    assert done.returncode == 1
    assert "swarm-unlock-key does not unlock" in done.stderr
    assert not _restarts(manager)


def test_a_locked_manager_whose_key_went_with_its_server_joins_the_others_anew(manager: Node) -> None:
    manager.place("state", "locked\n")
    done = _step(manager, "65-manager")
    assert done.returncode == 1
    assert "its key went with the server" in done.stderr
    assert not _docker(manager, "swarm leave")
    lab.up(manager, "10.8.0.7")
    assert _step(manager, "65-manager").returncode == 0
    assert len(_docker(manager, "swarm leave")) == 1
    assert lab.joins(manager)[0]["RemoteAddrs"] == ["10.8.0.7:2377"]


@pytest.mark.parametrize(
    ("others", "known", "runs", "kept"),
    [
        ((), "", False, True),
        (("10.8.0.7",), "{own}\nanother\n", False, True),
        (("10.8.0.7",), "another\n", True, True),
        (("10.8.0.7",), "another\n", False, False),
    ],
    ids=["nobody answers", "known", "Docker runs", "removed"],
)
def test_what_a_volume_kept_of_a_manager_goes_where_the_others_removed_it(
    manager: Node, others: tuple[str, ...], known: str, runs: bool, kept: bool
) -> None:
    """Docker would have a vote by its old certificate, which nobody lists."""
    assert _step(manager, "55-certificate").returncode == 0
    # Docker's certificate is of a random name; any does.
    own = manager.root / "etc/docker/pki/server.crt"
    manager.place("var/lib/docker/swarm/certificates/swarm-node.crt", own.read_text("utf-8"))
    manager.place("managers", known.format(own="ci-master-0"))
    if runs:
        manager.place("run/docker.pid", "7\n")
    lab.up(manager, *others)
    done = _step(manager, "57-returning")
    assert done.returncode == 0, done.stderr
    assert manager.exists("var/lib/docker/swarm") == kept


# --- workers --------------------------------------------------------------------------------------


def test_a_worker_joins_by_the_managers_that_listen(worker: Node) -> None:
    lab.up(worker, "10.8.0.5", "10.8.0.7")
    done = _step(worker, "65-join")
    assert done.returncode == 0, done.stderr
    (join,) = lab.joins(worker)
    assert join["RemoteAddrs"] == ["10.8.0.5:2377", "10.8.0.7:2377"]
    assert join["JoinToken"] == lab.WORKER_TOKEN
    assert join["AdvertiseAddr"] == "10.8.1.6"
    assert join["Availability"] == "active"
    assert lab.WORKER_TOKEN not in done.stdout + done.stderr + "".join(worker.called())
    assert _step(worker, "95-health").returncode == 0


def test_a_worker_asks_for_the_token_with_its_own_certificate(worker: Node) -> None:
    lab.up(worker, "10.8.0.6")
    assert _step(worker, "65-join").returncode == 0
    asked = [call for call in worker.called() if call.startswith("etcdctl ")]
    own = worker.root / "run/jeroboam/join"
    proof = f"--cacert {own}/ca.crt --cert {own}/client.crt --key {own}/client.key "
    assert {call.split()[2] for call in asked} == {"https://10.8.0.5:2379", "https://10.8.0.6:2379"}
    assert all(proof in call for call in asked)
    assert all(call.endswith(" get --print-value-only /jeroboam/swarm/worker-token") for call in asked)
    assert not [call for call in worker.called() if "tcp://" in call]
    _openssl("verify", "-purpose", "sslclient", "-CAfile", str(own / "ca.crt"), str(own / "client.crt"))
    subject = _openssl("x509", "-in", str(own / "client.crt"), "-noout", "-subject", "-nameopt", "RFC2253")
    assert "CN=swarm-join" in subject
    of_key = _openssl("pkey", "-in", str(own / "client.key"), "-pubout")
    assert _openssl("x509", "-in", str(own / "client.crt"), "-noout", "-pubkey") == of_key
    assert worker.mode("run/jeroboam/join/client.key") == 0o600


def test_a_worker_waits_while_no_manager_has_a_swarm(worker: Node) -> None:
    lab.up(worker, "10.8.0.5", state="inactive")
    done = _step(worker, "65-join")
    assert done.returncode == 1
    assert "timed out waiting for a manager to publish the join token" in done.stderr
    assert not lab.joins(worker)


def test_a_worker_whose_certificate_has_ended_is_told_so_and_does_not_wait(
    tmp_path: Path, model: ClusterModel, cloud: Cloud
) -> None:
    old = made(model.secrets, {}, random=Random(7), now=datetime.now(UTC) - timedelta(hours=25))
    worker = lab.swarm_node(tmp_path, model, "web", 1, old, cloud)
    lab.up(worker, "10.8.0.5")
    done = _step(worker, "65-join")
    assert done.returncode == 1
    assert "the certificate for fetching the join token expired on " in done.stderr
    assert not [call for call in worker.called() if call.startswith("etcdctl ")]
    worker.place("state", "active\n")
    assert _step(worker, "65-join").returncode == 0


def test_a_worker_in_the_swarm_stays_in_it(worker: Node, cloud: Cloud) -> None:
    worker.place("state", "active\n")
    assert _step(worker, "65-join").returncode == 0
    assert not lab.joins(worker)
    assert not cloud.requests


def test_a_worker_takes_nothing_else_for_a_token(worker: Node) -> None:
    worker.place("token", 'SWMTKN-1-x","Availability":"drain\n')
    lab.up(worker, "10.8.0.5")
    done = _step(worker, "65-join")
    assert done.returncode == 1
    assert "etcd on 10.8.0.5 returned something that is not a join token" in done.stderr
    assert not lab.joins(worker)


def test_a_refused_worker_says_what_docker_said_and_asks_anew(worker: Node) -> None:
    lab.up(worker, "10.8.0.5")
    worker.place("refused", "invalid join token")
    done = _step(worker, "65-join")
    assert done.returncode == 1
    assert "invalid join token" in done.stdout
    assert len(lab.joins(worker)) == 20
    # Once while it waits, then before each try, for the token may have been rotated.
    assert len([call for call in worker.called() if "worker-token" in call]) == 21


# --- what the leader keeps ------------------------------------------------------------------------


def test_the_leader_labels_nodes_and_forgets_the_replaced(manager: Node) -> None:
    manager.place(
        "nodes",
        "own ci-master-0 Ready Leader\nw1 ci-web-0 Ready\nw0 ci-web-0 Down\n"
        "d ci-web-1 Down\nm ci-web-0 Down Unreachable\n",
    )
    manager.place("labels/w1", "tier=web\ndisk=fast\n\n")
    done = manager.run_script("opt/jeroboam/keep.sh")
    assert done.returncode == 0, done.stderr
    assert _docker(manager, "node update") == [
        "docker node update --label-add tier=web --label-add disk=fast w1"
    ]
    assert _docker(manager, "node rm") == ["docker node rm --force w0"]


def test_the_leader_publishes_a_token_that_was_rotated(manager: Node) -> None:
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert len([call for call in manager.called() if " put " in call]) == 1
    manager.place("token", "SWMTKN-1-0a1b2c3d-rotated1\n")
    done = manager.run_script("opt/jeroboam/keep.sh")
    assert done.returncode == 0, done.stderr
    assert manager.text("published") == "SWMTKN-1-0a1b2c3d-rotated1"


def test_each_manager_writes_a_key_down_that_was_rotated(manager: Node) -> None:
    """Its own copy is all that it comes back with."""
    path = "var/lib/jeroboam/swarm-unlock-key"
    manager.place("leader", "false\n")
    manager.place(path, "SWMKEY-1-old\n", 0o600)
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert (manager.text(path), manager.mode(path)) == ("SWMKEY-1-abc\n", 0o600)


@pytest.mark.parametrize("answer", ["exit 1", "echo Swarm is encrypted and needs to be unlocked"])
def test_a_key_is_kept_where_docker_tells_none(manager: Node, answer: str) -> None:
    path = "var/lib/jeroboam/swarm-unlock-key"
    manager.place("leader", "false\n")
    manager.place(path, "SWMKEY-1-old\n", 0o600)
    manager.stub("docker", f'[[ "$*" != *unlock-key* ]] || {{ {answer}; exit; }}')
    manager.run_script("opt/jeroboam/keep.sh")
    assert manager.text(path) == "SWMKEY-1-old\n"


def test_without_etcd_the_leader_still_labels_nodes(manager: Node) -> None:
    manager.stub("etcdctl", "exit 1")
    manager.place("nodes", "w1 ci-web-0 Ready\n")
    manager.place("labels/w1", "tier=web\n\n")
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 1
    assert _docker(manager, "node update") == ["docker node update --label-add tier=web w1"]


def test_a_manager_that_does_not_lead_keeps_still(manager: Node, cloud: Cloud) -> None:
    manager.place("leader", "false\n")
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert not cloud.requests
    assert not _docker(manager, "node update")
    assert not manager.exists("published")


# --- etcd and Flannel -----------------------------------------------------------------------------

MEMBERS = r"""
case "$*" in
  *"https://10.8.0.6:2379"*"member list")
    printf "aaa1, started, master-1, https://10.8.0.6:2380, https://10.8.0.6:2379, false\n"
    printf "bbb2, %s, %s, https://10.8.0.5:2380, %s, false\n" MEMBER
    ;;
  *"member list") exit 1 ;;
  *"auth status") echo "Authentication Status: true" ;;
esac
"""


def test_etcd_knows_its_members_by_address_and_takes_no_client_for_a_peer(manager: Node) -> None:
    manager.stub("etcdctl", 'case "$*" in *"member list") exit 1 ;; esac')
    done = _step(manager, "45-etcd")
    assert done.returncode == 0, done.stderr
    env = dict(line.split("=", 1) for line in manager.text("etc/etcd/etcd.env").splitlines())
    assert env["ETCD_INITIAL_CLUSTER"] == (
        "master-0=https://10.8.0.5:2380,master-1=https://10.8.0.6:2380,master-2=https://10.8.0.7:2380"
    )
    assert env["ETCD_INITIAL_CLUSTER_STATE"] == "new"
    assert env["ETCD_CLIENT_CERT_AUTH"] == env["ETCD_PEER_CLIENT_CERT_AUTH"] == "true"
    pki = manager.root / "etc/etcd/pki"
    for name in ("server", "peer", "root"):
        _openssl("verify", "-CAfile", str(pki / "ca.crt"), str(pki / f"{name}.crt"))
    subject = _openssl("x509", "-in", str(pki / "peer.crt"), "-noout", "-subject", "-nameopt", "RFC2253")
    assert subject == f"subject=CN={env['ETCD_PEER_CERT_ALLOWED_CN']}\n"
    assert not list(pki.glob("ca.key"))


def test_etcd_lets_clients_in_once_it_has_its_users(
    manager: Node, tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud
) -> None:
    listen = "grep LISTEN_CLIENT $JEROBOAM_ROOT/etc/etcd/etcd.env >>$JEROBOAM_ROOT/calls"
    manager.stub("systemctl", f'case "$*" in *"restart --no-block etcd.service") {listen} ;; esac')
    done = _step(manager, "45-etcd")
    assert done.returncode == 0, done.stderr
    order = [call for call in manager.called() if "ETCD_LISTEN" in call or " auth enable" in call]
    alone, enabled, to_all = order
    assert alone == "ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379"
    assert enabled.startswith("etcdctl --endpoints https://127.0.0.1:2379 ")
    assert to_all == "ETCD_LISTEN_CLIENT_URLS=https://10.8.0.5:2379,https://127.0.0.1:2379"
    assert sorted(manager.text("users").split()) == ["flannel", "root", "swarm-join"]
    other = lab.swarm_node(tmp_path, model, "master", 1, secrets, cloud)
    other.stub("etcdctl", 'case "$*" in *"auth status") echo "Authentication Status: false" ;; esac')
    done = _step(other, "45-etcd")
    assert done.returncode == 1
    assert "timed out waiting for the first master to give etcd its users" in done.stderr
    assert "https://10.8.0.6" not in other.text("etc/etcd/etcd.env").split("ETCD_ADVERTISE")[0]


@pytest.mark.parametrize(
    ("member", "expected", "changes"),
    [
        ("started master-0 https://10.8.0.5:2379", "existing", ["remove bbb2", "add master-0"]),
        ("started master-0 ''", "new", []),
        ("unstarted '' ''", "existing", []),
    ],
    ids=["a predecessor", "a cluster that is coming up", "put in by an earlier try"],
)
def test_a_replaced_member_takes_its_predecessors_place(
    manager: Node, member: str, expected: str, changes: list[str]
) -> None:
    manager.stub("timeout", 'case "$*" in *" 10.8.0.6") ;; *) exit 124 ;; esac')
    manager.stub("etcdctl", MEMBERS.replace("MEMBER", member))
    done = _step(manager, "45-etcd")
    assert done.returncode == 0, done.stderr
    assert f"ETCD_INITIAL_CLUSTER_STATE={expected}\n" in manager.text("etc/etcd/etcd.env")
    made = [call.partition(" member ")[2] for call in manager.called() if " member " in call]
    assert [" ".join(call.split()[:2]) for call in made if not call.startswith("list")] == changes


def test_a_master_to_whom_no_other_listens_asks_none_for_members(manager: Node) -> None:
    manager.stub("timeout", "exit 124")
    done = _step(manager, "45-etcd")
    assert done.returncode == 0, done.stderr
    assert "ETCD_INITIAL_CLUSTER_STATE=new\n" in manager.text("etc/etcd/etcd.env")
    assert not [call for call in manager.called() if "member list" in call]


def test_etcd_data_of_another_cluster_is_refused(manager: Node) -> None:
    manager.place("var/lib/etcd/data/member/wal", "x")
    manager.place("var/lib/etcd/cluster", "another CA\n")
    done = _step(manager, "45-etcd")
    assert done.returncode == 1
    assert "not this cluster's" in done.stderr


def test_flannel_is_configured_by_one_master_and_run_on_each_node(manager: Node, worker: Node) -> None:
    done = _step(manager, "50-flannel-config")
    assert done.returncode == 0, done.stderr
    (put,) = [call for call in manager.called() if " put " in call]
    assert put.endswith("put /coreos.com/network/config")
    assert "https://10.8.0.5:2379,https://10.8.0.6:2379,https://10.8.0.7:2379" in put
    done = _step(worker, "51-flannel")
    assert done.returncode == 0, done.stderr
    env = dict(line.split("=", 1) for line in worker.text("etc/flannel/flanneld.env").splitlines())
    assert env["FLANNELD_IFACE"] == "10.8.1.6"
    pki = worker.root / "etc/flannel/pki"
    _openssl("verify", "-purpose", "sslclient", "-CAfile", str(pki / "ca.crt"), str(pki / "client.crt"))
    assert worker.mode("etc/flannel/pki/client.key") == 0o600


@pytest.mark.parametrize(("known", "inserted"), [(0, 0), (1, 1)], ids=["there already", "not yet"])
def test_containers_of_other_hosts_are_let_through_once(worker: Node, known: int, inserted: int) -> None:
    worker.stub("iptables", f'case "$*" in *--check*) exit {known} ;; esac')
    done = worker.run("opt/jeroboam/flannel-forward.sh", FLANNEL_NETWORK="10.50.0.0/16")
    assert done.returncode == 0, done.stderr
    inserts = [call for call in worker.called() if "--insert" in call]
    wanted = "--insert DOCKER-USER --source 10.50.0.0/16 --destination 10.50.0.0/16 --jump ACCEPT"
    assert inserts == [f"iptables --wait {wanted}"] * inserted


# --- after the end of its own certificate ------------------------------------------------------------


def _ended(node: Node, days: int = -3) -> None:
    """Has Docker be out of the swarm, as it is where this node's certificate is over; with what renews it."""
    for name, left in (("renewed.crt", 365), ("var/lib/docker/swarm/certificates/swarm-node.crt", days)):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "own")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=90))
            .not_valid_after(now + timedelta(days=left))
            .sign(key, hashes.SHA256())
        )
        node.place(name, certificate.public_bytes(serialization.Encoding.PEM).decode())
    node.place("var/lib/docker/swarm/docker-state.json", "{}")
    node.place("state", "error\n")


@pytest.fixture
def open_manager(tmp_path: Path, cloud: Cloud) -> Callable[[int], Node]:
    """A manager of three whose swarm is not locked, by its index."""
    planned = plan_spec(str(GOLDEN / "swarm/fedora_coreos/ha/cluster.yaml")).value
    assert planned is not None
    secrets = lab.secret_values(planned)

    def of(index: int) -> Node:
        node = lab.swarm_node(tmp_path, planned, "master", index, secrets, cloud)
        node.place(
            "etc/jeroboam/cluster.env",
            node.text("etc/jeroboam/cluster.env").replace(
                "JEROBOAM_AUTOLOCK='true'", "JEROBOAM_AUTOLOCK='false'"
            ),
        )
        return node

    return of


def test_the_first_manager_goes_on_from_its_data_where_all_have_ended(
    open_manager: Callable[[int], Node],
) -> None:
    node = open_manager(0)
    _ended(node)
    lab.up(node, "10.8.0.6", "10.8.0.7", state="error")
    done = node.run_script("opt/jeroboam/keep.sh")
    assert done.returncode == 0, done.stderr
    (init,) = _docker(node, "swarm init")
    assert "--force-new-cluster --advertise-addr 10.8.0.5 --listen-addr 10.8.0.5:2377" in init
    assert not node.exists("var/lib/docker/swarm/docker-state.json")
    assert not node.exists("var/lib/jeroboam/reviving")
    assert not _docker(node, "swarm leave")
    assert _restarts(node)


def test_what_was_cut_off_while_it_went_on_goes_on(open_manager: Callable[[int], Node]) -> None:
    """Docker knows of no swarm then, and one that is begun would forget all."""
    node = open_manager(0)
    _ended(node)
    lab.up(node, "10.8.0.6", "10.8.0.7", state="error")
    node.place("state", "inactive\n")
    node.place("var/lib/jeroboam/reviving", "")
    assert node.run_script("opt/jeroboam/keep.sh").returncode == 0
    (init,) = _docker(node, "swarm init")
    assert "--force-new-cluster" in init


@pytest.mark.parametrize("silent", [("10.8.0.6",), ("10.8.0.6", "10.8.0.7")])
def test_it_waits_for_managers_that_say_nothing(
    open_manager: Callable[[int], Node], silent: tuple[str, ...]
) -> None:
    """They may have gone on without it: two swarms of one would be worse than none."""
    node = open_manager(0)
    _ended(node)
    lab.up(node, *({"10.8.0.6", "10.8.0.7"} - set(silent)), state="error")
    done = node.run_script("opt/jeroboam/keep.sh", JEROBOAM_BOOTSTRAP_SECONDS="10")
    assert done.returncode == 1
    assert "timed out waiting for another manager to be in the swarm" in done.stderr
    assert not _docker(node, "swarm init")
    assert not _docker(node, "swarm leave")


def test_a_manager_whose_certificate_ended_alone_joins_the_others(
    open_manager: Callable[[int], Node],
) -> None:
    node = open_manager(2)
    _ended(node)
    lab.up(node, "10.8.0.6")
    done = node.run_script("opt/jeroboam/keep.sh")
    assert done.returncode == 0, done.stderr
    assert not _docker(node, "swarm init")
    assert len(lab.joins(node)) == 1


def test_locked_data_are_left_to_whoever_has_the_key(manager: Node) -> None:
    _ended(manager)
    lab.up(manager, "10.8.0.6", "10.8.0.7", state="error")
    done = manager.run_script("opt/jeroboam/keep.sh")
    assert done.returncode == 1
    assert "its data are locked" in done.stderr
    assert not _docker(manager, "swarm init")


def test_an_error_of_another_kind_is_none_of_it(open_manager: Callable[[int], Node]) -> None:
    node = open_manager(0)
    _ended(node, days=9)
    node.place("leader", "false\n")
    assert node.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert not _docker(node, "swarm init")


# --- a manager that is left alone -----------------------------------------------------------------

MARK = "5" * 12
ETCD_ENV = "ETCD_NAME=master-0\nETCD_INITIAL_CLUSTER_STATE=new\n"


def test_etcd_follows_a_manager_that_goes_on_alone(manager: Node) -> None:
    manager.place("etc/etcd/etcd.env", ETCD_ENV)
    manager.place("etcd-lost", "")
    manager.place("alone", f"wanted-{MARK}\n")
    done = manager.run_script("opt/jeroboam/keep.sh")
    assert done.returncode == 0, done.stderr
    assert manager.text("etcd-began-with") == f"{ETCD_ENV}ETCD_FORCE_NEW_CLUSTER=true\n"
    # What restarts it later must not take away who has joined since.
    assert manager.text("etc/etcd/etcd.env") == ETCD_ENV
    assert manager.text("alone") == f"done-{MARK}\n"
    assert manager.text("published") == lab.WORKER_TOKEN
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert manager.called().count("systemctl restart --no-block etcd.service") == 1


def test_an_etcd_that_does_not_follow_is_tried_again(manager: Node) -> None:
    for name in ("etcd-lost", "etcd-ends"):
        manager.place(name, "")
    manager.place("etc/etcd/etcd.env", ETCD_ENV)
    manager.place("alone", f"wanted-{MARK}\n")
    assert manager.run_script("opt/jeroboam/keep.sh").returncode != 0
    assert manager.text("alone") == f"wanted-{MARK}\n"
    (manager.root / "etcd-ends").unlink()
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert manager.text("etcd-began-with") == f"{ETCD_ENV}ETCD_FORCE_NEW_CLUSTER=true\n"
    assert manager.text("etc/etcd/etcd.env") == ETCD_ENV


@pytest.mark.parametrize("alone", ["", "done-555555555555\n"], ids=["never", "long ago"])
def test_an_etcd_with_its_quorum_is_left_alone(manager: Node, alone: str) -> None:
    manager.place("alone", alone)
    assert manager.run_script("opt/jeroboam/keep.sh").returncode == 0
    assert "systemctl restart --no-block etcd.service" not in manager.called()


ALONE = r"""
case "$*" in
  "--endpoints https://10.8.0.7:2379 "*"member list")
    printf "aaa1, started, master-2, https://10.8.0.7:2380, https://10.8.0.7:2379, false\\n"
    TRIED
    ;;
  "--endpoints https://10.8.0.7:2379 "*"member add master-1 "*)
    printf 'Member ccc3 added to cluster ddd4\\n\\nETCD_NAME="master-1"\\n'
    printf 'ETCD_INITIAL_CLUSTER="master-2=https://10.8.0.7:2380,master-1=https://10.8.0.6:2380"\\n'
    ;;
  *"member "*) exit 1 ;;
  *"auth status") echo "Authentication Status: true" ;;
esac
"""
TRIED = r'printf "ccc3, unstarted, , https://10.8.0.6:2380, , false\n"'


@pytest.mark.parametrize("tried", ["", TRIED], ids=["at first", "again"])
def test_etcd_of_one_that_joins_a_lone_member_is_told_of_those_two(joining: Node, tried: str) -> None:
    """No more than it knows is taken by etcd, and the others join later."""
    joining.stub("etcdctl", ALONE.replace("TRIED", tried))
    joining.stub("timeout", '[ "$2" != bash ] || exit 0; shift; exec "$@"')
    assert _step(joining, "42-restored").returncode == 0
    done = _step(joining, "45-etcd")
    assert done.returncode == 0, (done.stdout, done.stderr)
    env = dict(line.split("=", 1) for line in joining.text("etc/etcd/etcd.env").splitlines())
    assert env["ETCD_INITIAL_CLUSTER"] == "master-1=https://10.8.0.6:2380,master-2=https://10.8.0.7:2380"
    assert env["ETCD_INITIAL_CLUSTER_STATE"] == "existing"


def test_etcd_of_one_that_is_to_join_begins_no_cluster_of_its_own(joining: Node) -> None:
    joining.stub("etcdctl", 'case "$*" in *"member "*) exit 1 ;; esac')
    joining.stub("timeout", '[ "$2" != bash ] || exit 0; shift; exec "$@"')
    assert _step(joining, "42-restored").returncode == 0
    done = _step(joining, "45-etcd")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "no other master's etcd takes this one as a member"
    assert not joining.exists("etc/etcd/etcd.env")
    assert "systemctl restart --no-block etcd.service" not in joining.called()


KEPT = {"var/lib/etcd/data": "etcd", "var/lib/docker/swarm": "a vote"}


@pytest.fixture
def joining(tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud) -> Node:
    """A manager that joins one that is left, with the volumes of before."""
    node = lab.swarm_node(tmp_path, model, "master", 1, secrets, cloud, restore="5" * 64)
    for folder, text in KEPT.items():
        node.place(f"{folder}/of-before", text)
    return node


def test_what_volumes_kept_of_a_lost_quorum_is_set_aside(joining: Node) -> None:
    joining.place("var/lib/etcd/data-before-000000000000/older", "of a restoration before")
    done = _step(joining, "42-restored")
    assert done.returncode == 0, done.stderr
    for folder, text in KEPT.items():
        assert not joining.exists(folder)
        assert joining.text(f"{folder}-before-{MARK}/of-before") == text
    assert not joining.exists("var/lib/etcd/data-before-000000000000")
    joining.place("var/lib/etcd/data/new", "joined")
    assert _step(joining, "42-restored").returncode == 0
    assert joining.text("var/lib/etcd/data/new") == "joined"


def test_what_a_server_before_had_joined_with_is_no_copy_to_keep(joining: Node) -> None:
    assert _step(joining, "42-restored").returncode == 0
    # Its server is made anew once more, as it failed.
    (joining.root / "var/lib/jeroboam/restored").unlink()
    joining.place("var/lib/etcd/data/half", "joined")
    assert _step(joining, "42-restored").returncode == 0
    assert not joining.exists("var/lib/etcd/data")
    assert joining.text(f"var/lib/etcd/data-before-{MARK}/of-before") == "etcd"


def test_volumes_keep_their_data_where_nothing_is_restored(manager: Node) -> None:
    manager.place("var/lib/etcd/data/new", "ours")
    assert _step(manager, "42-restored").returncode == 0
    assert manager.text("var/lib/etcd/data/new") == "ours"


def test_a_lone_manager_has_nobody_to_join() -> None:
    planned = plan_spec(str(GOLDEN / "swarm/ubuntu/minimal/cluster.yaml")).value
    assert planned is not None
    paths = {file.path for file in lab.role(planned, "master").config.files}
    assert "/opt/jeroboam/steps/65-manager.sh" in paths
    assert "/opt/jeroboam/steps/42-restored.sh" not in paths

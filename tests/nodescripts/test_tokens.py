"""Join tokens of Kubernetes: what masters derive and keep there, what a worker is told of its own."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from jeroboam.deploy.diagnosis.causes import known
from jeroboam.drivers.kubernetes.secrets import TOKEN_HOURS
from jeroboam.model.types import ClusterModel
from jeroboam.secrets.lifetime import window_at, window_token
from jeroboam.secrets.recipes import made
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node, node_of
from tests.nodescripts.test_kubernetes import API, FACTS, place_control_plane
from tests.unit.drivers.kubernetes.planned import plan

DAY = timedelta(hours=TOKEN_HOURS)
KUBECTL = """
for word; do case $word in --kubeconfig) file=next;; *) [ "$file" = next ] && file=$word;; esac; done
[ -e "$file" ] || exit 1
case "$*" in
  *" apply "*) ;;
  *kubeadm-config*) exec grep ^kubernetesVersion: "$JEROBOAM_ROOT/etc/jeroboam/kubeadm/init.yaml" ;;
  *) exit 0 ;;
esac
cat >"$JEROBOAM_ROOT/applied.yaml"
[ ! -e "$JEROBOAM_ROOT/api-is-down" ]
"""
"""kubectl that takes what is applied, by a kubeconfig that exists."""
KUBEADM = 'case $1 in kubeconfig) echo made;; join) cp "$3" "$JEROBOAM_ROOT/used.yaml";; esac'


@pytest.fixture(scope="module")
def model() -> ClusterModel:
    """Three masters and a group of workers."""
    return plan(masters={"count": 3, "flavor": "m"})


def _secrets(model: ClusterModel, age: timedelta = timedelta(0)) -> dict[str, str]:
    return made(model.secrets, {}, random=Random(1), now=datetime.now(UTC) - age)


def _node(folder: Path, model: ClusterModel, name: str, secrets: Mapping[str, str], cloud: Cloud) -> Node:
    role = model.roles[0 if "-master-" in name else 1]
    node = node_of(folder, role, name, cloud, secrets, FACTS)
    node.stub("curl", API, quiet=True)
    node.stub("kubeadm", KUBEADM)
    node.stub("kubectl", KUBECTL)
    node.stub("systemctl")
    place_control_plane(node, role)
    node.stub("ip", "echo 10.0.0.9 via 10.0.0.1 dev ens3 src 10.0.0.77 uid 0")
    for address in ("10.0.0.5", "10.0.0.6", "10.0.0.9"):
        node.place(f"up/{address}", "200")
    return node


@pytest.fixture
def master(tmp_path: Path, model: ClusterModel, cloud: Cloud) -> Node:
    """The second master."""
    return _node(tmp_path, model, "prod-master-1", _secrets(model), cloud)


def _step(node: Node, name: str) -> subprocess.CompletedProcess[str]:
    return node.run_script(f"opt/jeroboam/steps/{name}.sh")


def _applied(node: Node) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(node.text("applied.yaml")))


def _tried(node: Node) -> bool:
    return any(call.startswith("kubeadm join") for call in node.called())


@pytest.mark.parametrize("seed", range(3))
def test_a_master_derives_what_the_secrets_file_has(seed: int, master: Node) -> None:
    """Over the windows of a hundred years, of an hour and of a day, for keys of any bytes."""
    random = Random(seed)
    key = bytes([0, 255, *random.randbytes(30)])
    numbers = [0, 35, 36, 20785, 20786, 36**6 - 1, *(random.randrange(1_400_000) for _ in range(60))]
    done = master.bash(
        f"use tokens\nJEROBOAM_TOKEN_KEY={base64.b64encode(key).decode()}\n"
        f"for number in {' '.join(map(str, numbers))}; do\n"
        '  window_token "$number"\ndone'
    )
    assert done.stdout.splitlines() == [window_token(key, number) for number in numbers]


@pytest.mark.parametrize("name", ["prod-master-0", "prod-master-2"])
def test_masters_keep_the_tokens_of_the_window_and_its_neighbours(
    name: str, tmp_path: Path, model: ClusterModel, cloud: Cloud
) -> None:
    secrets = _secrets(model)
    node = _node(tmp_path, model, name, secrets, cloud)
    node.place("etc/kubernetes/admin.conf", "an administrator's\n")
    assert _step(node, "62-tokens").returncode == 0
    key, now = base64.b64decode(secrets["join_token_key"]), window_at(datetime.now(UTC), TOKEN_HOURS)
    tokens = []
    for number, secret in zip((now - 1, now, now + 1), _applied(node), strict=True):
        data = {field: base64.b64decode(value).decode() for field, value in secret["data"].items()}
        tokens.append(f"{data['token-id']}.{data['token-secret']}")
        assert tokens[-1] == window_token(key, number)
        ends = datetime.fromisoformat(data["expiration"])
        assert window_at(ends, TOKEN_HOURS) == window_at(ends - timedelta(seconds=1), TOKEN_HOURS) + 1
        assert window_at(ends, TOKEN_HOURS) == number + 2
        assert secret["metadata"] == {
            "name": f"bootstrap-token-{data['token-id']}",
            "namespace": "kube-system",
        }
        assert secret["type"] == "bootstrap.kubernetes.io/token"
        assert data["usage-bootstrap-authentication"] == data["usage-bootstrap-signing"] == "true"
        assert data["auth-extra-groups"] == "system:bootstrappers:kubeadm:default-node-token"
    # A worker is given the one of the window.
    assert base64.b64decode(secrets["bootstrap_token"]).decode() == tokens[1]
    assert "systemctl enable --quiet --now jeroboam-upkeep.timer" in node.called()


def test_masters_all_make_the_same(tmp_path: Path, model: ClusterModel, cloud: Cloud) -> None:
    found = []
    for index in range(3):
        node = _node(tmp_path, model, f"prod-master-{index}", _secrets(model), cloud)
        node.place("etc/kubernetes/admin.conf", "an administrator's\n")
        assert _step(node, "62-tokens").returncode == 0
        found.append(node.text("applied.yaml"))
    assert found == [found[0]] * 3


def test_a_timer_runs_the_step_again(master: Node) -> None:
    units = "etc/systemd/system/jeroboam-upkeep"
    assert "[Timer]\n" in master.text(f"{units}.timer")
    (words,) = re.findall(r"^ExecStart=/bin/bash (.+)$", master.text(f"{units}.service"), re.MULTILINE)
    assert words.endswith("-tokens.sh")
    runner, script = words.split()
    master.place("etc/kubernetes/admin.conf", "an administrator's\n")
    assert master.run(runner, f"{master.root}{script}").returncode == 0
    assert len(_applied(master)) == 3


def test_an_api_that_does_not_answer_fails_the_step(master: Node) -> None:
    master.place("etc/kubernetes/admin.conf", "an administrator's\n")
    master.place("api-is-down", "")
    assert _step(master, "62-tokens").returncode == 1
    assert not any("enable" in call for call in master.called())


def test_neither_key_nor_token_is_an_argument_that_other_processes_see(
    master: Node, model: ClusterModel
) -> None:
    """Each program that the derivation starts is asked for its own."""
    for name in ("base64", "od", "tr", "sha256sum", "cut", "sed", "date", "cat"):
        master.stub(name, f'exec /usr/bin/{name} "$@"')
    master.place("etc/kubernetes/admin.conf", "an administrator's\n")
    assert _step(master, "62-tokens").returncode == 0
    seen = "\n".join(master.called())
    assert seen.count("sha256sum") == 6
    key = base64.b64decode(_secrets(model)["join_token_key"])
    hidden = [base64.b64encode(key).decode(), key.hex()]
    hidden += [base64.b64decode(secret["data"]["token-secret"]).decode() for secret in _applied(master)]
    assert not [text for text in hidden if text in seen]


def test_a_master_that_joins_makes_sure_of_its_token_first(master: Node) -> None:
    """The other masters may be of an earlier version, which knows no token but one of its own."""
    assert _step(master, "60-control-plane").returncode == 0
    calls = [
        " ".join(call.split()[:2]) for call in master.called() if call.startswith(("kubeadm", "kubectl"))
    ]
    assert calls.index("kubeadm kubeconfig") < len(calls) - 1 - calls[::-1].index("kubectl --kubeconfig")
    assert calls[-2:] == ["kubectl --kubeconfig", "kubeadm join"]
    (document,) = yaml.safe_load_all(master.text("used.yaml"))
    data = _applied(master)[1]["data"]
    token = ".".join(base64.b64decode(data[f"token-{part}"]).decode() for part in ("id", "secret"))
    assert document["discovery"]["bootstrapToken"]["token"] == token


def test_a_master_whose_file_is_old_joins_all_the_same(
    tmp_path: Path, model: ClusterModel, cloud: Cloud
) -> None:
    node = _node(tmp_path, model, "prod-master-1", _secrets(model, 30 * DAY), cloud)
    assert _step(node, "60-control-plane").returncode == 0
    assert _tried(node)


@pytest.mark.parametrize("windows", [2, 3, 400])
def test_a_worker_whose_token_has_ended_says_so_and_asks_nobody(
    windows: int, tmp_path: Path, model: ClusterModel, cloud: Cloud
) -> None:
    worker = _node(tmp_path, model, "prod-default-0", _secrets(model, windows * DAY), cloud)
    done = _step(worker, "60-join")
    now = window_at(datetime.now(UTC), TOKEN_HOURS)
    ended = datetime.fromtimestamp(0, UTC) + DAY * (now - windows + 2)
    assert done.returncode == 1
    assert (
        f"the join token in this node's user data expired on {ended:%Y-%m-%d %H:%M:%S} UTC; here it is 2"
        in (done.stderr)
    )
    assert not _tried(worker)
    found = known("console", f"step 60-join failed (exit 1): {done.stderr}", {})
    assert found is not None
    assert found.id == "join-token-ended"


@pytest.mark.parametrize("windows", [-1, 0, 1])
def test_a_token_is_good_in_its_window_and_the_neighbours(
    windows: int, tmp_path: Path, model: ClusterModel, cloud: Cloud
) -> None:
    """A node's clock may be off by as much."""
    worker = _node(tmp_path, model, "prod-default-0", _secrets(model, windows * DAY), cloud)
    done = _step(worker, "60-join")
    assert (done.returncode, _tried(worker)) == (0, True), done.stderr


@pytest.mark.parametrize("token", ["qvx3k2.0123456789abcdef", "zzzzzz.0123456789abcdef", "none at all"])
def test_a_token_of_no_window_is_left_to_kubeadm(
    token: str, tmp_path: Path, model: ClusterModel, cloud: Cloud
) -> None:
    """Such as one of an earlier version, or of `kubeadm token create`."""
    secrets = {**_secrets(model), "bootstrap_token": base64.b64encode(token.encode()).decode()}
    worker = _node(tmp_path, model, "prod-default-0", secrets, cloud)
    done = _step(worker, "60-join")
    if re.fullmatch(r"\w{6}\.\w{16}", token):
        assert (done.returncode, _tried(worker)) == (0, True), done.stderr
    else:
        assert "the value of BOOTSTRAP_TOKEN has characters that are not allowed there" in done.stderr

"""The Kubernetes steps as the compiler hands them to a node: who begins, who joins, and in what order."""

from __future__ import annotations

import base64
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import yaml

from jeroboam.model.types import ClusterModel, HeatFact, Role
from jeroboam.pipeline import plan_spec
from jeroboam.secrets.recipes import made
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import FRAGMENTS, Node, node_of
from tests.support.cases import GOLDEN

FACTS = {
    HeatFact.API_ADDRESS: "10.0.0.9",
    HeatFact.API_PUBLIC_ADDRESS: "203.0.113.9",
    HeatFact.MASTER_ADDRESSES: "0=10.0.0.5 1=10.0.0.6 2=10.0.0.7",
    HeatFact.SUBNET_CIDR: "10.0.0.0/24",
    HeatFact.SUBNET_ID: "5f0c2d1e-8a4b-4d0c-9a58-3f6f0e7f4a11",
    HeatFact.EXTERNAL_NETWORK: "public",
    HeatFact.ETCD_VOLUMES: "0=1b4e28ba-2fa1-11d2-883f-b9a761bde3fb",
    HeatFact.DOCKER_VOLUMES: "0=1b4e28ba-2fa1-11d2-883f-b9a761bde3fc",
    HeatFact.RESTORE: "",
}

API = """
case "$*" in */readyz*) ;; *) exec /usr/bin/curl "$@" ;; esac
for word; do :; done
host=${word#https://}
host=${host%:*}
[ -e "$JEROBOAM_ROOT/up/$host" ] || exit 7
cat "$JEROBOAM_ROOT/up/$host"
"""
"""curl that plays the API servers listed in up/, each file holding an HTTP status."""
KUBEADM = """
case "$1 $2" in "init --config" | "join --config")
  mkdir -p "$JEROBOAM_ROOT/up"
  echo -n 200 >"$JEROBOAM_ROOT/up/10.0.0.5"
  cp "$3" "$JEROBOAM_ROOT/used.yaml"
  ;;
esac
"""
KUBEADM_THAT_STUMBLES = """
case $1 in
  reset) rm -rf "$JEROBOAM_ROOT/etc/kubernetes/pki" ;;
  join)
    [ -e "$JEROBOAM_ROOT/etc/kubernetes/pki/ca.key" ] && [ -e "$JEROBOAM_ROOT/failed" ] && exit 0
    touch "$JEROBOAM_ROOT/failed"
    exit 1
    ;;
esac
"""
KUBECTL_OF_TWO_MASTERS = r"""
case "$*" in
  *"get pods"*) printf "pod/etcd-everything-master-0\npod/etcd-everything-master-1\n" ;;
  *"member list"*)
    printf "aaa1, started, m1, https://10.0.0.6:2380, https://10.0.0.6:2379, false\n"
    printf "bbb2, started, m0, https://10.0.0.5:2380, https://10.0.0.5:2379, false\n"
    ;;
  *kubeadm-config*) echo "kubernetesVersion: v1.36.5" ;;
esac
"""
KUBECTL_OF_A_CLUSTER = r"""
cluster="$JEROBOAM_ROOT/cluster"
for word; do :; done
case "$*" in
  *"get configmap kubeadm-config"*ClusterConfiguration*) cat "$cluster/version" ;;
  *"get configmap kubeadm-config"*annotations*)
    word=${word##*annotations.}
    cat "$cluster/${word%\}}" 2>/dev/null || :
    ;;
  *"annotate configmap kubeadm-config"*) echo "${word#*=}" >"$cluster/${word%%=*}" ;;
  *component=kube-apiserver*) cat "$cluster/others" 2>/dev/null || : ;;
esac
"""
"""A cluster is a folder: the version that masters join with, marks, and the images of other masters."""
KUBEADM_OF_A_CLUSTER = """
cluster="$JEROBOAM_ROOT/cluster/version"
case "$* " in
  "init phase upload-config all "* | "init --config "*)
    grep ^kubernetesVersion: "$JEROBOAM_ROOT/run/jeroboam/init.yaml" >"$cluster"
    ;;
  "join "*)
    for name in kube-apiserver kube-controller-manager kube-scheduler; do
      sed "s,^kubernetesVersion: ,    image: r/$name:," "$cluster" \\
        >"$JEROBOAM_ROOT/etc/kubernetes/manifests/$name.yaml"
    done
    ;;
esac
"""
"""kubeadm that joins with the version that the cluster has, whatever its own is."""
KUBECTL_THAT_KEEPS_THE_SECRET = """
case "$*" in
  *"create secret"*) cp "$JEROBOAM_ROOT/run/jeroboam/cloud.conf" "$JEROBOAM_ROOT/seen.conf" ;;
  *"create configmap cloud-proxy"*) cp "$JEROBOAM_ROOT/run/jeroboam/proxy" "$JEROBOAM_ROOT/seen.env" ;;
  *) cat >/dev/null ;;
esac
"""


@pytest.fixture(scope="module")
def model() -> ClusterModel:
    """Three masters with everything that runs on one."""
    planned = plan_spec(str(GOLDEN / "kubernetes/ubuntu/everything/cluster.yaml")).value
    assert planned is not None
    return planned


@pytest.fixture(scope="module")
def secrets(model: ClusterModel) -> dict[str, str]:
    """Real secrets."""
    values = made(model.secrets, {}, random=Random(1), now=datetime.now(UTC))
    given = {"application_credential_id": "cred-id", "application_credential_secret": 'cred#;$(x)"'[:-1]}
    return {**values, **{name: base64.b64encode(text.encode()).decode() for name, text in given.items()}}


def place_control_plane(node: Node, role: Role) -> None:
    """Static pods of the version that nodes of a role are given, as kubeadm would make them."""
    version = role.config.environment["JEROBOAM_COE_VERSION"]
    for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        image = f"    image: r/{component}:v{version}\n"
        node.place(f"etc/kubernetes/manifests/{component}.yaml", image)


def node_of_role(tmp_path: Path, name: str, role: Role, secrets: dict[str, str], cloud: Cloud) -> Node:
    """A node of a role, with all that user data gives it, and stubs for what would change this machine."""
    node = node_of(tmp_path, role, name, cloud, secrets, FACTS)
    node.stub("curl", API, quiet=True)
    node.stub("kubeadm")
    node.stub("kubectl", KUBECTL_OF_A_CLUSTER)
    version = role.config.environment["JEROBOAM_COE_VERSION"]
    node.place("cluster/version", f"kubernetesVersion: v{version}\n")
    place_control_plane(node, role)
    node.stub("ip", "echo 10.0.0.9 via 10.0.0.1 dev ens3 src 10.0.0.77 uid 0")
    for stub in ("systemctl", "modprobe", "sysctl", "swapoff"):
        node.stub(stub)
    return node


@pytest.fixture
def master(tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud) -> Node:
    """The first master; its API answers once kubeadm has run."""
    node = node_of_role(tmp_path, "everything-master-0", model.roles[0], secrets, cloud)
    node.stub("kubeadm", KUBEADM)
    return node


def up(node: Node, *addresses: str, code: str = "200") -> None:
    for address in addresses:
        node.place(f"up/{address}", code)


def run_step(node: Node, name: str) -> subprocess.CompletedProcess[str]:
    return node.run_script(f"opt/jeroboam/steps/{name}.sh")


def kubeadm_calls(node: Node) -> list[str]:
    return [call.removeprefix("kubeadm ") for call in node.called() if call.startswith("kubeadm ")]


def test_pki_is_placed_with_tight_permissions(master: Node, secrets: dict[str, str]) -> None:
    done = run_step(master, "50-pki")
    assert done.returncode == 0, done.stderr
    for path, secret, mode in (
        ("ca.crt", "cluster_ca_cert", 0o644),
        ("ca.key", "cluster_ca_key", 0o600),
        ("etcd/ca.key", "etcd_ca_key", 0o600),
        ("front-proxy-ca.key", "front_proxy_ca_key", 0o600),
        ("sa.key", "service_account_key", 0o600),
        ("sa.pub", "service_account_public_key", 0o644),
    ):
        assert master.text(f"etc/kubernetes/pki/{path}").encode() == base64.b64decode(secrets[secret])
        assert master.mode(f"etc/kubernetes/pki/{path}") == mode


def test_the_first_master_begins_the_cluster(master: Node) -> None:
    done = run_step(master, "60-control-plane")
    assert done.returncode == 0, done.stdout + done.stderr
    pull, init = kubeadm_calls(master)
    assert pull.startswith("config images pull --config")
    assert init.startswith("init --config")
    assert init.endswith("--skip-token-print")
    documents = list(yaml.safe_load_all(master.text("used.yaml")))
    assert re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", documents[0]["bootstrapTokens"][0]["token"])
    assert documents[0]["localAPIEndpoint"] == {"advertiseAddress": "10.0.0.5", "bindPort": 6443}
    assert documents[0]["nodeRegistration"]["name"] == "everything-master-0"
    assert documents[1]["controlPlaneEndpoint"] == "10.0.0.9:6443"
    assert documents[1]["apiServer"]["certSANs"][:5] == [
        "10.0.0.9",
        "203.0.113.9",
        "10.0.0.5",
        "10.0.0.6",
        "10.0.0.7",
    ]
    assert not master.exists("run/jeroboam/init.yaml")


def test_a_rerun_after_the_cluster_began_leaves_it_alone(master: Node) -> None:
    assert run_step(master, "60-control-plane").returncode == 0
    before = kubeadm_calls(master)
    assert run_step(master, "60-control-plane").returncode == 0
    assert kubeadm_calls(master) == before


def test_a_second_try_takes_over_what_the_first_left(master: Node) -> None:
    master.stub(
        "kubeadm", 'case $1 in init) mkdir -p "$JEROBOAM_ROOT/var/lib/etcd/data/member"; exit 1;; esac'
    )
    assert run_step(master, "60-control-plane").returncode == 1
    last = kubeadm_calls(master)[-1]
    for leftover in (
        "DirAvailable--var-lib-etcd-data",
        "FileAvailable--etc-kubernetes-manifests-etcd.yaml",
        "Port-6443",
    ):
        assert leftover in last
    assert not any("reset" in call for call in kubeadm_calls(master))


TIMED_OUT = 'case $1 in init | join) echo "error: timed out waiting for the condition"; exit 1 ;; esac'


def _said(node: Node, step: str) -> str:
    """What Heat would be told of a step that fails."""
    done = run_step(node, step)
    assert done.returncode == 1
    return "\n".join(done.stdout.splitlines()[-3:])


def test_a_time_out_of_kubeadm_tells_what_the_daemons_said(master: Node) -> None:
    """Of all their starts the last failure; a line that tells of none is not one."""
    master.stub("kubeadm", TIMED_OUT)
    master.stub("journalctl", "echo 'E0101 10:00:00.1 1 kubelet.go:1] \"node not found\"'", quiet=True)
    for name, start, time, line in (
        ("kube-apiserver", 9, "00:09", "Error: unknown flag: --no-such"),
        ("kube-apiserver", 10, "00:10", 'E0101 1 run.go:72] "command failed" err="no certificate"'),
        ("kube-apiserver", 11, "00:11", "I0101 1 options.go:1] external host was not specified"),
        ("etcd", 0, "00:01", '{"level":"info","msg":"ready to serve"}'),
    ):
        path = f"var/log/pods/kube-system_{name}-everything-master-0_1/{name}/{start}.log"
        master.place(path, f"2026-01-01T{time}:00.1Z stderr F {line}\n")
    said = _said(master, "60-control-plane")
    assert 'last words of kube-apiserver: E0101 1 run.go:72] "command failed" err="no certificate"' in said
    assert "error: timed out waiting for the condition" in said
    path = "var/log/pods/kube-system_etcd-everything-master-0_1/etcd/1.log"
    master.place(path, '2026-01-01T00:02:00.1Z stderr F {"level":"fatal","error":"no space left"}\n')
    said = _said(master, "60-control-plane")
    assert 'last words of etcd: {"level":"fatal","error":"no space left"}; kube-apiserver: E0101' in said


def test_where_no_pod_began_it_is_kubelet_that_is_heard(worker: Node) -> None:
    up(worker, "10.0.0.9")
    worker.stub("kubeadm", TIMED_OUT)
    worker.stub("journalctl", "echo 'I0101 up'; echo 'E0101 1 run.go:74] \"no such image\"'", quiet=True)
    assert 'last words of kubelet: E0101 1 run.go:74] "no such image"' in _said(worker, "60-join")


def test_a_replaced_first_master_joins_the_others(master: Node) -> None:
    up(master, "10.0.0.6", code="401")
    master.stub("kubectl", KUBECTL_OF_TWO_MASTERS)
    done = run_step(master, "60-control-plane")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not any(call.startswith("init --config") for call in kubeadm_calls(master))
    removed = [call for call in master.called() if "member remove" in call]
    assert len(removed) == 1
    assert removed[0].endswith("member remove bbb2")
    assert "exec pod/etcd-everything-master-1" in removed[0]
    (document,) = yaml.safe_load_all(master.text("used.yaml"))
    assert document["discovery"]["bootstrapToken"]["caCertHashes"][0].startswith("sha256:")
    assert document["controlPlane"]["localAPIEndpoint"]["advertiseAddress"] == "10.0.0.5"


def test_a_replaced_master_with_its_data_keeps_its_membership(master: Node) -> None:
    assert run_step(master, "60-control-plane").returncode == 0
    master.place("var/lib/etcd/data/member/snap", "x")
    for path in ("in-control-plane", "init-began"):
        (master.root / "var/lib/jeroboam" / path).unlink()
    up(master, "10.0.0.7")
    assert run_step(master, "60-control-plane").returncode == 0
    assert "--ignore-preflight-errors=DirAvailable--var-lib-etcd-data" in kubeadm_calls(master)[-1]
    assert kubeadm_calls(master)[-1].startswith("join")
    assert not any("member" in call for call in master.called())


def test_data_of_another_cluster_is_refused(master: Node) -> None:
    master.place("var/lib/etcd/data/member/snap", "x")
    master.place("var/lib/etcd/cluster", "sha256:another\n")
    done = run_step(master, "60-control-plane")
    assert done.returncode == 1
    assert "not this cluster's (its CA differs)" in done.stderr
    assert kubeadm_calls(master) == []


def test_later_masters_wait_for_each_lower_one(
    tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud
) -> None:
    node = node_of_role(tmp_path, "everything-master-2", model.roles[0], secrets, cloud)
    up(node, "10.0.0.5", "10.0.0.7")
    done = run_step(node, "60-control-plane")
    assert done.returncode == 1
    assert "timed out waiting for the API server of master 1 at 10.0.0.6" in done.stderr
    assert not any(call.startswith("join") for call in kubeadm_calls(node))
    up(node, "10.0.0.6")
    assert run_step(node, "60-control-plane").returncode == 0
    assert any(call.startswith("join") for call in kubeadm_calls(node))


def test_a_failed_join_is_taken_back_and_tried_again(
    tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud
) -> None:
    node = node_of_role(tmp_path, "everything-master-1", model.roles[0], secrets, cloud)
    up(node, "10.0.0.5", "10.0.0.6")
    node.stub("kubeadm", KUBEADM_THAT_STUMBLES)
    done = run_step(node, "60-control-plane")
    assert done.returncode == 0, done.stdout + done.stderr
    verbs = [call.split()[0] for call in kubeadm_calls(node)]
    assert [verb for verb in verbs if verb in ("join", "reset")] == ["join", "reset", "join"]


@pytest.fixture
def worker(tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud) -> Node:
    """A worker of the first group."""
    return node_of_role(tmp_path, "everything-default-0", model.roles[1], secrets, cloud)


def test_a_worker_joins_with_the_pinned_ca_only(worker: Node, secrets: dict[str, str]) -> None:
    up(worker, "10.0.0.9")
    worker.stub("kubeadm", 'cp "$3" "$JEROBOAM_ROOT/used.yaml"')
    done = run_step(worker, "60-join")
    assert done.returncode == 0, done.stdout + done.stderr
    (document,) = yaml.safe_load_all(worker.text("used.yaml"))
    discovery = document["discovery"]["bootstrapToken"]
    assert discovery["apiServerEndpoint"] == "10.0.0.9:6443"
    assert discovery["token"].encode() == base64.b64decode(secrets["bootstrap_token"])
    ca = base64.b64decode(secrets["cluster_ca_cert"])
    key = subprocess.run(
        ["openssl", "x509", "-pubkey", "-noout"], input=ca, capture_output=True, check=True
    ).stdout
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "der"], input=key, capture_output=True, check=True
    )
    digest = subprocess.run(["sha256sum"], input=der.stdout, capture_output=True, check=True).stdout.decode()
    assert discovery["caCertHashes"] == ["sha256:" + digest.split()[0]]
    arguments = {a["name"]: a["value"] for a in document["nodeRegistration"]["kubeletExtraArgs"]}
    assert arguments["node-ip"] == "10.0.0.77"
    assert worker.exists("var/lib/jeroboam/joined")


def test_a_worker_waits_for_the_api_and_gives_up(worker: Node) -> None:
    done = run_step(worker, "60-join")
    assert done.returncode == 1
    assert "waiting for the API at 10.0.0.9" in done.stderr
    assert not any(call.startswith("join") for call in kubeadm_calls(worker))


def test_a_join_begun_before_a_reboot_is_taken_back_first(worker: Node) -> None:
    up(worker, "10.0.0.9")
    worker.place("var/lib/jeroboam/join-began", "")
    assert run_step(worker, "60-join").returncode == 0
    assert [call.split()[0] for call in kubeadm_calls(worker)] == ["reset", "join"]


def test_the_encryption_key_reaches_a_valid_configuration(master: Node, secrets: dict[str, str]) -> None:
    assert run_step(master, "55-encryption").returncode == 0
    document = yaml.safe_load(master.text("etc/kubernetes/encryption.yaml"))
    (key,) = document["resources"][0]["providers"][0]["secretbox"]["keys"]
    assert key["secret"] == secrets["encryption_key"]
    assert len(base64.b64decode(key["secret"])) == 32
    assert master.mode("etc/kubernetes/encryption.yaml") == 0o600


def encrypted_with(master: Node, secrets: dict[str, str], lines: str) -> subprocess.CompletedProcess[str]:
    """The step, where the secret is such a text."""
    given, other = secrets["encryption_key"], base64.b64encode(lines.encode()).decode()
    heat = master.text("etc/jeroboam/heat.env")
    assert given in heat
    master.place("etc/jeroboam/heat.env", heat.replace(given, other), 0o600)
    return run_step(master, "55-encryption")


def test_while_it_is_rotated_two_keys_read_and_the_first_one_writes(
    master: Node, secrets: dict[str, str]
) -> None:
    new = base64.b64encode(bytes(32)).decode()
    lines = f"key-1a2b3c4d {new}\nkey1 {secrets['encryption_key']}\n"
    done = encrypted_with(master, secrets, lines)
    assert done.returncode == 0, done.stderr
    document = yaml.safe_load(master.text("etc/kubernetes/encryption.yaml"))
    assert document["resources"][0]["providers"] == [
        {
            "secretbox": {
                "keys": [
                    {"name": "key-1a2b3c4d", "secret": new},
                    {"name": "key1", "secret": secrets["encryption_key"]},
                ]
            }
        },
        {"identity": {}},
    ]


@pytest.mark.parametrize("lines", ["key1 c2hvcnQ=\n", "a b: c\n", "x" * 31])
def test_what_is_no_key_is_none(master: Node, secrets: dict[str, str], lines: str) -> None:
    done = encrypted_with(master, secrets, lines)
    assert done.returncode == 1
    assert "the encryption key is neither 32 bytes nor lines of a name and a key" in done.stderr
    assert not master.exists("etc/kubernetes/encryption.yaml")


def test_manifests_are_applied_in_order_by_the_first_master_only(
    master: Node, tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud
) -> None:
    assert run_step(master, "70-manifests").returncode == 0
    applied = [call.split("/")[-1] for call in master.called() if "apply --server-side" in call]
    assert applied == sorted(applied)
    assert applied[0] == "10-flannel.yaml"
    assert applied[-1] == "50-00-manifest.yaml"
    other = node_of_role(tmp_path, "everything-master-1", model.roles[0], secrets, cloud)
    assert run_step(other, "70-manifests").returncode == 0
    assert not any("apply" in call for call in other.called())


def test_cloud_conf_is_quoted_and_does_not_stay(master: Node) -> None:
    master.stub("kubectl", KUBECTL_THAT_KEEPS_THE_SECRET)
    done = run_step(master, "65-cloud-config")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = master.text("seen.conf").splitlines()
    assert 'application-credential-id="cred-id"' in lines
    assert 'application-credential-secret="cred#;$(x)"' in lines
    assert 'region="RegionOne"' in lines
    assert any(
        line.startswith('auth-url="http://127.0.0.1') and line.endswith('/identity/v3"') for line in lines
    )
    assert not any(line.startswith("floating-network-id") for line in lines)
    assert not master.exists("run/jeroboam/cloud.conf")
    assert "cred#" not in "\n".join(master.called())


@pytest.mark.parametrize(
    ("provider", "lines"),
    [
        ("", []),
        ("amphora", ['lb-provider="amphora"']),
        ("ovn", ['lb-provider="ovn"', 'lb-method="SOURCE_IP_PORT"']),
    ],
)
def test_services_have_load_balancers_of_the_specs_provider(
    master: Node, provider: str, lines: list[str]
) -> None:
    settings = "etc/jeroboam/cluster.env"
    named = f"JEROBOAM_BALANCER_PROVIDER='{provider}'"
    master.place(settings, re.sub("(?m)^JEROBOAM_BALANCER_PROVIDER=.*", named, master.text(settings)))
    master.stub("kubectl", KUBECTL_THAT_KEEPS_THE_SECRET)
    assert run_step(master, "65-cloud-config").returncode == 0
    written = master.text("seen.conf").splitlines()
    assert [line for line in written if line.startswith("lb-")] == lines


def test_the_default_storage_class_is_made_anew(master: Node) -> None:
    """Nobody may change one: a first master that was replaced would not come up with another type."""
    assert run_step(master, "70-manifests").returncode == 0
    calls = [call.split("jeroboam/")[-1] for call in master.called() if call.startswith("kubectl")]
    deleted = next(at for at, call in enumerate(calls) if "delete storageclass csi-cinder" in call)
    assert calls[deleted + 1].endswith("21-cinder-csi.yaml")


def test_logins_to_registries_are_kubelets_alone(worker: Node) -> None:
    """In the folder that kubelet works in, for none but root, and in no log."""
    worker.step("48-logins", "kubernetes/steps/logins.sh")
    logins = '{"auths": {"r.example.org": {"auth": "bWU6c2VjcmV0"}}}'
    done = worker.run_script(
        "opt/jeroboam/steps/48-logins.sh",
        JEROBOAM_REGISTRY_CREDENTIALS=base64.b64encode(logins.encode()).decode(),
    )
    assert done.returncode == 0, done.stderr
    placed = worker.root / "etc/jeroboam/logins/config.json"
    assert placed.read_text("utf-8") == logins
    assert placed.stat().st_mode & 0o777 == 0o600
    assert "bWU6" not in done.stdout + done.stderr + "".join(worker.called())
    unit = (FRAGMENTS / "kubernetes/kubelet-logins.conf").read_text("utf-8")
    assert "WorkingDirectory=/etc/jeroboam/logins\n" in unit


def test_addons_reach_the_cloud_by_the_nodes_proxy(master: Node) -> None:
    """What is not to go by it is named like the node's own, Kubernetes' services among it."""
    assert master.run_script("opt/jeroboam/proxy.sh").returncode == 0
    master.stub("kubectl", KUBECTL_THAT_KEEPS_THE_SECRET)
    done = run_step(master, "65-cloud-config")
    assert done.returncode == 0, done.stdout + done.stderr
    seen = dict(line.split("=", 1) for line in master.text("seen.env").splitlines())
    assert seen.keys() == {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    assert seen["HTTPS_PROXY"] == "http://proxy.example.org:3128"
    assert {"10.254.0.0/16", "10.0.0.0/24", "169.254.169.254"} <= set(seen["NO_PROXY"].split(","))
    for addon in ("20-cloud-controller-manager", "21-cinder-csi"):
        documents = list(yaml.safe_load_all(master.text(f"etc/jeroboam/manifests/{addon}.yaml")))
        containers = [
            container
            for document in documents
            if document["kind"] in ("DaemonSet", "Deployment")
            for container in document["spec"]["template"]["spec"]["containers"]
            if "--cloud-config=/etc/config/cloud.conf" in container.get("args", ())
        ]
        assert containers
        assert all(c["envFrom"] == [{"configMapRef": {"name": "cloud-proxy"}}] for c in containers)


def test_the_proxy_leaves_the_cluster_out(worker: Node) -> None:
    worker.place("etc/environment", 'PATH="/usr/bin"\n')
    for _ in range(2):
        assert worker.run_script("opt/jeroboam/proxy.sh").returncode == 0
    text = worker.text("etc/jeroboam/proxy.env")
    direct = next(line for line in text.splitlines() if line.startswith("NO_PROXY=")).split("'")[1].split(",")
    addresses = "10.0.0.0/24 10.0.0.9 203.0.113.9 10.0.0.5 10.0.0.6 10.0.0.7 10.128.0.0/14 10.254.0.0/16"
    names = "169.254.169.254 localhost .svc .cluster.example.org example.org"
    expected = {*addresses.split(), *names.split()}
    assert expected <= set(direct)
    assert "https_proxy='http://proxy.example.org:3128'" in text
    assert worker.text("etc/environment").count("HTTP_PROXY") == 1
    assert worker.text("etc/environment").startswith('PATH="/usr/bin"\n')
    assert "https_proxy=http://proxy.example.org:3128" in worker.bash("env").stdout


def test_old_control_groups_are_no_reason_to_refuse(worker: Node) -> None:
    """From 1.35 on kubeadm refuses them, whatever kubelet is told."""
    up(worker, "10.0.0.9")
    (worker.root / "sys/fs/cgroup/memory").mkdir(parents=True)
    assert run_step(worker, "60-join").returncode == 0
    assert kubeadm_calls(worker)[-1].endswith("--ignore-preflight-errors=SystemVerification")


def test_old_control_groups_are_no_reason_to_refuse_a_master(master: Node) -> None:
    (master.root / "sys/fs/cgroup/memory").mkdir(parents=True)
    assert run_step(master, "60-control-plane").returncode == 0
    assert kubeadm_calls(master)[-1].endswith("--ignore-preflight-errors=SystemVerification")


def test_hooks_run_in_order_and_know_their_node(worker: Node) -> None:
    for path in (worker.root / "etc/jeroboam/hooks/pre").iterdir():
        path.unlink()
    worker.place(
        "etc/jeroboam/hooks/pre/00-a.sh",
        '#!/bin/sh\necho "$NODE_NAME $NODE_INDEX" >"$JEROBOAM_ROOT/a"\n',
        0o755,
    )
    worker.place("etc/jeroboam/hooks/pre/01-b.sh", "#!/bin/sh\necho no luck; exit 7\n", 0o755)
    worker.place("etc/jeroboam/hooks/pre/02-c.sh", '#!/bin/sh\ntouch "$JEROBOAM_ROOT/c"\n', 0o755)
    done = run_step(worker, "15-pre-hooks")
    assert done.returncode == 7
    assert worker.text("a") == "everything-default-0 0\n"
    assert not worker.exists("c")


def test_preflight_tells_doors_apart(worker: Node, cloud: Cloud) -> None:
    table = worker.text("etc/jeroboam/artifacts.list")
    worker.place(
        "etc/jeroboam/artifacts.list", table.replace("https://mirror.example.org/upstream", cloud.url)
    )
    done = run_step(worker, "10-preflight")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Keystone answers at" in done.stdout
    assert "Heat answers at" in done.stdout
    assert done.stdout.count("the download server answers at") == 1
    worker.place(
        "etc/jeroboam/artifacts.list",
        table.replace("https://mirror.example.org/upstream", "http://127.0.0.1:9"),
    )
    closed = run_step(worker, "10-preflight")
    assert closed.returncode == 7
    assert (
        "cannot reach the download server at http://127.0.0.1:9/ (curl exit 7: connection refused"
        in closed.stdout
    )


def test_preflight_names_keystone_first(worker: Node, cloud: Cloud) -> None:
    heat = worker.text("etc/jeroboam/heat.env").replace(cloud.url, "http://no-such-host.invalid:5000")
    worker.place("etc/jeroboam/heat.env", heat, 0o600)
    done = run_step(worker, "10-preflight")
    assert done.returncode == 6
    assert (
        "cannot reach Keystone at http://no-such-host.invalid:5000/identity/v3 (curl exit 6:" in done.stdout
    )


def test_a_distro_without_fstab_has_no_swap_in_it(worker: Node) -> None:
    assert not worker.exists("etc/fstab")
    assert run_step(worker, "25-swap").returncode == 0
    assert not worker.exists("etc/fstab")


CHRONY = "pool 2.example.org iburst\nsourcedir /run/chrony-dhcp\ndriftfile /var/lib/chrony/drift\n"


@pytest.mark.parametrize("place", ["etc/chrony.conf", "etc/chrony/chrony.conf"])
def test_the_clock_is_set_by_the_specs_servers(worker: Node, place: str) -> None:
    """Once more after a reboot: each server stands there once."""
    worker.environment(JEROBOAM_NTP_SERVERS="ntp1.example.org 10.0.0.123")
    worker.step("05-time", "common/steps/time.sh")
    worker.place(place, CHRONY)
    for _ in range(2):
        assert run_step(worker, "05-time").returncode == 0
    kept = "driftfile /var/lib/chrony/drift\n"
    assert worker.text(place) == kept + "server ntp1.example.org iburst\nserver 10.0.0.123 iburst\n"
    timesyncd = worker.text("etc/systemd/timesyncd.conf.d/90-jeroboam.conf")
    assert "NTP=ntp1.example.org 10.0.0.123\nFallbackNTP=\n" in timesyncd
    restarted = [call.split()[-1] for call in worker.called() if "try-restart" in call]
    assert restarted[:3] == ["chronyd.service", "chrony.service", "systemd-timesyncd.service"]


def test_swap_is_off_for_good(worker: Node) -> None:
    worker.place(
        "etc/fstab", "UUID=a / ext4 defaults 0 1\n/swapfile none swap sw 0 0\nUUID=b\tnone\tswap\tsw\t0\t0\n"
    )
    for _ in range(2):
        assert run_step(worker, "25-swap").returncode == 0
    assert worker.text("etc/fstab") == (
        "UUID=a / ext4 defaults 0 1\n"
        "# jeroboam: /swapfile none swap sw 0 0\n"
        "# jeroboam: UUID=b\tnone\tswap\tsw\t0\t0\n"
    )
    assert worker.called()[0] == "swapoff --all"


def test_a_kernel_without_a_module_is_named(worker: Node) -> None:
    worker.stub("modprobe", '[ "$1" != vxlan ]')
    done = run_step(worker, "20-kernel")
    assert done.returncode == 1
    assert "kernel module 'vxlan' cannot be loaded" in done.stderr


DNS_ANSWERS = r"printf 'JB\x81\x80\0\1\0\1'"
DNS_KNOWS_NOTHING = r"printf 'JB\x81\x83\0\1\0\0'"


KUBECTL_OF_A_NODE_THAT_IS_UP = """
case "$*" in
  *"get endpoints"*nodeName*) cat "$JEROBOAM_ROOT/elsewhere" ;;
  *"get endpoints"*) echo -n 10.50.3.2 ;;
  *) echo -n True ;;
esac
"""


@pytest.fixture
def joined(worker: Node) -> Node:
    """A worker on which all works, and CoreDNS as well."""
    worker.stub("kubectl", KUBECTL_OF_A_NODE_THAT_IS_UP)
    worker.place("elsewhere", "")
    worker.stub("curl")
    worker.stub("timeout", DNS_ANSWERS)
    worker.place("run/flannel/subnet.env", "FLANNEL_MTU=1450\n")
    return worker


def _later(node: Node, program: str, script: str, before: str = "exit 1", matching: str = "*") -> None:
    """A program that works from the third call on; of calls that do not match, from the first."""
    asked = f'"$JEROBOAM_ROOT/asked-{program}"'
    first = (
        f'case "$*" in {matching}) echo >>{asked}; [[ $(wc -l <{asked}) -gt 2 ]] || {{ {before}; }} ;; esac'
    )
    node.stub(program, f"{first}\n{script}")


def test_health_waits_for_the_node_to_be_ready(joined: Node) -> None:
    _later(joined, "kubectl", KUBECTL_OF_A_NODE_THAT_IS_UP, "echo -n False; exit", "*'get node '*")
    assert run_step(joined, "95-health").returncode == 0
    assert sum(" get node " in call for call in joined.called()) == 3
    assert any("get node everything-default-0" in call for call in joined.called())


def test_health_waits_for_flannel_on_a_node_that_is_ready(joined: Node) -> None:
    """Of its configuration alone a node is Ready, before flanneld has a subnet."""
    asked, subnet = '"$JEROBOAM_ROOT/asked"', '"$JEROBOAM_ROOT/run/flannel/subnet.env"'
    joined.place("run/flannel/subnet.env", "")
    joined.stub("sleep", f"echo >>{asked}; [[ $(wc -l <{asked}) -lt 3 ]] || echo FLANNEL_MTU=1450 >{subnet}")
    assert run_step(joined, "95-health").returncode == 0
    assert sum(call.startswith("sleep") for call in joined.called()) == 3


def test_health_waits_for_calico_on_a_node_that_is_ready(joined: Node) -> None:
    _later(joined, "curl", "", matching="*:9099/readiness")
    settings = "etc/jeroboam/cluster.env"
    joined.place(settings, re.sub("(?m)^(JEROBOAM_NETWORK=).*", r"\1calico", joined.text(settings)))
    done = run_step(joined, "95-health")
    assert done.returncode == 0, done.stderr
    assert "waiting for calico on node everything-default-0" in done.stderr
    assert sum(call.endswith("http://127.0.0.1:9099/readiness") for call in joined.called()) == 3


def test_a_kube_proxy_that_ends_keeps_the_node_from_being_up(joined: Node) -> None:
    """Nodes were Ready, and no service was reached."""
    joined.stub("curl", 'case "$*" in *:10256/*) exit 7 ;; esac')
    joined.stub("sleep", "exec /bin/sleep 0.5")
    said = "E1128 10:00:00.1 1 server.go:1] Error running ProxyServer: no ipset"
    log = f"2026-11-28T10:00:00.1Z stderr F {said}\n"
    joined.place("var/log/pods/kube-system_kube-proxy-x7k_0f/kube-proxy/3.log", log)
    settings = "etc/jeroboam/cluster.env"
    joined.place(settings, re.sub("(?m)^(JEROBOAM_BOOTSTRAP_SECONDS=).*", r"\g<1>10", joined.text(settings)))
    step = "opt/jeroboam/steps/95-health.sh"
    text = joined.text(step)
    assert "heard=0" in text
    joined.place(step, text.replace("heard=0", "heard=-60"))
    done = run_step(joined, "95-health")
    assert done.returncode == 1
    assert "timed out waiting for kube-proxy on node everything-default-0" in done.stderr
    assert f"kube-proxy: {said}" in done.stdout


ACROSS = """
case "$*" in
  *http://10.50.9.2:53) echo -n 0.000000; exit 28 ;;
  *http://10.50.3.2:53) echo -n 0.000412; exit 52 ;;
esac
"""


def test_health_asks_other_nodes_pods_as_a_pod_of_this_one(joined: Node) -> None:
    """From the address of their bridge, which loopback has meanwhile where no pod has made it."""
    joined.place("elsewhere", "10.50.9.2 10.50.3.2")
    joined.place("run/flannel/subnet.env", "FLANNEL_SUBNET=10.50.7.1/24\nFLANNEL_MTU=1450\n")
    joined.stub("ip")
    joined.stub("curl", ACROSS)
    done = run_step(joined, "95-health")
    assert done.returncode == 0, done.stderr
    asked = [call for call in joined.called() if ":53" in call]
    assert [call.rpartition("/")[2] for call in asked] == ["10.50.9.2:53", "10.50.3.2:53"]
    assert all("--interface 10.50.7.1 " in call for call in asked)
    changes = [call for call in joined.called() if call.startswith("ip address")]
    assert changes == ["ip address add 10.50.7.1/32 dev lo", "ip address del 10.50.7.1/32 dev lo"]


def test_the_first_node_that_is_up_says_that_it_could_ask_no_other(joined: Node) -> None:
    done = run_step(joined, "95-health")
    assert done.returncode == 0
    assert "no other node runs CoreDNS" in done.stdout
    assert not [call for call in joined.called() if ":53" in call or call.startswith("ip address")]


@pytest.mark.parametrize(
    ("connects", "answers", "told"),
    [
        (
            "0.000000",
            DNS_ANSWERS,
            "a packet from this node's pods (10.50.7.1) to reach CoreDNS on other nodes (10.50.3.2)",
        ),
        ("0.000412", DNS_KNOWS_NOTHING, "CoreDNS on other nodes (10.50.3.2) to know kubernetes."),
    ],
    ids=["packets", "names"],
)
def test_a_network_that_ends_at_the_node_keeps_it_from_being_up(
    joined: Node, connects: str, answers: str, told: str
) -> None:
    """Node, flannel and kube-proxy are well, and CoreDNS here would answer."""
    joined.place("elsewhere", "10.50.3.2")
    joined.place("run/flannel/subnet.env", "FLANNEL_SUBNET=10.50.7.1/24\nFLANNEL_MTU=1450\n")
    joined.stub("curl", f'case "$*" in *:53) echo -n {connects}; exit 28 ;; esac')
    joined.stub("timeout", answers)
    settings = "etc/jeroboam/cluster.env"
    joined.place(settings, re.sub("(?m)^(JEROBOAM_BOOTSTRAP_SECONDS=).*", r"\g<1>10", joined.text(settings)))
    done = run_step(joined, "95-health")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"timed out waiting for {told}")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("exit 124", "CoreDNS to answer node everything-default-0 at 10.254.0.10"),
        (DNS_KNOWS_NOTHING, "CoreDNS to know kubernetes.default.svc.cluster.example.org"),
    ],
)
def test_health_waits_for_names(joined: Node, answer: str, why: str) -> None:
    """What answers is a pod, as a rule of another node; what it does not know is another fault."""
    _later(joined, "timeout", DNS_ANSWERS, before=f"{answer}; exit")
    done = run_step(joined, "95-health")
    assert done.returncode == 0, done.stderr
    assert f"waiting for {why}" in done.stderr


def test_a_question_to_dns_is_read_by_dns(joined: Node) -> None:
    """As a resolver of its own reads it: RFC 1035, 4.1."""
    assert run_step(joined, "95-health").returncode == 0
    question = (joined.root / "run/jeroboam/question").read_bytes()
    labels = ("kubernetes", "default", "svc", "cluster", "example", "org")
    name = b"".join(bytes([len(label)]) + label.encode() for label in labels)
    assert question == b"JB\x01\0\0\1\0\0\0\0\0\0" + name + b"\0\0\1\0\1"


# --- kubelet -------------------------------------------------------------------------------------

SYSTEMCTL_OF_A_KUBELET_THAT_ENDS = """
[ "$1" = show ] || exit 0
read -r count <"$JEROBOAM_ROOT/restarts"
[ ! -e "$JEROBOAM_ROOT/kubelet-began" ] || echo $((count + 1)) >"$JEROBOAM_ROOT/restarts"
echo "$count"
"""
KUBEADM_THAT_WAITS = """
case "$1 $2" in "init --config" | "join --config")
  touch "$JEROBOAM_ROOT/kubelet-began"
  for _ in {1..300}; do /bin/sleep 0.1; done
  touch "$JEROBOAM_ROOT/waited"
  exit 1
  ;;
esac
"""


def _kubelet_ends(node: Node) -> None:
    node.place("restarts", "40\n")
    node.stub("systemctl", SYSTEMCTL_OF_A_KUBELET_THAT_ENDS)
    node.stub("journalctl", 'echo "kubelet: no such cgroup"')
    node.stub("kubeadm", KUBEADM_THAT_WAITS)


def _what_kubelet_says_ends_the_step(node: Node, step: str) -> list[str]:
    """At once and for good: kubeadm is neither waited for nor tried again. What was asked of kubeadm."""
    done = run_step(node, step)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1, "kubelet keeps exiting: kubelet: no such cgroup"
    )  # fmt: skip
    assert not node.exists("waited")
    calls = [call for call in node.called() if call.startswith(("kubeadm ", "systemctl stop"))]
    return [" ".join(call.split()[:3]) for call in calls if "images" not in call]


def test_a_kubelet_that_ends_ends_the_worker(worker: Node) -> None:
    up(worker, "10.0.0.9")
    _kubelet_ends(worker)
    asked = _what_kubelet_says_ends_the_step(worker, "60-join")
    assert asked == ["systemctl stop kubelet.service", "kubeadm join --config"]


def test_a_kubelet_that_ends_ends_the_first_master(master: Node) -> None:
    _kubelet_ends(master)
    asked = _what_kubelet_says_ends_the_step(master, "60-control-plane")
    assert asked == ["systemctl stop kubelet.service", "kubeadm init --config"]


def test_a_kubelet_that_ends_ends_another_master(
    tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud
) -> None:
    node = node_of_role(tmp_path, "everything-master-1", model.roles[0], secrets, cloud)
    up(node, "10.0.0.5")
    _kubelet_ends(node)
    asked = _what_kubelet_says_ends_the_step(node, "60-control-plane")
    assert asked[-2:] == ["systemctl stop kubelet.service", "kubeadm join --config"]


def test_a_kubelet_that_restarts_now_and_then_ends_nothing(worker: Node) -> None:
    """Before kubeadm has run there is nothing for it to start with, and later it takes a certificate up."""
    up(worker, "10.0.0.9")
    worker.place("restarts", "40 0 1 2\n")
    worker.stub(
        "systemctl",
        '[ "$1" = show ] || exit 0\n'
        'read -r count rest <"$JEROBOAM_ROOT/restarts"\n'
        'echo "${rest:-$count}" >"$JEROBOAM_ROOT/restarts"\necho "$count"',
    )
    worker.stub("kubeadm", "for _ in {1..10}; do /bin/sleep 0.1; done")
    done = run_step(worker, "60-join")
    assert done.returncode == 0, done.stderr
    assert sum(call.startswith("systemctl show") for call in worker.called()) > 3


@pytest.mark.parametrize("step", ["90-api-health", "95-health"])
def test_health_tells_of_a_kubelet_that_ends(master: Node, step: str) -> None:
    _kubelet_ends(master)
    master.place("kubelet-began", "")
    for program in ("curl", "kubectl"):
        master.stub(program, "exit 7")
    done = run_step(master, step)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1, "kubelet keeps exiting: kubelet: no such cgroup"
    )  # fmt: skip


DUAL_STACK = GOLDEN / "kubernetes/ubuntu/flannel-wireguard/cluster.yaml"
ADDRESSES = """
echo "$*" >>"$JEROBOAM_ROOT/asked"
case $* in
  *"route get"*) echo 10.0.0.9 via 10.0.0.1 dev ens3 src 10.0.0.77 uid 0 ;;
  "-o -4 address show to "*) echo "2: ens3    inet $6/24 brd 10.0.0.255 scope global dynamic ens3" ;;
  "-o -6 address show dev ens3 scope global")
    [ "$(grep -c -e "-o -6" "$JEROBOAM_ROOT/asked")" -gt 1 ] || exit 0
    echo "2: ens3    inet6 fd00:5::9/64 scope global temporary dynamic \\\\       valid_lft 3s"
    echo "2: ens3    inet6 fd00:5::8/64 scope global tentative \\\\       valid_lft 3s"
    echo "2: ens3    inet6 fd00:5::7/64 scope global dynamic mngtmpaddr \\\\       valid_lft 3s"
    ;;
esac
"""
"""Router advertisements come a moment after the first question."""


@pytest.mark.parametrize(
    ("role", "step", "address"), [(0, "60-control-plane", "10.0.0.5"), (1, "60-join", "10.0.0.77")]
)
def test_a_node_of_two_families_tells_kubelet_both(
    tmp_path: Path, cloud: Cloud, role: int, step: str, address: str
) -> None:
    planned = plan_spec(str(DUAL_STACK)).value
    assert planned is not None
    values = made(planned.secrets, {}, random=Random(1), now=datetime.now(UTC))
    of = planned.roles[role]
    node = node_of_role(tmp_path, f"{planned.spec.name}-{of.name}-0", of, values, cloud)
    node.stub("kubeadm", KUBEADM)
    node.stub("ip", ADDRESSES)
    node.stub("sleep")
    up(node, "10.0.0.9")
    done = run_step(node, step)
    assert done.returncode == 0, done.stdout + done.stderr
    document = next(yaml.safe_load_all(node.text("used.yaml")))
    args = {one["name"]: one["value"] for one in document["nodeRegistration"]["kubeletExtraArgs"]}
    assert args["node-ip"] == f"{address},fd00:5::7"


def test_a_node_without_the_second_family_says_so(tmp_path: Path, cloud: Cloud) -> None:
    planned = plan_spec(str(DUAL_STACK)).value
    assert planned is not None
    values = made(planned.secrets, {}, random=Random(1), now=datetime.now(UTC))
    of = planned.roles[1]
    node = node_of_role(tmp_path, f"{planned.spec.name}-{of.name}-0", of, values, cloud)
    node.stub("ip", ADDRESSES.replace("-gt 1", "-gt 99"))
    node.stub("sleep")
    done = run_step(node, "60-join")
    assert done.returncode == 1
    assert "this node has no IPv6 address; the network needs an IPv6 subnet by SLAAC" in done.stderr

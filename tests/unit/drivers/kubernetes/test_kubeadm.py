"""kubeadm's configuration, as data."""

from __future__ import annotations

from typing import Any

import pytest

from jeroboam.pipeline import plan_spec
from jeroboam.serialize import yaml_text
from tests.support.cases import GOLDEN
from tests.unit.drivers.kubernetes.planned import MINIMAL, args, documents, files, plan

EXTERNAL = "6f3c1f1e-1d1c-4a5e-9a58-3f6f0e7f4a11"
HA = {"masters": {"count": 3}}


def _cluster(**changes: Any) -> dict[str, Any]:
    return documents(plan(**changes).roles[0], "init")[1]


def test_the_four_documents() -> None:
    kinds = [document["kind"] for document in documents(plan().roles[0], "init")]
    assert kinds == [
        "InitConfiguration",
        "ClusterConfiguration",
        "KubeletConfiguration",
        "KubeProxyConfiguration",
    ]


def test_the_token_that_begins_the_cluster_ends_after_a_window() -> None:
    (token,) = documents(plan().roles[0], "init")[0]["bootstrapTokens"]
    assert (token["token"], token["ttl"]) == ("@{BOOTSTRAP_TOKEN}", "24h")


@pytest.mark.parametrize(("minutes", "wait"), [(10, "240s"), (30, "450s"), (60, "900s")])
def test_masters_wait_for_their_components_as_long_as_a_node_may_take(minutes: int, wait: str) -> None:
    roles = plan(timeouts={"create_minutes": 90, "node_bootstrap_minutes": minutes}).roles
    waits = {"controlPlaneComponentHealthCheck": wait, "kubernetesAPICall": wait}
    assert documents(roles[0], "init")[0]["timeouts"] == waits
    assert documents(roles[0], "join")[0]["timeouts"] == waits
    # A worker's first call is answered by masters that are up.
    assert "timeouts" not in documents(roles[1], "join")[0]


@pytest.mark.parametrize(
    ("changes", "endpoint"),
    [
        ({}, "@{JEROBOAM_API_ADDRESS}:6443"),
        ({"api": {"port": 8443}}, "@{JEROBOAM_API_ADDRESS}:8443"),
        ({"api": {"dns_name": "k.example.org"}}, "@{JEROBOAM_API_ADDRESS}:6443"),
        (HA, "@{JEROBOAM_API_ADDRESS}:6443"),
        ({**HA, "api": {"load_balancer": False, "dns_name": "k.example.org"}}, "k.example.org:6443"),
    ],
)
def test_control_plane_endpoint(changes: dict[str, Any], endpoint: str) -> None:
    model = plan(**changes)
    assert documents(model.roles[0], "init")[1]["controlPlaneEndpoint"] == endpoint
    for role in model.roles:
        (join,) = documents(role, "join")
        assert join["discovery"]["bootstrapToken"]["apiServerEndpoint"] == endpoint
        assert join["discovery"]["bootstrapToken"]["caCertHashes"] == ["@{CA_HASH}"]
        assert "unsafeSkipCAVerification" not in join["discovery"]["bootstrapToken"]


def test_certificate_names_every_way_to_the_api() -> None:
    names = _cluster(
        **HA, api={"dns_name": "k.example.org", "extra_sans": ["*.example.org", "k.example.org"]}
    )
    assert names["apiServer"]["certSANs"] == [
        "@{JEROBOAM_API_ADDRESS}",
        "@{JEROBOAM_API_PUBLIC_ADDRESS}",
        "@{MASTER_ADDRESS_0}",
        "@{MASTER_ADDRESS_1}",
        "@{MASTER_ADDRESS_2}",
        "k.example.org",
        "*.example.org",
    ]


def test_subnet_len_is_the_nodes_mask() -> None:
    found = _cluster(container_network={"cidr": "10.128.0.0/14", "subnet_len": 25})
    assert found["networking"]["podSubnet"] == "10.128.0.0/14"
    assert args(found["controllerManager"]["extraArgs"])["node-cidr-mask-size-ipv4"] == "25"


@pytest.mark.parametrize(
    ("version", "folder"),
    [
        ("1.34", "/var/lib/kubelet/volumeplugins"),
        ("1.35", "/var/lib/kubelet/volumeplugins"),
        ("1.36", None),
        ("1.37", None),
    ],
)
def test_nothing_is_mounted_from_a_read_only_usr(version: str, folder: str | None) -> None:
    """Before 1.36 kubeadm has the folder of flexible volumes mounted, and made where it is missing."""
    given = args(_cluster(coe_version=version)["controllerManager"]["extraArgs"])
    assert given.get("flex-volume-plugin-dir") == folder


def test_old_control_groups_are_taken() -> None:
    assert documents(plan().roles[0], "init")[2]["failCgroupV1"] is False


def test_dual_stack_has_a_mask_for_each_family() -> None:
    found = _cluster(container_network={"ipv6": {"cidr": "fd00:1::/48", "subnet_len": 64}})
    assert found["networking"]["podSubnet"] == "10.100.0.0/16,fd00:1::/48"
    given = args(found["controllerManager"]["extraArgs"])
    assert given["node-cidr-mask-size-ipv4"] == "24"
    assert given["node-cidr-mask-size-ipv6"] == "64"
    assert "node-cidr-mask-size" not in given


def test_arguments_pass_through_and_win() -> None:
    found = _cluster(
        kubernetes={
            "encrypt_secrets": False,
            "api_server_args": {"event-ttl": "2h", "encryption-provider-config": "/mine"},
            "controller_manager_args": {"terminated-pod-gc-threshold": "5"},
            "scheduler_args": {"v": "2"},
            "admission_plugins": ["AlwaysPullImages", "NodeRestriction"],
            "feature_gates": {"AllBeta": True, "AllAlpha": False},
        }
    )
    api = args(found["apiServer"]["extraArgs"])
    assert api["event-ttl"] == "2h"
    assert api["encryption-provider-config"] == "/mine"
    assert api["enable-admission-plugins"] == "NodeRestriction,AlwaysPullImages"
    assert api["feature-gates"] == "AllBeta=true,AllAlpha=false"
    assert args(found["controllerManager"]["extraArgs"])["terminated-pod-gc-threshold"] == "5"
    assert args(found["scheduler"]["extraArgs"]) == {"feature-gates": "AllBeta=true,AllAlpha=false", "v": "2"}


def test_feature_gates_reach_kubelet_and_kube_proxy() -> None:
    _, _, kubelet, proxy = documents(
        plan(kubernetes={"feature_gates": {"AllBeta": True}, "kube_proxy_mode": "ipvs"}).roles[0], "init"
    )
    assert kubelet["featureGates"] == proxy["featureGates"] == {"AllBeta": True}
    assert proxy["mode"] == "ipvs"


def test_runtime_reaches_kubelet() -> None:
    model = plan(runtime={"log_max_size": "20m", "log_max_files": 1, "cgroup_driver": "cgroupfs"})
    kubelet = documents(model.roles[0], "init")[2]
    assert kubelet["cgroupDriver"] == "cgroupfs"
    assert kubelet["containerLogMaxSize"] == "20Mi"
    assert kubelet["containerLogMaxFiles"] == 2


def test_kubelet_is_told_how_many_pods() -> None:
    # Its own number need not be said, and takes no room in user data.
    assert "maxPods" not in documents(plan().roles[0], "init")[2]
    assert documents(plan(kubernetes={"max_pods": 40}).roles[0], "init")[2]["maxPods"] == 40


def test_masters_have_their_own_taint_once() -> None:
    stated = "node-role.kubernetes.io/control-plane=yes:NoSchedule"
    (init, *_) = documents(plan(masters={"node_taints": [stated, "a:NoExecute"]}).roles[0], "init")
    keys = [(taint["key"], taint.get("value")) for taint in init["nodeRegistration"]["taints"]]
    assert keys == [("node-role.kubernetes.io/control-plane", "yes"), ("a", None)]


def test_labels_and_taints_come_with_registration() -> None:
    group = {
        "name": "gpu",
        "flavor": "g",
        "node_labels": {"a": "1", "b/c": ""},
        "node_taints": ["k=v:NoSchedule", "x:NoExecute"],
    }
    (join,) = documents(plan(node_groups=[group]).roles[1], "join")
    registration = join["nodeRegistration"]
    assert args(registration["kubeletExtraArgs"])["node-labels"] == "a=1,b/c="
    assert registration["taints"] == [
        {"key": "k", "value": "v", "effect": "NoSchedule"},
        {"key": "x", "effect": "NoExecute"},
    ]


def test_masters_take_workloads_only_where_nobody_else_does() -> None:
    control_plane = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
    for name in ("init", "join"):
        assert documents(plan().roles[0], name)[0]["nodeRegistration"]["taints"] == [control_plane]
        assert documents(plan(node_groups=[]).roles[0], name)[0]["nodeRegistration"]["taints"] == []


def test_text_of_the_spec_is_never_filled_in() -> None:
    model = plan(kubernetes={"api_server_args": {"v": "@{JEROBOAM_CA_KEY}"}, "kubelet_args": {"v": "a@{B}"}})
    init = documents(model.roles[0], "init")
    assert args(init[1]["apiServer"]["extraArgs"])["v"] == "@{@}{JEROBOAM_CA_KEY}"
    assert args(init[0]["nodeRegistration"]["kubeletExtraArgs"])["v"] == "a@{@}{B}"


def test_files_of_the_api_server_are_mounted_and_roots_alone() -> None:
    model = plan_spec(str(GOLDEN / "kubernetes/ubuntu/existing-network/cluster.yaml")).value
    assert model is not None
    master, *workers = model.roles
    found = documents(master, "init")[1]["apiServer"]
    folder, path = "/etc/kubernetes/api-server", "/etc/kubernetes/api-server/authentication.yaml"
    assert args(found["extraArgs"])["authentication-config"] == path
    (mount,) = (volume for volume in found["extraVolumes"] if volume["hostPath"] == folder)
    assert (mount["mountPath"], mount["readOnly"], mount["pathType"]) == (folder, True, "Directory")
    (file,) = (file for file in master.config.files if file.path == path)
    assert file.mode == 0o600
    assert "AuthenticationConfiguration" in file.content
    assert not [path for worker in workers for path in files(worker) if path.startswith(folder)]


def test_a_registry_prefix_reaches_every_image() -> None:
    model = plan(artifacts={"image_registry": "reg.example.org/m"})
    found = documents(model.roles[0], "init")[1]
    assert found["imageRepository"] == "reg.example.org/m"
    assert found["dns"] == {"imageRepository": "reg.example.org/m/coredns"}
    assert 'sandbox = "reg.example.org/m/pause:' in files(model.roles[1])["/etc/containerd/config.toml"]


def test_external_cloud_provider_only_with_its_controller() -> None:
    on = plan(kubernetes={"addons": {"cloud_controller_manager": {"enabled": True}}})
    for role in on.roles:
        assert (
            args(documents(role, "join")[0]["nodeRegistration"]["kubeletExtraArgs"])["cloud-provider"]
            == "external"
        )
    for role in plan().roles:
        assert "cloud-provider" not in args(
            documents(role, "join")[0]["nodeRegistration"]["kubeletExtraArgs"]
        )


def test_encryption_can_be_turned_off() -> None:
    off = plan(kubernetes={"encrypt_secrets": False})
    assert not [path for path in files(off.roles[0]) if path.endswith("-encryption.sh")]
    assert [path for path in files(plan().roles[0]) if path.endswith("-encryption.sh")]
    assert "encryption_key" not in {secret.name for secret in off.secrets}
    assert "encryption-provider-config" not in args(
        documents(off.roles[0], "init")[1]["apiServer"]["extraArgs"]
    )
    assert "extraVolumes" not in documents(off.roles[0], "init")[1]["apiServer"]


@pytest.mark.parametrize(
    ("containers", "wrong"),
    [
        ({"driver": "flannel", "cidr": "10.9.0.0/25", "subnet_len": 28}, []),
        ({"driver": "none", "cidr": "10.9.0.0/25", "subnet_len": 25}, []),
        ({"driver": "none", "cidr": "10.9.0.0/25", "subnet_len": 24}, ["JB0308"]),
        ({"driver": "calico", "cidr": "10.9.0.0/25", "subnet_len": 26}, []),
        ({"driver": "calico", "cidr": "10.9.0.0/28", "subnet_len": 29}, []),
        ({"driver": "none", "cidr": "10.9.0.0/29", "subnet_len": 30}, ["JB0611"]),
        ({"driver": "flannel", "cidr": "16.0.0.0/8", "subnet_len": 24}, []),
        ({"driver": "flannel", "cidr": "16.0.0.0/8", "subnet_len": 25}, ["JB0612"]),
        ({"driver": "calico", "cidr": "16.0.0.0/8", "subnet_len": 26}, []),
        ({"driver": "flannel", "ipv6": {"cidr": "fd00:1::/48", "subnet_len": 64}}, []),
        ({"driver": "flannel", "ipv6": {"cidr": "fd00:1::/48", "subnet_len": 65}}, ["JB0612"]),
    ],
)
def test_container_ranges_that_kubeadm_takes(containers: dict[str, Any], wrong: list[str]) -> None:
    assert _of_ranges(container_network=containers) == wrong


@pytest.mark.parametrize(
    ("cidr", "wrong"),
    [("11.0.0.0/8", True), ("11.0.0.0/12", False), ("10.250.0.0/28", False), ("10.250.0.0/29", True)],
)
def test_service_ranges_that_kubeadm_takes(cidr: str, wrong: bool) -> None:
    assert _of_ranges(kubernetes={"service_cidr": cidr}) == (["JB0610"] if wrong else [])


def _of_ranges(**changes: Any) -> list[str]:
    found = plan_spec("-", stdin=yaml_text({**MINIMAL, **changes}).encode()).diagnostics
    return [d.code for d in found if d.code in ("JB0308", "JB0610", "JB0611", "JB0612")]


@pytest.mark.parametrize(
    ("network", "api", "said"),
    [
        ({"external_network": "Ext-Net", "fixed_network": "n", "fixed_subnet": "s"}, False, True),
        ({"external_network": "Ext-Net", "router": "r"}, False, True),
        ({"external_network": "Ext-Net", "fixed_network": "n", "fixed_subnet": "s"}, True, False),
        ({"external_network": "Ext-Net"}, False, False),
        ({"external_network": EXTERNAL, "fixed_network": "n", "fixed_subnet": "s"}, False, False),
    ],
)
def test_an_external_network_that_the_cloud_provider_is_not_told(
    network: dict[str, str], api: bool, said: bool
) -> None:
    found = plan_spec(
        "-",
        stdin=yaml_text(
            {
                **MINIMAL,
                "network": network,
                "api": {"floating_ip": api},
                "kubernetes": {"addons": {"cloud_controller_manager": {"enabled": True}}},
            }
        ).encode(),
    ).diagnostics
    assert ("JB0613" in [d.code for d in found]) is said


@pytest.mark.parametrize(
    ("containers", "told"),
    [({}, "@{NODE_ADDRESS}"), ({"ipv6": {"cidr": "fd00:1::/48"}}, "@{NODE_ADDRESS},@{NODE_IPV6}")],
)
def test_kubelet_is_told_the_nodes_address_of_each_family(containers: dict[str, Any], told: str) -> None:
    network = {"fixed_network": "n", "fixed_subnet": "s"}
    masters, workers = plan(container_network=containers, network=network).roles
    for role, name in ((masters, "init"), (masters, "join"), (workers, "join")):
        registration = documents(role, name)[0]["nodeRegistration"]
        assert args(registration["kubeletExtraArgs"])["node-ip"] == told

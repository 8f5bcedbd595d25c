"""Roles, values, secrets and findings of a Kubernetes cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from jeroboam.model.secrets import UserSupplied
from jeroboam.model.types import Capability, HeatFact, RoleKind, SecretRef
from jeroboam.parts.bootstrap import PLATFORM_VALUES, names_read
from jeroboam.pipeline import plan_spec
from tests.support.cases import CASES, ROOT, Case
from tests.unit.drivers.kubernetes.planned import files, outcome, plan, problems

KUBERNETES = [case for case in CASES if case.coe == "kubernetes"]
CLOUD = {"addons": {"cloud_controller_manager": {"enabled": True}, "cinder_csi": {"enabled": True}}}


def test_roles() -> None:
    groups = [
        {"name": "a", "flavor": "f", "count": 2, "retired": [1]},
        {"name": "b", "flavor": "f", "count": 0},
    ]
    model = plan(masters={"count": 3}, node_groups=groups)
    assert [(role.name, role.kind, role.indexes, role.origin) for role in model.roles] == [
        ("master", RoleKind.MASTER, (0, 1, 2), "/masters"),
        ("a", RoleKind.WORKER, (0, 2), "/node_groups/0"),
        ("b", RoleKind.WORKER, (), "/node_groups/1"),
    ]


def test_the_api_as_a_load_balancer_sees_it() -> None:
    assert (plan().api.port, plan().api.health_path) == (6443, "/readyz")
    assert plan(api={"port": 8443}).api.port == 8443


@pytest.mark.parametrize(
    ("container_network", "routed"),
    [
        ({"backend": {"type": "vxlan"}}, False),
        ({"backend": {"type": "vxlan", "direct_routing": True}}, True),
        ({"backend": {"type": "host-gw"}}, True),
        ({"backend": {"type": "ipip"}}, True),
        ({"backend": {"type": "wireguard"}}, False),
        ({"backend": {"type": "udp"}}, False),
        ({"driver": "none"}, True),
        ({"driver": "calico"}, False),
    ],
)
def test_routed_cidrs(container_network: dict[str, Any], routed: bool) -> None:
    model = plan(container_network=container_network)
    for role in model.roles:
        assert [str(cidr) for cidr in role.routed_cidrs] == (["10.100.0.0/16"] if routed else [])


def test_wireguard_is_required_of_the_distro() -> None:
    model = plan(container_network={"backend": {"type": "wireguard"}})
    assert all(Capability.WIREGUARD in role.config.requires for role in model.roles)
    assert all(Capability.WIREGUARD not in role.config.requires for role in plan().roles)


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", KUBERNETES, ids=str)
def test_each_value_read_is_supplied_and_each_supplied_is_read(case: Case) -> None:
    model = plan_spec(str(case.spec)).value
    assert model is not None
    for role in model.roles:
        scripts = [f.content for f in role.config.files if f.path.startswith("/opt/jeroboam/")]
        supplied = {*role.config.environment, *role.config.heat_values}
        assert supplied == names_read(scripts) - PLATFORM_VALUES, role.name
        assert not set(role.config.environment) & set(role.config.heat_values)


@pytest.mark.parametrize("case", KUBERNETES, ids=str)
def test_each_value_used_is_declared_on_the_same_node(case: Case) -> None:
    """A use without `: "${NAME:?}"` would be an unbound variable half an hour into a stack."""
    model = plan_spec(str(case.spec)).value
    assert model is not None
    for role in model.roles:
        scripts = {f.path: f.content for f in role.config.files if f.path.startswith("/opt/jeroboam/")}
        filled = "".join(f.content for f in role.config.files if f.path.startswith("/etc/jeroboam/kubeadm/"))
        used = set(re.findall(r"(?<!@\{@\})JEROBOAM_[A-Z_]+", "".join(scripts.values()) + filled))
        read = names_read(scripts.values())
        # By the start of two names, what issues certificates is told the CA.
        cas = {name.removesuffix("_CERT") for name in read if name.endswith("_CERT")}
        known = {"JEROBOAM_ROOT", "JEROBOAM_CONSOLE", "JEROBOAM_UPTIME", *cas}
        assert used <= read | known, role.name


@pytest.mark.parametrize("case", KUBERNETES, ids=str)
def test_each_name_that_kubeadms_files_leave_open_is_set_by_the_scripts(case: Case) -> None:
    model = plan_spec(str(case.spec)).value
    assert model is not None
    for role in model.roles:
        scripts = "".join(f.content for f in role.config.files if f.path.startswith("/opt/jeroboam/"))
        for name, text in files(role).items():
            if name.startswith("/etc/jeroboam/kubeadm/"):
                for open_name in set(re.findall(r"@\{([A-Z0-9_]+)\}", text)):
                    if open_name.startswith("MASTER_ADDRESS_"):
                        assert 'printf -v "MASTER_ADDRESS_' in scripts
                    else:
                        assert open_name in role.config.heat_values or f"{open_name}=" in scripts, open_name


def test_a_worker_never_gets_a_key() -> None:
    model = plan(
        masters={"count": 3, "etcd_volume": {"size": 20}}, kubernetes=CLOUD, proxy={"http": "http://p:1"}
    )
    master, worker = model.roles
    assert {v.name for v in worker.config.heat_values.values() if isinstance(v, SecretRef)} == {
        "cluster_ca_cert",
        "bootstrap_token",
    }
    assert HeatFact.ETCD_VOLUMES not in worker.config.heat_values.values()
    read = {v.name for v in master.config.heat_values.values() if isinstance(v, SecretRef)}
    # Masters derive the token of the moment.
    assert read == {secret.name for secret in model.secrets} - {"bootstrap_token"}
    assert {secret.name for secret in model.secrets if secret.shared} == {
        "cluster_ca_cert",
        "bootstrap_token",
    }
    assert not any(
        word in file.path for file in worker.config.files for word in ("masters.sh", "pki", "manifests")
    )


def test_cloud_credentials_only_where_an_addon_needs_them() -> None:
    names = {s.name: s.recipe for s in plan(kubernetes=CLOUD).secrets}
    assert isinstance(names["application_credential_id"], UserSupplied)
    assert isinstance(names["application_credential_secret"], UserSupplied)
    assert "application_credential_id" not in {s.name for s in plan().secrets}


def test_a_cluster_without_an_external_network_needs_none() -> None:
    network = {"external_network": None, "fixed_network": "n", "fixed_subnet": "s"}
    model = plan(network=network, api={"floating_ip": False}, kubernetes=CLOUD)
    assert model.roles[0].config.environment["JEROBOAM_EXTERNAL_NETWORK"] == ""


# --- files ---------------------------------------------------------------------------------------


def test_manifests_come_network_first_and_the_users_last(tmp_path: Path) -> None:
    model = plan(kubernetes={"addons": {"cinder_csi": {"enabled": True, "version": "1.35.9"}}})
    found = {
        path: text
        for path, text in files(model.roles[0]).items()
        if path.startswith("/etc/jeroboam/manifests/")
    }
    assert [path.rpartition("/")[2] for path in found] == ["10-flannel.yaml", "21-cinder-csi.yaml"]
    assert "cinder-csi-plugin:v1.35.9" in found["/etc/jeroboam/manifests/21-cinder-csi.yaml"]
    assert "kube-flannel-cfg" in found["/etc/jeroboam/manifests/10-flannel.yaml"]


def test_wireguards_key_is_a_masters_to_fill_in() -> None:
    model = plan(container_network={"backend": {"type": "wireguard"}})
    master, worker = (files(role) for role in model.roles)
    text = master["/etc/jeroboam/keyed/manifests/10-flannel.yaml"]
    assert "/etc/jeroboam/manifests/10-flannel.yaml" not in master
    (config,) = [d for d in yaml.safe_load_all(text) if d["metadata"]["name"] == "kube-flannel-cfg"]
    (daemon,) = [d for d in yaml.safe_load_all(text) if d["kind"] == "DaemonSet"]
    assert config["kind"] == "Secret"
    assert {"name": "flannel-cfg", "secret": {"secretName": "kube-flannel-cfg"}} in daemon["spec"][
        "template"
    ]["spec"]["volumes"]
    assert model.roles[0].config.heat_values["JEROBOAM_FLANNEL_PSK"] == SecretRef("flannel_psk")
    assert "JEROBOAM_FLANNEL_PSK" not in model.roles[1].config.heat_values
    assert not any("flannel-key" in path for path in worker)
    assert "flannel_psk" in {secret.name for secret in model.secrets}


def test_images_are_pinned_by_name() -> None:
    pins = {"flannel": "ab" * 32, "pause": "cd" * 32, "metrics-server": "ef" * 32}
    addons = {"metrics_server": {"enabled": True, "version": "0.8.0"}}
    model = plan(artifacts={"pins": pins}, kubernetes={"addons": addons})
    master = files(model.roles[0])
    assert f"@sha256:{'ab' * 32}" in master["/etc/jeroboam/manifests/10-flannel.yaml"]
    assert f":v0.8.0@sha256:{'ef' * 32}" in master["/etc/jeroboam/manifests/22-metrics-server.yaml"]
    for role in model.roles:
        assert f"@sha256:{'cd' * 32}" in files(role)["/etc/containerd/config.toml"]


@pytest.mark.parametrize("name", ["calico-node", "coredns", "metrics-server", "zookeeper"])
def test_an_image_that_is_not_the_clusters_to_name_cannot_be_pinned(name: str) -> None:
    assert problems(artifacts={"pins": {name: "ab" * 32}}) == [("JB0412", f"/artifacts/pins/{name}")]


def test_without_a_network_driver_readiness_is_the_users_business() -> None:
    model = plan(container_network={"driver": "none"})
    assert model.flannel_net_conf is None
    assert {role.config.environment["JEROBOAM_NETWORK"] for role in model.roles} == {"none"}
    assert not any("flannel" in path for role in model.roles for path in files(role))


def test_kernel_modules_follow_backend_and_proxy_mode() -> None:
    model = plan(container_network={"backend": {"type": "ipip"}}, kubernetes={"kube_proxy_mode": "ipvs"})
    modules = files(model.roles[0])["/etc/modules-load.d/jeroboam.conf"].split()
    assert modules == ["overlay", "br_netfilter", "ipip", "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"]


def test_a_mirror_serves_every_download() -> None:
    model = plan(artifacts={"mirror": "https://m.example.org/up"})
    for role in model.roles:
        rows = [line.split() for line in files(role)["/etc/jeroboam/artifacts.list"].splitlines()]
        assert rows
        assert all(row[4].startswith("https://m.example.org/up/") for row in rows)


def test_every_add_on_of_the_schema_is_one_that_is_installed() -> None:
    """What a release cannot install is no property of it."""
    text = (ROOT / "schemas/v1/drivers/kubernetes.schema.json").read_text(encoding="utf-8")
    block = json.loads(text)
    offered = block["properties"]["addons"]["properties"]
    assert set(offered) == {"cloud_controller_manager", "cinder_csi", "metrics_server"}
    without = files(plan().roles[0])
    for name in offered:
        addons = {"addons": {name: {"enabled": True}}}
        assert files(plan(kubernetes=addons).roles[0]).keys() > without.keys(), name


# --- findings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"coe_version": "1.20"}, [("JB0410", "/coe_version")]),
        ({"artifacts": {"pins": {"containerdd": "a" * 64}}}, [("JB0412", "/artifacts/pins/containerdd")]),
        ({"container_network": {"driver": "calico"}}, []),
        (
            {"container_network": {"driver": "calico"}, "coe_version": "1.37"},
            [("JB0422", "/container_network/driver")],
        ),
        (
            {"container_network": {"driver": "calico", "subnet_len": 19}},
            [("JB0414", "/container_network/subnet_len")],
        ),
        (
            {
                "container_network": {
                    "driver": "calico",
                    "ipv6": {"cidr": "fd00::/48", "subnet_len": 115},
                }
            },
            [("JB0417", "/container_network/ipv6"), ("JB0414", "/container_network/ipv6/subnet_len")],
        ),
        ({"container_network": {"subnet_len": 17}}, [("JB0415", "/container_network/subnet_len")]),
        ({"container_network": {"subnet_len": 25}}, []),
        ({"container_network": {"subnet_len": 26}}, [("JB0428", "/container_network/subnet_len")]),
        ({"container_network": {"subnet_len": 26}, "kubernetes": {"max_pods": 61}}, []),
        ({"kubernetes": {"max_pods": 253}}, []),
        ({"kubernetes": {"max_pods": 254}}, [("JB0428", "/kubernetes/max_pods")]),
        (
            {"kubernetes": {"kubelet_args": {"max_pods": "0x100"}}},
            [("JB0428", "/kubernetes/kubelet_args/max_pods")],
        ),
        ({"kubernetes": {"max_pods": 300, "kubelet_args": {"max-pods": "200"}}}, []),
        ({"kubernetes": {"kubelet_args": {"max-pods": "many"}}}, []),
        (
            {"node_groups": [{"name": "a", "flavor": "m", "kubelet_args": {"max-pods": "400"}}]},
            [("JB0428", "/node_groups/0/kubelet_args/max-pods")],
        ),
        (
            {
                "network": {"fixed_network": "dual", "fixed_subnet": "dual-v4"},
                "container_network": {"ipv6": {"cidr": "fd00::/116", "subnet_len": 121}},
                "kubernetes": {"max_pods": 126},
            },
            [],
        ),
        (
            {
                "network": {"fixed_network": "dual", "fixed_subnet": "dual-v4"},
                "container_network": {"ipv6": {"cidr": "fd00::/116", "subnet_len": 121}},
                "kubernetes": {"max_pods": 127},
            },
            [("JB0428", "/kubernetes/max_pods")],
        ),
        ({"container_network": {"driver": "none", "subnet_len": 26}}, []),
        # Two nodes, and blocks of 64: a node takes several, and borrows once there are no more.
        (
            {
                "container_network": {"driver": "calico", "cidr": "10.100.0.0/22", "subnet_len": 26},
                "kubernetes": {"max_pods": 512},
            },
            [],
        ),
        (
            {
                "container_network": {"driver": "calico", "cidr": "10.100.0.0/22", "subnet_len": 26},
                "kubernetes": {"max_pods": 513},
            },
            [("JB0429", "/kubernetes/max_pods")],
        ),
        (
            {
                "container_network": {"driver": "calico", "cidr": "10.100.0.0/22", "subnet_len": 26},
                "node_groups": [{"name": "default", "flavor": "l", "count": 9}],
            },
            [("JB0429", "/container_network/cidr")],
        ),
        ({"container_network": {"subnet_min": "10.100.8.0"}}, [("JB0416", "/container_network/subnet_min")]),
        (
            {"container_network": {"ipv6": {"cidr": "fd00::/48", "subnet_len": 64}}},
            [("JB0417", "/container_network/ipv6")],
        ),
        (
            {
                "masters": {
                    "node_labels": {"node-role.kubernetes.io/x": "", "node.kubernetes.io/y": "", "z": ""}
                }
            },
            [("JB0418", "/masters/node_labels/node-role.kubernetes.io~1x")],
        ),
        ({"runtime": {"storage_driver": "devicemapper"}}, [("JB0419", "/runtime/storage_driver")]),
        (
            {"runtime": {"insecure_registries": ["a:5000", "10.0.0.0/8"]}},
            [("JB0420", "/runtime/insecure_registries/1")],
        ),
    ],
)
def test_findings(changes: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems(**changes) == found


def test_an_unknown_pin_names_the_nearest() -> None:
    _, found = outcome(artifacts={"pins": {"containerdd": "a" * 64}})
    assert [d.hint for d in found if d.code == "JB0412"] == ["did you mean 'containerd'?"]


def test_a_patch_without_digests_is_a_warning_that_pins_silence() -> None:
    value, found = outcome(coe_version="1.36.999")
    assert value is not None
    (warning,) = [d for d in found if d.code == "JB0411"]
    assert "kubeadm, kubelet, kubectl" in warning.message
    pins = dict.fromkeys(("kubeadm", "kubelet", "kubectl"), "a" * 64)
    assert problems(coe_version="1.36.999", artifacts={"pins": pins}) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "expected node content, line 2"),
        ("", "no document"),
        ("- a\n", "document 1 has no 'apiVersion'"),
        ("apiVersion: v1\nkind: A\n---\napiVersion: v1\n", "document 2 has no 'kind'"),
        ("apiVersion: v1\nkind: !!python/object:os.system {}\n", "line 2"),
    ],
)
def test_a_file_that_is_no_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    _, found = outcome(kubernetes={"manifests": ["m.yaml"]})
    (finding,) = [d for d in found if d.code.startswith("JB04")]
    assert (finding.code, finding.pointer) == ("JB0421", "/kubernetes/manifests/0")
    assert why in finding.message


@pytest.mark.parametrize(
    "text", ["=", "2026-13-45", "2026-01-02T25:00:00Z", "y", "1e3", "12:30:45", "0o12", "<<"]
)
def test_text_that_yaml_has_other_words_for_is_right_in_a_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """As kube-prometheus-stack's CRDs have `=`; the master gets the file as it is."""
    monkeypatch.chdir(tmp_path)
    manifest = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  b: {text}\n"
    (tmp_path / "m.yaml").write_text(manifest, encoding="utf-8")
    value, found = outcome(kubernetes={"manifests": ["m.yaml"]})
    assert [d.code for d in found if d.code.startswith("JB04")] == []
    assert value is not None
    assert manifest in files(value.roles[0]).values()

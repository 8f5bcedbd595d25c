"""What Magnum did with a setting, and what becomes of it then."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from jeroboam.diagnostics import diagnose
from jeroboam.imports.magnum import import_magnum
from jeroboam.imports.magnum.accept import MAX_ROUNDS
from tests.support.magnum import CLUSTER, TEMPLATE, at, content, errors, imported, spec_of, words


def _spec(template: dict[str, Any], cluster: dict[str, Any] | None = None) -> Any:
    made = imported({**TEMPLATE, **template}, None if cluster is None else {**CLUSTER, **cluster})
    assert made.spec is not None, made.diagnostics
    return yaml.safe_load(made.spec)


def _codes(template: dict[str, Any], cluster: dict[str, Any] | None = None) -> list[str]:
    return [d.code for d in imported({**TEMPLATE, **template}, cluster).diagnostics]


def test_a_clusters_own_values_win() -> None:
    spec = _spec({"docker_volume_size": 10}, {"docker_volume_size": 30, "flavor_id": "m2", "keypair": "me"})
    assert spec["node_groups"][0]["docker_volume"] == {"size": 30}
    assert (spec["node_groups"][0]["flavor"], spec["keypair"], spec["name"]) == ("m2", "me", "prod")


def test_a_clusters_labels_are_in_force_where_it_has_any() -> None:
    template = {"labels": {"etcd_volume_size": "10", "boot_volume_size": "20"}}
    assert at(_spec(template, {}), "masters.etcd_volume.size") == 10
    made = imported({**TEMPLATE, **template}, {**CLUSTER, "labels": {"etcd_volume_size": "12"}})
    assert made.spec is not None
    spec = yaml.safe_load(made.spec)
    assert at(spec, "masters.etcd_volume.size") == 12
    assert at(spec, "masters.boot_volume") is None
    assert "label boot_volume_size (20): the cluster was made without this label" in words(made.spec)


def test_the_version_alone_is_looked_up_in_the_template_too() -> None:
    template = {"labels": {"kube_tag": "v1.36.1"}}
    assert _spec(template, {"labels": {"etcd_volume_size": "12"}})["coe_version"] == "1.36"


def test_what_another_setting_says_better_is_named() -> None:
    template = {**TEMPLATE, "keypair_id": "old", "labels": {"kube_tag": "v1.36.1"}}
    made = imported(template, {**CLUSTER, "keypair": "new", "coe_version": "v1.36.1"})
    assert made.spec is not None
    assert yaml.safe_load(made.spec)["keypair"] == "new"
    assert "keypair_id (old): keypair is in force." in words(made.spec)
    assert "coe_version" in made.carried


@pytest.mark.parametrize("nothing", [None, "", "-"])
def test_what_is_empty_is_not_set(nothing: str | None) -> None:
    made = imported({**TEMPLATE, "http_proxy": nothing, "labels": {"kube_tag": nothing}})
    assert made.spec is not None
    assert "proxy" not in yaml.safe_load(made.spec)
    assert "kube_tag" not in made.spec


def test_what_magnum_filled_in_is_filled_in() -> None:
    given = {"flavor_id": None, "master_flavor_id": None, "external_network_id": None, "name": None}
    spec = _spec(given)
    assert (spec["masters"]["flavor"], spec["node_groups"][0]["flavor"]) == ("m1.small", "m1.small")
    assert spec["network"]["external_network"] == "public"
    assert spec["name"] == "imported"


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Prod_K8s.1", "prod-k8s-1"),
        ("2fast", "c-2fast"),
        ("x" * 90, "x" * 40),
        ("a" * 39 + "-b", "a" * 39),
        ("___", "imported"),
    ],
)
def test_a_name_becomes_one_that_a_spec_takes(name: str, ours: str) -> None:
    spec, text = spec_of({}, name=name)
    assert spec["name"] == ours
    assert errors(text) == []


def test_several_masters_have_a_load_balancer() -> None:
    template = {"master_lb_enabled": False}
    assert at(_spec(template, {"master_count": 1}), "api.load_balancer") is False
    assert at(_spec(template, {"master_count": 3}), "api.load_balancer") is None
    assert at(_spec({"master_lb_enabled": True}, {}), "api.load_balancer") is True


@pytest.mark.parametrize(
    ("all_", "label", "balancer", "api"),
    [
        (True, "false", True, True),
        (False, "true", True, True),
        (False, "false", True, False),
        (False, "true", False, False),
    ],
)
def test_the_apis_floating_ip(all_: bool, label: str, balancer: bool, api: bool) -> None:
    spec, _ = spec_of(
        {"master_lb_floating_ip_enabled": label}, floating_ip_enabled=all_, master_lb_enabled=balancer
    )
    assert at(spec, "api.floating_ip") is api
    assert at(spec, "masters.floating_ip") is all_


@pytest.mark.parametrize(
    ("volume_driver", "labels", "csi", "provider"),
    [
        ("cinder", {}, True, True),
        ("cinder", {"cinder_csi_enabled": "false"}, False, True),
        (None, {"cinder_csi_enabled": "true"}, None, None),
        (None, {"cloud_provider_enabled": "True"}, None, True),
    ],
)
def test_cinder_and_the_cloud_provider(
    volume_driver: str | None, labels: dict[str, str], csi: bool | None, provider: bool | None
) -> None:
    spec, text = spec_of(labels, volume_driver=volume_driver)
    assert at(spec, "kubernetes.addons.cinder_csi.enabled") is csi
    assert at(spec, "kubernetes.addons.cloud_controller_manager.enabled") is provider
    assert errors(text) == []


@pytest.mark.parametrize("given", [{"fixed_network": "tenant"}, {"fixed_subnet": "tenant-v4"}])
def test_half_of_an_existing_network_is_a_warning(given: dict[str, str]) -> None:
    made = imported({**TEMPLATE, **given})
    assert made.spec is not None
    assert errors(made.spec) == []
    (finding,) = made.diagnostics
    assert finding.code == "JB0711"
    assert "the cluster gets a network of its own" in finding.message
    assert next(iter(given)) in words(made.spec)


@pytest.mark.parametrize(("coe", "driver"), [("swarm", "docker"), ("mesos", "docker")])
def test_the_network_driver_that_magnum_took_is_taken(coe: str, driver: str) -> None:
    labels = {"flannel_network_cidr": "10.5.0.0/16"}
    spec, text = spec_of(labels, coe=coe, cluster_distro=None, network_driver=None)
    assert spec["container_network"] == {"driver": driver}
    assert errors(text) == []


def test_labels_of_another_network_driver_have_no_effect() -> None:
    spec, text = spec_of({"calico_ipv4pool": "10.5.0.0/16"}, network_driver="flannel")
    assert at(spec, "container_network.cidr") is None
    assert "label calico_ipv4pool (10.5.0.0/16): it is for network_driver calico" in words(text)


def test_labels_of_another_coe_have_no_effect() -> None:
    spec, text = spec_of(
        {"etcd_volume_size": "10"}, coe="swarm-mode", cluster_distro="fedora-atomic", network_driver="docker"
    )
    assert at(spec, "masters.etcd_volume") is None
    assert "label etcd_volume_size (10): it was for kubernetes." in words(text)
    assert errors(text) == []


@pytest.mark.parametrize("coe", ["swarm-mode", "mesos"])
def test_a_coe_with_one_driver_says_the_distro(coe: str) -> None:
    spec, _ = spec_of({}, coe=coe, cluster_distro=None, network_driver="docker")
    assert spec["distro"] == {"swarm-mode": "fedora-atomic", "mesos": "ubuntu"}[coe]


def test_a_drivers_name_says_the_distro() -> None:
    spec, _ = spec_of({}, cluster_distro=None, driver="k8s_coreos_v1")
    assert spec["distro"] == "flatcar"


def test_the_option_says_the_distro_and_that_the_image_is_another() -> None:
    made = imported({**TEMPLATE, "cluster_distro": "opensuse"}, distro="ubuntu")
    assert made.spec is not None
    assert yaml.safe_load(made.spec)["distro"] == "ubuntu"
    assert "Set it to an image of ubuntu." in made.spec


def test_what_the_drivers_switched_on_by_themselves_is_on_or_named() -> None:
    spec, text = spec_of({})
    assert at(spec, "kubernetes.addons.metrics_server.enabled") is True
    assert "label kube_dashboard_enabled (true): this release does not install it" in words(text)
    assert (
        at(spec_of({"metrics_server_enabled": "false"})[0], "kubernetes.addons.metrics_server.enabled")
        is False
    )


def test_each_option_is_an_argument() -> None:
    options = "--max-pods=50 --fail-swap-on --image-gc-high-threshold 70"
    spec, text = spec_of({"kubelet_options": options})
    assert at(spec, "kubernetes.kubelet_args") == {
        "max-pods": "50", "fail-swap-on": "true", "image-gc-high-threshold": "70",
    }  # fmt: skip
    assert errors(text) == []


def test_a_line_of_more_options_than_a_program_has_is_none() -> None:
    spec, text = spec_of({"kubelet_options": " ".join(f"--o{number}=1" for number in range(60_000))})
    assert at(spec, "kubernetes.kubelet_args") is None
    assert "label kubelet_options: it is not a line of options." in words(text)


def test_what_the_compiler_refuses_is_left_out_with_its_reason() -> None:
    labels = {
        "kubelet_options": "--max-pods=50 --network-plugin=cni",
        "admission_control_list": "NodeRestriction,PodSecurityPolicy,AlwaysPullImages,SecurityContextDeny",
    }
    made = imported({**TEMPLATE, "labels": labels, "no_proxy": "10.0.0.0/8,a b,*.example.org,.example.org"})
    assert made.spec is not None
    spec = yaml.safe_load(made.spec)
    assert errors(made.spec) == []
    assert at(spec, "kubernetes.kubelet_args") == {"max-pods": "50"}
    assert at(spec, "kubernetes.admission_plugins") == ["NodeRestriction", "AlwaysPullImages"]
    assert ".example.org" in at(spec, "proxy.no_proxy")
    assert "a b" not in at(spec, "proxy.no_proxy")
    comments = words(made.spec)
    assert (
        "--network-plugin of label kubelet_options: the argument 'network-plugin' of kubelet was removed"
        in comments
    )
    assert "PodSecurityPolicy of label admission_control_list" in comments
    assert [d.code for d in made.diagnostics].count("JB0711") >= 4


def test_what_makes_the_cluster_another_one_stays_and_is_an_error() -> None:
    _, text = spec_of({"flannel_network_cidr": "10.0.0.0/16", "fixed_subnet_cidr": "10.0.0.0/24"})
    assert [error[:6] for error in errors(text)] == ["JB0305"]


def test_the_compiler_is_not_asked_for_ever() -> None:
    asked: list[str] = []

    def never_content(spec: str) -> Any:
        asked.append(spec)
        return [diagnose("JB0201", f"/kubernetes/kubelet_args/o{len(asked)}", name="v", advice="remove it")]

    options = " ".join(f"--o{number}" for number in range(50))
    template = {**TEMPLATE, "labels": {"kubelet_options": options}}
    made = import_magnum(("t", json.dumps(template)), None, never_content)
    assert made.spec is not None
    assert len(asked) == MAX_ROUNDS
    assert " o1:" not in made.spec
    assert " o40:" in made.spec


@pytest.mark.parametrize(
    ("template", "cluster", "codes"),
    [
        ({"coe": "dcos"}, None, {"JB0705"}),
        ({"image_id": None}, None, {"JB0702"}),
        ({"cluster_distro": None}, None, {"JB0706"}),
        ({"docker_volume_size": "x", "public": 3, "name": []}, None, {"JB0704"}),
        ({"labels": "kube_tag=v1.36"}, None, {"JB0704"}),
        ({"labels": {"a": {"b": "c"}}}, None, {"JB0704"}),
    ],
)
def test_what_has_errors_becomes_no_spec(
    template: dict[str, Any], cluster: dict[str, Any] | None, codes: set[str]
) -> None:
    made = imported({**TEMPLATE, **template}, cluster)
    assert made.spec is None
    assert codes <= {d.code for d in made.diagnostics}
    assert all(d.span and d.hint for d in made.diagnostics)


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("kube_tga", "kube_tag"),
        ("cloud-provider-enabled", "cloud_provider_enabled"),
        ("audit_log_enabled", None),
        ("api_server_cert_sans", None),
        # As they come out of a command line that was broken inside quotes.
        ("        kube_tag", "kube_tag"),
        (" cinder_csi_enabled", "cinder_csi_enabled"),
    ],
)
def test_a_misspelt_label_is_answered_with_the_one_that_was_meant(label: str, meant: str | None) -> None:
    (finding,) = imported({**TEMPLATE, "labels": {label: "true"}}, judge=content).diagnostics
    assert finding.hint == (f"did you mean '{meant}'?" if meant else "the spec names it in a comment")


@pytest.mark.parametrize(
    ("label", "advice"),
    [
        ("docker_volume_size", ": set 'masters.docker_volume.size' and 'node_groups.docker_volume.size'"),
        ("master_lb_enabled", ": set 'api.load_balancer'"),
        ("tls_disabled", ""),
    ],
)
def test_a_label_of_an_attributes_name_is_not_taken_for_another_label(label: str, advice: str) -> None:
    made = imported({**TEMPLATE, "labels": {label: "20"}}, judge=content)
    (finding,) = made.diagnostics
    assert (finding.code, finding.hint) == ("JB0708", f"it is an attribute, and no label{advice}")
    assert made.spec is not None
    assert f"label {label}: none of Magnum's own drivers reads it." in words(made.spec)
    assert "docker_volume_type" not in made.spec


@pytest.mark.parametrize("truth", ["false", "True"])
@pytest.mark.parametrize("name", ["insecure_registry", "no_proxy", "dns_nameserver"])
def test_a_truth_is_no_name_of_a_registry_or_a_server(name: str, truth: str) -> None:
    made = imported({**TEMPLATE, name: truth})
    assert made.spec is not None
    (finding,) = (each for each in made.diagnostics if each.code == "JB0710")
    assert f"'{name}' is not a name or an address" in finding.message
    assert repr([truth]) not in repr(yaml.safe_load(made.spec))
    assert f"{name} ({truth}): it is not a name or an address" in words(made.spec)


def test_a_truth_is_no_prefix_of_images() -> None:
    spec, text = spec_of({"container_infra_prefix": "false"})
    assert at(spec, "artifacts") is None
    assert "label container_infra_prefix (false): it is not a name or an address" in words(text)


@pytest.mark.parametrize(("coe", "idle"), [("mesos", True), ("kubernetes", False)])
def test_mesos_has_no_tls_to_be_disabled(coe: str, idle: bool) -> None:
    distro, driver = ("ubuntu", "docker") if idle else ("fedora-coreos", "flannel")
    given = {**TEMPLATE, "coe": coe, "cluster_distro": distro, "network_driver": driver, "tls_disabled": True}
    made = imported(given, judge=content)
    assert ("tls_disabled" not in made.left_out) is idle


def test_a_network_driver_that_there_is_not_is_a_warning() -> None:
    made = imported({**TEMPLATE, "network_driver": "cilium"})
    assert made.spec is not None
    assert errors(made.spec) == []
    (finding,) = made.diagnostics
    assert (finding.code, finding.message[:14]) == ("JB0711", "network_driver")
    assert "the spec has Flannel in its place" in words(made.spec)


def test_what_the_api_lists_is_no_template() -> None:
    made = imported({"clustertemplates": [dict(TEMPLATE)]})
    (finding,) = made.diagnostics
    assert finding.message.endswith("it is a list, of clustertemplates")


def test_both_files_are_judged_at_once() -> None:
    codes = _codes({"docker_volume_size": "x", "colour": "red"}, {**CLUSTER, "node_count": "many"})
    assert sorted(codes) == ["JB0704", "JB0704", "JB0707"]


def test_numbers_and_truths_are_labels_too() -> None:
    spec, _ = spec_of({"etcd_volume_size": 12, "metrics_server_enabled": False, "boot_volume_size": "0"})
    assert at(spec, "masters.etcd_volume.size") == 12
    assert at(spec, "kubernetes.addons.metrics_server.enabled") is False
    assert at(spec, "masters.boot_volume") is None

"""Calico: what its pods are told of the spec, the kinds it keeps its state in, and what goes with it."""

from __future__ import annotations

import functools
import gzip
import json
import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from jeroboam.drivers.kubernetes import calico
from jeroboam.drivers.kubernetes.catalogue import supported_minors
from jeroboam.model.types import ClusterModel
from tests.unit.drivers.kubernetes.planned import args, documents, files, plan

DUAL = {"ipv6": {"cidr": "fd00::/56", "subnet_len": 122}}
# By node/pkg/lifecycle/startup and libcalico-go/lib/clientv3 of v3.32: whatever is refused, it begins anew.
MADE_AT_START = ("bgpconfigurations", "clusterinformations", "felixconfigurations", "ippools", "tiers")
OWN = ("bgpconfigurations", "ippools", "ipamconfigs", "kubecontrollersconfigurations", "tiers")
MANIFEST = "/etc/jeroboam/manifests/10-calico.yaml"


def _planned(network: dict[str, Any] | None = None, **containers: Any) -> ClusterModel:
    return plan(container_network={"driver": "calico", **containers}, network=network or {})


def _applied(model: ClusterModel) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(files(model.roles[0])[MANIFEST]))


def _told(model: ClusterModel) -> dict[str, str]:
    (found,) = [d for d in _applied(model) if d["kind"] == "ConfigMap"]
    data: dict[str, str] = found["data"]
    return data


def _env(model: ClusterModel) -> dict[str, str | None]:
    """The environment of calico-node as kubelet would make it; None is a variable that stays unset."""
    told = _told(model)
    (daemon,) = [d for d in _applied(model) if d["kind"] == "DaemonSet"]
    (container,) = daemon["spec"]["template"]["spec"]["containers"]
    found: dict[str, str | None] = {}
    for variable in container["env"]:
        reference = variable.get("valueFrom", {}).get("configMapKeyRef")
        if reference is None:
            found[variable["name"]] = variable.get("value")
        else:
            assert reference["name"] == "calico-config"
            assert reference["key"] in told or reference.get("optional"), variable["name"]
            found[variable["name"]] = told.get(reference["key"])
    return found


def test_every_key_is_there_for_someone() -> None:
    text = files(_planned(**DUAL).roles[0])[MANIFEST]
    assert set(re.findall(r"key: (\w+)", text)) >= set(_told(_planned(**DUAL)))


def test_the_pool_is_the_specs() -> None:
    env = _env(_planned(cidr="10.210.0.0/16", subnet_len=26))
    assert (env["CALICO_IPV4POOL_CIDR"], env["CALICO_IPV4POOL_BLOCK_SIZE"]) == ("10.210.0.0/16", "26")
    assert env["CALICO_IPV4POOL_VXLAN"] == "Always"
    assert env["CALICO_NETWORKING_BACKEND"] == "vxlan"
    assert env["FELIX_IPV6SUPPORT"] == "false"
    assert env["IP6"] is None
    assert env["CALICO_IPV6POOL_CIDR"] is None


def test_dual_stack() -> None:
    model = _planned(**DUAL)
    env = _env(model)
    assert (env["CALICO_IPV6POOL_CIDR"], env["CALICO_IPV6POOL_BLOCK_SIZE"]) == ("fd00::/56", "122")
    assert (env["FELIX_IPV6SUPPORT"], env["IP6"]) == ("true", "autodetect")
    plugin = json.loads(_told(model)["cni_network_config"].replace("__CNI_MTU__", "1"))["plugins"][0]
    assert plugin["ipam"] == {"type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"}


@pytest.mark.parametrize(
    ("network", "containers", "mtu"),
    [({}, {}, "0"), ({"mtu": 1450}, {}, "1400"), ({"mtu": 8950}, DUAL, "8880")],
)
def test_mtu(network: dict[str, Any], containers: dict[str, Any], mtu: str) -> None:
    env = _env(_planned(network, **containers))
    assert (env["FELIX_VXLANMTU"], env["FELIX_VXLANMTUV6"]) == (mtu, mtu)


def test_the_plugins_configuration_is_json_once_filled_in() -> None:
    text = _told(_planned())["cni_network_config"]
    assert '"mtu": __CNI_MTU__' in text
    plugins = json.loads(text.replace("__CNI_MTU__", "1400"))["plugins"]
    assert [plugin["type"] for plugin in plugins] == ["calico", "portmap"]
    assert plugins[0]["mtu"] == 1400


def test_kinds_come_before_what_uses_them() -> None:
    kinds = [document["kind"] for document in _applied(_planned())]
    last = max(i for i, kind in enumerate(kinds) if kind == "CustomResourceDefinition")
    assert last < kinds.index("ConfigMap") < kinds.index("DaemonSet")


@pytest.mark.slow
@pytest.mark.parametrize("minor", supported_minors())
def test_kinds_are_valid_for_the_minor(minor: str) -> None:
    for document in calico.custom_kinds():
        kubernetes_validate.validate(document, minor, strict=True)


def test_kinds() -> None:
    names = {kind["metadata"]["name"]: kind for kind in calico.custom_kinds()}
    assert {f"{name}.crd.projectcalico.org" for name in OWN} < set(names)
    assert len(names) == 23
    for name, kind in names.items():
        spec = kind["spec"]
        assert name == f"{spec['names']['plural']}.{spec['group']}"
        assert spec["names"]["singular"] == spec["names"]["kind"].lower()
    namespaced = {k["spec"]["names"]["kind"] for k in names.values() if k["spec"]["scope"] == "Namespaced"}
    assert namespaced == {
        "NetworkPolicy",
        "NetworkSet",
        "StagedKubernetesNetworkPolicy",
        "StagedNetworkPolicy",
    }


def test_the_status_that_controllers_wait_for_can_be_written() -> None:
    apart = {k["spec"]["names"]["kind"] for k in calico.custom_kinds() if "subresources" in str(k)}
    assert apart == {"KubeControllersConfiguration"}


def test_kinds_of_kubernetes_own_groups_name_their_review() -> None:
    for kind in calico.custom_kinds():
        if kind["spec"]["group"].endswith("k8s.io"):
            assert "api-approved.kubernetes.io" in kind["metadata"]["annotations"]


@functools.cache
def _roles() -> dict[str, list[dict[str, Any]]]:
    """The rules of each role by its name, an account's."""
    return {d["metadata"]["name"]: d["rules"] for d in _applied(_planned()) if d["kind"] == "ClusterRole"}


def _may(verbs: set[str], group: str, plural: str, account: str = "calico-node") -> bool:
    """Whether its role lets an account."""
    return any(
        group in rule["apiGroups"] and {plural, "*"} & set(rule["resources"]) and verbs <= set(rule["verbs"])
        for rule in _roles()[account]
    )


def test_nothing_is_refused_that_it_asks_for() -> None:
    """Each kind may be read by calico-node: what may not be listed keeps it from ever being ready."""
    for kind in calico.custom_kinds():
        plural, group = kind["spec"]["names"]["plural"], kind["spec"]["group"]
        assert _may({"list", "watch"}, group, plural), plural


@pytest.mark.parametrize("plural", MADE_AT_START)
def test_nothing_is_refused_that_it_makes_as_it_starts(plural: str) -> None:
    assert _may({"create", "update"}, "crd.projectcalico.org", plural)


def test_controllers_are_not_refused_what_they_look_out_for() -> None:
    account = "calico-kube-controllers"
    assert _may({"list", "watch"}, "apiextensions.k8s.io", "customresourcedefinitions", account)


def test_all_of_it_travels_in_4_kib() -> None:
    text = files(_planned(**DUAL).roles[0])[MANIFEST]
    assert len(gzip.compress(text.encode(), mtime=0)) < 4 * 1024


def test_nodes_get_no_share_that_nobody_uses() -> None:
    (cluster,) = [
        d for d in documents(_planned().roles[0], "init") if d.get("kind") == "ClusterConfiguration"
    ]
    found = args(cluster["controllerManager"]["extraArgs"])
    assert found["allocate-node-cidrs"] == "false"
    assert not any(name.startswith("node-cidr-mask-size") for name in found)


def test_the_node_is_prepared() -> None:
    model = _planned()
    for role in model.roles:
        placed = files(role)
        assert "vxlan" in placed["/etc/modules-load.d/jeroboam.conf"].split()
        assert "net.ipv4.conf.all.rp_filter = 0" in placed["/etc/sysctl.d/90-jeroboam.conf"]
        assert role.config.environment["JEROBOAM_NETWORK"] == "calico"
    assert not any("calico" in path for path in files(plan().roles[0]))

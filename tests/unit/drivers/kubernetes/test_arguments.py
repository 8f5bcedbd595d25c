"""Arguments of Kubernetes' programs: the compiler's, those that join them, those that no program takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jeroboam import resources
from jeroboam.drivers.kubernetes import programs
from jeroboam.drivers.kubernetes.catalogue import supported_minors
from tests.support.cases import ROOT
from tests.unit.drivers.kubernetes.planned import args, documents, outcome, plan, problems

PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")


def _api_server(**kubernetes: Any) -> dict[str, str]:
    found = documents(plan(kubernetes=kubernetes).roles[0], "init")[1]
    return args(found["apiServer"]["extraArgs"])


@pytest.mark.parametrize("name", ["enable-admission-plugins", "enable_admission_plugins"])
def test_plug_ins_of_arguments_join_the_others(name: str) -> None:
    given = {name: "PodNodeSelector, NodeRestriction"}
    found = _api_server(admission_plugins=["AlwaysPullImages"], api_server_args=given)
    assert found["enable-admission-plugins"] == "NodeRestriction,AlwaysPullImages,PodNodeSelector"
    assert _api_server(api_server_args=given)["enable-admission-plugins"] == "NodeRestriction,PodNodeSelector"
    assert "enable-admission-plugins" not in _api_server()


def test_labels_of_arguments_join_the_groups() -> None:
    group = {"name": "web", "flavor": "m", "node_labels": {"pool": "web", "a": "1"}}
    given = {"node-labels": "environment=production,a=2"}
    model = plan(node_groups=[group], kubernetes={"kubelet_args": given})
    (join,) = documents(model.roles[1], "join")
    found = args(join["nodeRegistration"]["kubeletExtraArgs"])
    assert found["node-labels"] == "pool=web,a=2,environment=production"


def test_arguments_of_a_groups_kubelet_win_and_reach_no_other_group() -> None:
    groups = [
        {"name": "web", "flavor": "m", "kubelet_args": {"max-pods": "50", "node_labels": "c=3"}},
        {"name": "batch", "flavor": "m"},
    ]
    given = {"max_pods": "80", "node-labels": "a=1", "cpu-manager-policy": "static"}
    model = plan(node_groups=groups, kubernetes={"kubelet_args": given})
    web, batch = (
        args(documents(role, "join")[0]["nodeRegistration"]["kubeletExtraArgs"]) for role in model.roles[1:]
    )
    del web["node-ip"], batch["node-ip"]
    assert web == {"max-pods": "50", "node-labels": "a=1,c=3", "cpu-manager-policy": "static"}
    assert batch == {"max-pods": "80", "node-labels": "a=1", "cpu-manager-policy": "static"}


def test_arguments_of_a_groups_kubelet_are_judged() -> None:
    group = {"name": "web", "flavor": "m", "kubelet_args": {"node-ip": "10.0.0.9", "no-such": "1"}}
    found = {(d.code, d.pointer) for d in outcome(node_groups=[group])[1]}
    assert {
        ("JB0470", "/node_groups/0/kubelet_args/node-ip"),
        ("JB0472", "/node_groups/0/kubelet_args/no-such"),
    } <= found


def test_gates_of_arguments_join_the_others() -> None:
    gates = {"AllBeta": False, "AllAlpha": False}
    found = _api_server(feature_gates=gates, api_server_args={"feature-gates": "AllAlpha=true"})
    assert found["feature-gates"] == "AllBeta=false,AllAlpha=true"


@pytest.mark.parametrize(
    ("kubernetes", "codes"),
    [
        ({"api_server_args": {"secure_port": "443"}}, ["JB0470"]),
        ({"api_server_args": {"encryption-provider-config": "/x"}}, ["JB0470"]),
        ({"api_server_args": {"encryption-provider-config": "/x"}, "encrypt_secrets": False}, ["JB0427"]),
        ({"api_server_args": {"audit-policy-file": "/x"}}, []),
        ({"api_server_args": {"service-account-issuer": "https://oidc.example.org"}}, []),
        ({"kubelet_args": {"cloud-provider": "external"}}, []),
        (
            {
                "kubelet_args": {"cloud-provider": "external"},
                "addons": {"cloud_controller_manager": {"enabled": True}},
            },
            ["JB0470"],
        ),
        ({"api_server_args": {"anonymous-auth": "F"}}, ["JB0471"]),
        ({"api_server_args": {"authorization-mode": "RBAC,Webhook"}}, ["JB0471"]),
        ({"api_server_args": {"authorization-mode": "Node,RBAC,Webhook"}}, []),
        ({"api_server_args": {"disable-admission-plugins": "NodeRestriction"}}, ["JB0471"]),
        ({"controller_manager_args": {"controllers": "*,bootstrapsigner,tokencleaner,-ttl"}}, []),
        ({"controller_manager_args": {"controllers": "*"}}, ["JB0471"]),
        ({"api_server_args": {"bind-address": "127.0.0.1"}}, ["JB0471"]),
        ({"api_server_args": {"bind-address": "0.0.0.0"}}, []),
        ({"scheduler_args": {"bind-address": "127.0.0.1"}}, []),
        ({"kubelet_args": {"register_node": "F"}}, ["JB0471"]),
        ({"kubelet_args": {"node-labels": "a=b,node-role.kubernetes.io/worker="}}, ["JB0418"]),
        ({"kubelet_args": {"anonymous-auth": "false"}}, []),
        ({"api_server_args": {"service-node-port-range": "30000-31000"}}, []),
        ({"api_server_args": {"service-node-port-range": "30000+2767"}}, []),
        ({"api_server_args": {"service-node-port-range": "30000+2768"}}, ["JB0475"]),
        ({"api_server_args": {"service-node-port-range": "8080"}}, ["JB0475"]),
        ({"api_server_args": {"service-node-port-range": "31000-30000"}}, ["JB0475"]),
        ({"api_server_args": {"service-node-port-range": "all"}}, ["JB0475"]),
        ({"kubelet_args": {"feature-gates": "AllBeta=true,Nonesuch=true"}}, ["JB0472"]),
        ({"api_server_args": {"disable-admission-plugins": "Nonesuch"}}, ["JB0472"]),
    ],
)
def test_what_arguments_are_taken_for(kubernetes: dict[str, Any], codes: list[str]) -> None:
    assert [code for code, _ in problems(kubernetes=kubernetes)] == codes


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ({"kubelet_args": {"network-plugin": "cni"}}, "1.24"),
        ({"kubelet_args": {"container-runtime": "remote"}}, "1.27"),
        ({"kubelet_args": {"pod-infra-container-image": "pause"}}, "1.35"),
        ({"admission_plugins": ["PodSecurityPolicy"]}, "1.25"),
        ({"feature_gates": {"CSIMigration": True}}, None),
    ],
)
def test_what_is_gone_says_since_when(changes: dict[str, Any], version: str | None) -> None:
    _, found = outcome(coe_version="1.36", kubernetes=changes)
    (message,) = [d.message for d in found if d.code == "JB0473"]
    assert f"removed in kubernetes {version or '1.'}" in message


def test_what_a_minor_still_has_is_not_gone() -> None:
    given = {"kubelet_args": {"pod-infra-container-image": "pause"}}
    assert problems(coe_version="1.34", kubernetes=given) == []


@pytest.mark.parametrize(
    ("kubernetes", "before", "after"),
    [
        ({"feature_gates": {"DynamicResourceAllocation": False}}, [], ["JB0474"]),
        ({"feature_gates": {"ComponentSLIs": True}}, [], ["JB0473"]),
        ({"feature_gates": {"CRDObservedGenerationTracking": True}}, ["JB0472"], []),
        ({"api_server_args": {"min-compatibility-version": "1.34"}}, ["JB0472"], []),
    ],
)
def test_what_1_35_changed(kubernetes: dict[str, Any], before: list[str], after: list[str]) -> None:
    for minor, codes in (("1.34", before), ("1.35", after)):
        assert [code for code, _ in problems(coe_version=minor, kubernetes=kubernetes)] == codes


@pytest.mark.parametrize("program", PROGRAMS)
def test_owned_arguments_and_their_properties_exist(program: str) -> None:
    owned = json.loads(resources.data(programs.__file__, "owned_arguments.json"))[program]
    names = {*owned["by_property"], *owned["by_none"]}
    tables = [programs.flags(program, minor) for minor in supported_minors()]
    assert names <= {name for table in tables for name in (*table.known, *table.gone)}
    page = (ROOT / "docs/properties.md").read_text(encoding="utf-8")
    assert [path for path in owned["by_property"].values() if f"{path}`" not in page] == []


@pytest.mark.parametrize("port", [22, 53, 2379, 2381, 10248, 10250, 10257, 30000, 32767])
def test_ports_of_other_daemons_are_not_the_apis(port: int) -> None:
    assert problems(api={"port": port}) == [("JB0476", "/api/port")]


@pytest.mark.parametrize(
    ("port", "needs"),
    [
        (9099, {"container_network": {"driver": "calico"}}),
        (10258, {"kubernetes": {"addons": {"cloud_controller_manager": {"enabled": True}}}}),
    ],
)
def test_ports_of_parts_are_free_without_them(port: int, needs: dict[str, Any]) -> None:
    assert ("JB0476", "/api/port") in problems(api={"port": port}, **needs)
    assert problems(api={"port": port}) == []


@pytest.mark.parametrize("port", [443, 6443, 8443, 29999, 32768])
def test_ports_that_are_free_are_the_apis(port: int) -> None:
    assert problems(api={"port": port}) == []


@pytest.mark.parametrize("minor", supported_minors())
def test_the_programs_take_what_the_compiler_gives_them(minor: str) -> None:
    kubernetes = {
        "admission_plugins": ["AlwaysPullImages"],
        "feature_gates": {"AllBeta": False},
        "addons": {"cloud_controller_manager": {"enabled": True}},
    }
    changes = {"container_network": {"ipv6": {"cidr": "fd00:1::/48", "subnet_len": 64}}}
    model = plan(coe_version=minor, kubernetes=kubernetes, **changes)
    init, cluster, *_ = documents(model.roles[0], "init")
    given = {
        "kube-apiserver": cluster["apiServer"]["extraArgs"],
        "kube-controller-manager": cluster["controllerManager"]["extraArgs"],
        "kube-scheduler": cluster["scheduler"]["extraArgs"],
        "kubelet": init["nodeRegistration"]["kubeletExtraArgs"],
    }
    for program in PROGRAMS:
        flags = programs.flags(program, minor)
        assert given[program]
        assert set(args(given[program])) <= flags.known
        assert not flags.known & set(flags.gone)


@pytest.mark.parametrize(
    ("minor", "mode", "codes"),
    [
        ("1.34", "ipvs", []),
        ("1.35", "ipvs", ["JB0477"]),
        ("1.37", "ipvs", ["JB0477"]),
        ("1.37", "nftables", []),
    ],
)
def test_a_mode_of_kube_proxy_that_is_deprecated(minor: str, mode: str, codes: list[str]) -> None:
    found = problems(coe_version=minor, kubernetes={"kube_proxy_mode": mode})
    assert [code for code, _ in found if code == "JB0477"] == codes

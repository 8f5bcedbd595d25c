"""What a running cluster's API is to hold."""

from __future__ import annotations

from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.model.access import Base64
from jeroboam.model.applied import AppliedFiles, NodeMarks, Taint, objects
from jeroboam.model.types import SecretRef
from jeroboam.spec.change.compare import changes
from jeroboam.spec.change.record import Record
from tests.unit.drivers.kubernetes.planned import plan

ADDON = "kubernetes.addons.{}"
WIREGUARD = {"driver": "flannel", "backend": {"type": "wireguard"}}
CONTROL_PLANE = Taint("node-role.kubernetes.io/control-plane", "", "NoSchedule")


def applied(**spec: Any) -> AppliedFiles:
    driver = plugins.driver("kubernetes")
    assert driver
    assert driver.applied
    return driver.applied(plan(**spec))


def daemon(text: str) -> Any:
    return next(one for one in objects(text) if one["kind"] == "DaemonSet")


def test_what_masters_apply_and_nothing_else() -> None:
    found = applied(kubernetes={"addons": {"metrics_server": {"enabled": True}}})
    assert list(found.files) == ["10-flannel.yaml", "22-metrics-server.yaml"]
    assert found.keyed == ()


def test_a_key_is_named_and_not_held() -> None:
    found = applied(container_network=WIREGUARD)
    (keyed,) = found.keyed
    assert (found.files, keyed.name) == ({}, "10-flannel.yaml")
    assert keyed.values == {"FLANNEL_PSK": Base64(SecretRef("flannel_psk"))}
    assert "@{FLANNEL_PSK}" in keyed.text


def test_marks_of_each_role_and_whose_nodes_they_are() -> None:
    found = applied(
        masters={"count": 1, "node_labels": {"room": "4"}},
        node_groups=[
            {"name": "default", "count": 2, "flavor": "m1.large"},
            {
                "name": "gpu",
                "flavor": "g1",
                "node_labels": {"tier": "gpu"},
                "node_taints": ["gpu=yes:NoExecute"],
            },
        ],
    )
    assert found.marks == {
        "master": NodeMarks({"room": "4"}, (CONTROL_PLANE,)),
        "default": NodeMarks(),
        "gpu": NodeMarks({"tier": "gpu"}, (Taint("gpu", "yes", "NoExecute"),)),
    }
    assert found.nodes == {
        "prod-master-0": "master",
        "prod-default-0": "default",
        "prod-default-1": "default",
        "prod-gpu-0": "gpu",
    }


@pytest.mark.parametrize("backend", ["vxlan", "wireguard"])
def test_flannel_starts_anew_with_another_configuration(backend: str) -> None:
    def annotations(**more: Any) -> Any:
        found = applied(container_network={"driver": "flannel", "backend": {"type": backend, **more}})
        text = found.files.get("10-flannel.yaml") or found.keyed[0].text
        return daemon(text)["spec"]["template"]["metadata"]["annotations"]

    assert annotations() == annotations()
    assert annotations() != annotations(mtu=1300)


class TestEffects:
    @staticmethod
    def effect(path: str, old: Any, new: Any, **more: Any) -> tuple[str, str]:
        driver = plugins.driver("kubernetes")
        assert driver
        before: Record = {"coe": "kubernetes", "node_groups.default.count": 1, path: old, **more}
        (change,) = changes(before, {**before, path: new}, driver.changes)
        return change.effect, change.nodes

    def test_labels_and_taints_go_through_the_api(self) -> None:
        assert self.effect("node_groups.default.node_labels", {}, {"a": "b"}) == ("api", "")
        assert self.effect("masters.node_taints", [], ["a:NoSchedule"]) == ("api", "")

    def test_the_first_addon_that_asks_the_cloud_needs_masters_that_say_how(self) -> None:
        csi, on, off = ADDON.format("cinder_csi"), {"enabled": True}, {"enabled": False}
        provider = ADDON.format("cloud_controller_manager")
        assert self.effect(csi, off, on) == ("roll", "masters")
        assert self.effect(csi, off, on, **{provider: on}) == ("api", "")
        assert self.effect(csi, on, off) == ("api", "")
        assert self.effect(csi, on, {**on, "volume_type": "ssd"}) == ("api", "")


def test_labels_of_other_coes_are_for_nodes_that_come() -> None:
    driver = plugins.driver("swarm")
    assert driver
    before: Record = {"coe": "swarm", "node_groups.default.count": 1, "node_groups.default.node_labels": {}}
    (change,) = changes(before, {**before, "node_groups.default.node_labels": {"a": "b"}}, driver.changes)
    assert (change.effect, change.nodes) == ("new", "default")

"""What changes do to a cluster that lives, judged by their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.source import Data
from jeroboam.spec.change.compare import SECOND_CLUSTER, changes
from jeroboam.spec.change.effects import effects
from jeroboam.spec.change.types import ChangeEffect, SpecChange

OLD: Mapping[str, Any] = {
    "name": "prod",
    "coe": "kubernetes",
    "coe_version": "1.36.5",
    "masters.count": 3,
    "masters.image": "ubuntu-24.04",
    "masters.etcd_volume": {"size": 20, "type": None, "availability_zones": []},
    "node_groups.default.name": "default",
    "node_groups.default.count": 3,
    "node_groups.default.retired": [],
    "node_groups.default.docker_volume": {"size": 100, "type": "ssd", "availability_zones": ["a"]},
    "kubernetes.addons.cloud_controller_manager": {"enabled": True},
}
NEVER, ROLL, API, NEW, LIVE = ChangeEffect


def _changes(new: Mapping[str, Data], old: Mapping[str, Data] = OLD) -> tuple[SpecChange, ...]:
    driver = plugins.driver(str(old.get("coe")))
    return changes(
        old, {k: v for k, v in {**old, **new}.items() if v != "absent"}, driver.changes if driver else {}
    )


def _one(path: str, value: Data, old: Mapping[str, Data] = OLD) -> SpecChange:
    (found,) = _changes({path: value}, old)
    return found


def _volume(**differs: Data) -> Data:
    return {**OLD["node_groups.default.docker_volume"], **differs}


@pytest.mark.parametrize(
    ("path", "value", "effect"),
    [
        ("container_network.cidr", "10.200.0.0/16", NEVER),
        ("kubernetes.service_cidr", "10.96.0.0/16", NEVER),
        ("kubernetes.dns_domain", "corp.local", NEVER),
        ("container_network.backend.type", "host-gw", NEVER),
        ("container_network.driver", "calico", NEVER),
        ("api.port", 443, NEVER),
        ("masters.count", 1, NEVER),
        ("masters.count", 5, LIVE),
        ("coe_version", "1.37.2", ROLL),
        ("coe_version", "1.36.9", ROLL),
        ("coe_version", "1.38.0", NEVER),
        ("coe_version", "1.35.9", NEVER),
        ("coe_version", "1.36.1", NEVER),
        ("node_groups.default.node_labels", {"a": "b"}, API),
        ("kubernetes.kubelet_args", {"v": "2"}, NEW),
        ("masters.image", "ubuntu-26.04", ROLL),
        ("node_groups.default.docker_volume", _volume(size=200), LIVE),
        ("node_groups.default.docker_volume", _volume(size=50), NEVER),
        ("node_groups.default.docker_volume", _volume(type="hdd"), LIVE),
        ("node_groups.default.docker_volume", _volume(availability_zones=["b"]), NEVER),
        ("node_groups.default.docker_volume", "absent", ROLL),
        ("masters.etcd_volume", "absent", NEVER),
        ("masters.etcd_volume", {"size": 40, "type": None, "availability_zones": []}, LIVE),
        ("kubernetes.addons.cloud_controller_manager", {"enabled": False}, NEVER),
        ("kubernetes.addons.cloud_controller_manager", {"enabled": True, "version": "1.36.1"}, API),
        ("kubernetes.manifests", ["a.yaml sha256:1"], API),
        ("network.api_allowed_cidrs", ["192.0.2.0/24"], LIVE),
        ("masters.server_metadata", {"a": "b"}, LIVE),
        ("masters.existing_floating_ips", [{"id": "a", "address": "198.51.100.1"}], ROLL),
        ("node_groups.default.existing_floating_ips", [{"id": "a", "address": "198.51.100.1"}], LIVE),
        ("bastion", {"flavor": "m1.small"}, LIVE),
        ("masters.server_group_policy", "affinity", NEVER),
        ("node_groups.default.server_group_policy", "affinity", NEVER),
        ("a.property.of.another.release", 1, NEVER),
    ],
)
def test_the_effect(path: str, value: Data, effect: ChangeEffect) -> None:
    found = _one(path, value)
    assert found.path == path
    assert found.effect is effect
    assert bool(found.instead) or not found.refused, "a refusal says the way out"


@pytest.mark.parametrize("path", ["node_groups.default.max_count", "kubernetes.addons.ingress"])
def test_a_property_that_never_did_anything_may_leave_the_spec(path: str) -> None:
    """A stack of an earlier release has it on record, and can be updated all the same."""
    assert effects(path.replace(".default", "")) is None
    assert _changes({path: "absent"}, {**OLD, path: 10}) == ()


def test_one_master_never_becomes_several() -> None:
    found = _one("masters.count", 3, {**OLD, "masters.count": 1})
    assert found.refused
    assert "different addresses" in found.why
    assert found.instead == SECOND_CLUSTER


def test_fewer_masters_leave_one_at_a_time() -> None:
    found = _one("masters.count", 3, {**OLD, "masters.count": 5})
    assert found.effect is ROLL
    assert found.why.startswith("master-3, master-4 leave")


@pytest.mark.parametrize(
    ("coe", "masters", "effect", "then"),
    [("kubernetes", 1, LIVE, "move the state onto it"), ("kubernetes", 3, ROLL, ""), ("swarm", 3, NEVER, "")],
)
def test_an_etcd_volume_is_added_where_the_state_can_follow(
    coe: str, masters: int, effect: ChangeEffect, then: str
) -> None:
    old = {key: value for key, value in OLD.items() if key != "masters.etcd_volume"}
    found = _one("masters.etcd_volume", {"size": 20}, {**old, "coe": coe, "masters.count": masters})
    assert found.effect is effect
    assert found.instead.startswith(then)


def test_two_minors_at_once_name_the_one_between() -> None:
    assert 'first coe_version: "1.37"' in _one("coe_version", "1.38.0").instead


@pytest.mark.parametrize(
    ("value", "effect"), [("29.1.0", ROLL), ("28.9.0", NEVER), ("30.0.0", ROLL), ("29.0.1", ROLL)]
)
def test_a_swarm_goes_up_and_never_down(value: str, effect: ChangeEffect) -> None:
    assert _one("coe_version", value, {"coe": "swarm", "coe_version": "29.0.0"}).effect is effect


def test_count_and_retired_name_the_nodes_that_come_and_go() -> None:
    assert _one("node_groups.default.count", 5).why == "default-3, default-4 come"
    fewer = _one("node_groups.default.count", 1)
    assert fewer.why == "default-1, default-2 go"
    assert "drain" in fewer.instead
    assert _one("node_groups.default.retired", [1]).why == "default-1 goes; default-3 comes"
    assert _one("node_groups.default.retired", [7]).why == "its nodes stay the same"
    assert _one("node_groups.default.count", 40).why == "default-3 to default-39 (37 nodes) come"


def test_a_group_that_comes_or_goes_is_one_change() -> None:
    found = _changes(
        {"node_groups.gpu.name": "gpu", "node_groups.gpu.count": 2, "node_groups.gpu.flavor": "g1"}
    )
    assert [(c.path, c.name, c.old, c.new, c.effect) for c in found] == [
        ("node_groups.gpu", "node_groups", None, 2, LIVE)
    ]
    group = {key: "absent" for key in OLD if key.startswith("node_groups.default.")}
    (gone,) = _changes(group)
    assert (gone.path, gone.new, gone.effect) == ("node_groups.default", None, LIVE)
    assert "drain" in gone.instead


def test_whose_nodes_it_concerns() -> None:
    assert _one("masters.image", "new").nodes == "masters"
    assert _one("node_groups.default.kubelet_args", {"v": "2"}).nodes == "default"
    assert _one("proxy.http", "http://a").nodes == "all"
    assert _one("kubernetes.scheduler_args", {"v": "2"}).nodes == "masters"
    assert _one("network.api_allowed_cidrs", []).nodes == ""
    assert _one("node_groups.default.existing_floating_ips", [{"id": "a"}]).nodes == ""
    assert _one("masters.existing_floating_ips", [{"id": "a"}]).nodes == "masters"


def test_the_gravest_first() -> None:
    found = _changes({"tags": ["a"], "container_network.cidr": "10.200.0.0/16", "proxy.http": "http://a"})
    assert [change.effect for change in found] == [NEVER, NEW, LIVE]
    assert _changes({}) == ()

"""What is not done unless it is named, and by which names."""

from __future__ import annotations

import pytest

from jeroboam.deploy.plan import Change, Kind
from jeroboam.deploy.plan.refusals import refusals

SERVER, PORT, VOLUME = "OS::Nova::Server", "OS::Neutron::Port", "OS::Cinder::Volume"


def lost(kind: Kind, resource: str, type_name: str, node: str, *, erased: bool = False) -> Change:
    return Change(kind, "", resource, type_name, (), node, f"prod-{node}", erased=erased)


MASTER = lost(Kind.REPLACE, "master-1", SERVER, "master-1")
ETCD = lost(Kind.REPLACE, "master-1-etcd-volume", VOLUME, "master-1")
DOCKER = lost(Kind.REPLACE, "default-0-docker-volume", VOLUME, "default-0")


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ([MASTER, ETCD], ["prod-master-1"]),
        ([ETCD], ["prod-master-1"]),
        ([lost(Kind.REPLACE, "master-1-port", PORT, "master-1")], ["prod-master-1"]),
        ([lost(Kind.CHANGE, "master-1", SERVER, "master-1", erased=True)], ["prod-master-1"]),
        ([lost(Kind.CHANGE, "master-1", SERVER, "master-1")], []),
        ([lost(Kind.ADD, "master-1", SERVER, "master-1")], []),
        ([lost(Kind.REPLACE, "default-0", SERVER, "default-0")], []),
        ([lost(Kind.REPLACE, "default-0-port", PORT, "default-0")], []),
        ([DOCKER], ["default-0-docker-volume"]),
        ([lost(Kind.REMOVE, "default-0-docker-volume", VOLUME, "default-0")], ["default-0-docker-volume"]),
        (
            [
                lost(Kind.REMOVE, "default-0", SERVER, "default-0"),
                lost(Kind.REMOVE, "default-0-docker-volume", VOLUME, "default-0"),
            ],
            [],
        ),
        (
            [lost(Kind.REPLACE, "default-0", SERVER, "default-0"), DOCKER],
            ["default-0-docker-volume"],
        ),
    ],
)
def test_what_is_refused(changes: list[Change], names: list[str]) -> None:
    assert [refusal.name for refusal in refusals(changes, frozenset())] == names


@pytest.mark.parametrize("name", ["prod-master-1", "master-1"])
def test_a_node_stands_for_all_that_is_its(name: str) -> None:
    assert refusals([MASTER, ETCD], frozenset({name})) == ()


@pytest.mark.parametrize(
    "name", ["default-0-docker-volume", "prod-default-0-docker", "default-0", "prod-default-0"]
)
def test_a_volume_is_named_as_in_the_template_or_in_the_cloud(name: str) -> None:
    assert refusals([DOCKER], frozenset({name})) == ()


def test_a_resource_alone_does_not_stand_for_its_node() -> None:
    left = refusals([MASTER, ETCD], frozenset({"master-1-etcd-volume"}))
    assert [refusal.message for refusal in left] == ["the master prod-master-1 would be replaced"]

"""What is not done unless it is named, and by which names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jeroboam.deploy.plan import Change, ChangeKind
from jeroboam.deploy.plan.failed_creates import marked
from jeroboam.deploy.plan.refusals import losses
from jeroboam.deploy.types import NodeReport, StackResource
from jeroboam.hot.flat import Key

SERVER, PORT, VOLUME = "OS::Nova::Server", "OS::Neutron::Port", "OS::Cinder::Volume"


def lost(kind: ChangeKind, resource: str, type_name: str, node: str, *, erased: bool = False) -> Change:
    return Change(kind, "", resource, type_name, (), node, f"prod-{node}", erased=erased)


MASTER = lost(ChangeKind.REPLACE, "master-1", SERVER, "master-1")
ETCD = lost(ChangeKind.REPLACE, "master-1-etcd-volume", VOLUME, "master-1")
DOCKER = lost(ChangeKind.REPLACE, "default-0-docker-volume", VOLUME, "default-0")


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ([MASTER, ETCD], ["prod-master-1"]),
        ([ETCD], ["prod-master-1"]),
        ([lost(ChangeKind.REPLACE, "master-1-port", PORT, "master-1")], ["prod-master-1"]),
        ([lost(ChangeKind.CHANGE, "master-1", SERVER, "master-1", erased=True)], ["prod-master-1"]),
        ([lost(ChangeKind.CHANGE, "master-1", SERVER, "master-1")], []),
        ([lost(ChangeKind.ADD, "master-1", SERVER, "master-1")], []),
        ([lost(ChangeKind.REPLACE, "default-0", SERVER, "default-0")], []),
        ([lost(ChangeKind.REPLACE, "default-0-port", PORT, "default-0")], []),
        ([DOCKER], ["default-0-docker-volume"]),
        (
            [lost(ChangeKind.REMOVE, "default-0-docker-volume", VOLUME, "default-0")],
            ["default-0-docker-volume"],
        ),
        (
            [
                lost(ChangeKind.REMOVE, "default-0", SERVER, "default-0"),
                lost(ChangeKind.REMOVE, "default-0-docker-volume", VOLUME, "default-0"),
            ],
            [],
        ),
        (
            [lost(ChangeKind.REPLACE, "default-0", SERVER, "default-0"), DOCKER],
            ["default-0-docker-volume"],
        ),
    ],
)
def test_what_is_refused(changes: list[Change], names: list[str]) -> None:
    assert [refusal.name for refusal in losses(changes, frozenset())] == names


@pytest.mark.parametrize("name", ["prod-master-1", "master-1"])
def test_a_node_stands_for_all_that_is_its(name: str) -> None:
    assert losses([MASTER, ETCD], frozenset({name})) == ()


@pytest.mark.parametrize(
    "name", ["default-0-docker-volume", "prod-default-0-docker", "default-0", "prod-default-0"]
)
def test_a_volume_is_named_as_in_the_template_or_in_the_cloud(name: str) -> None:
    assert losses([DOCKER], frozenset({name})) == ()


def test_a_resource_alone_does_not_stand_for_its_node() -> None:
    left = losses([MASTER, ETCD], frozenset({"master-1-etcd-volume"}))
    assert [refusal.message for refusal in left] == ["the master prod-master-1 would be replaced"]


# --- what never came to be ------------------------------------------------------------------------


def live(change: Change, state: str = "CREATE_FAILED", id_: str = "") -> StackResource:
    action, _, status = state.partition("_")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return StackResource("prod/1", change.resource, change.type, action, status, "", id_, now, ())


READY = NodeReport("prod-master-1", "master", True, "SUCCESS", "up", None, None, None, None)
FAILED = replace(READY, status="FAILURE")
ANOTHERS = replace(READY, void_of="")
REPLACED = replace(READY, void_of="old")
PORT_OF_MASTER = lost(ChangeKind.REPLACE, "master-1-port", PORT, "master-1")


@pytest.mark.parametrize(
    ("change", "found", "reports", "refused"),
    [
        # A first create that failed: no valid host, or a server in ERROR.
        (MASTER, live(MASTER), [], False),
        (MASTER, live(MASTER, id_="in-error"), [], False),
        (MASTER, live(MASTER), [FAILED], False),
        (PORT_OF_MASTER, live(PORT_OF_MASTER), [], False),
        (ETCD, live(ETCD), [], False),
        (ETCD, live(ETCD, id_="in-error"), [], False),
        (DOCKER, live(DOCKER), [], False),
        # A server of another time had that name.
        (MASTER, live(MASTER), [ANOTHERS], False),
        # It was a master once, or is one until its replacement is made.
        (MASTER, live(MASTER), [READY], True),
        (MASTER, live(MASTER), [REPLACED], True),
        (MASTER, live(MASTER, "CHECK_FAILED", "id"), [], True),
        (MASTER, live(MASTER, "UPDATE_FAILED", "id"), [], True),
        (MASTER, live(MASTER, "CREATE_COMPLETE", "id"), [], True),
        # A volume that was in use has an id; one without was never there.
        (ETCD, live(ETCD, id_="in-use"), [READY], True),
        (ETCD, live(ETCD), [READY], False),
        (ETCD, live(ETCD, "UPDATE_FAILED", "id"), [], True),
    ],
)
def test_replacing_what_failed_to_be_made_loses_nothing(
    change: Change, found: StackResource, reports: list[NodeReport], refused: bool
) -> None:
    (shown,) = marked([change], {Key("", change.resource): found}, reports)
    assert bool(losses([shown], frozenset())) is refused
    assert shown.unmade is not refused
    assert [cause.note for cause in shown.causes] == (
        [] if refused else ["its creation failed and its node was never ready: no data is lost"]
    )


def test_what_was_made_is_refused_beside_what_was_not() -> None:
    found = {Key("", MASTER.resource): live(MASTER), Key("", ETCD.resource): live(ETCD, "UPDATE_FAILED", "v")}
    left = losses(tuple(marked([MASTER, ETCD], found, [])), frozenset())
    assert [refusal.message for refusal in left] == ["master-1-etcd-volume of a master would be replaced"]

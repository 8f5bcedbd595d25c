"""The client of a swarm against a played Docker API: what it asks, refuses, and takes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from jeroboam import plugins
from jeroboam.clients.swarm import api
from jeroboam.clients.swarm import client as client_module
from jeroboam.clients.swarm.client import SwarmClient
from jeroboam.model.client import Client, ClientError, Member, Survivor
from tests.support.played_docker import ADDRESS, PlayedSwarm
from tests.support.tls import authority

MANAGERS = ("prod-master-0", "prod-master-1", "prod-master-2")
WORKERS = ("prod-web-0", "prod-web-1")


@pytest.fixture
def swarm(tmp_path: Path) -> Iterator[PlayedSwarm]:
    """Three managers, the first leads, and two workers with a service on both."""
    with PlayedSwarm(tmp_path) as played:
        for name in MANAGERS:
            played.add(name, manager=True, availability="drain")
        for name in WORKERS:
            played.add(name, tier="web")
        played.serve("shop", *WORKERS)
        yield played


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens in each of the next pauses; they take no time, but the clock goes on."""
    paused: list[float] = []
    events: list[Callable[[], object]] = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        if events:
            events.pop(0)()

    for module in (api, client_module):
        monkeypatch.setattr(module, "sleep", pause)
    monkeypatch.setattr(client_module, "monotonic", lambda: sum(paused))
    return events


@pytest.fixture
def client(swarm: PlayedSwarm) -> Client:
    return _client(swarm)


def _client(swarm: PlayedSwarm, name: str = ADDRESS) -> Client:
    connect = plugins.client("swarm")
    assert connect
    return connect(swarm.door(name))


def _member(client: Client, name: str) -> Member:
    return next(member for member in client.members() if member.name == name)


# --- who is there -----------------------------------------------------------------------------------


def test_its_members(client: Client, swarm: PlayedSwarm) -> None:
    swarm.node("prod-web-1")["Status"] = {"State": "down", "Message": "heartbeat failure"}
    leader, *_, worker, lost = client.members()
    assert leader == Member("prod-master-0", True, True, takes_work=False, leader=True, version="29.8.2")
    assert worker == Member("prod-web-0", False, True, version="29.8.2")
    assert lost.why == "the swarm calls it down: heartbeat failure"
    assert not lost.ready
    assert (worker.since, lost.since) == ("", "")


def test_a_node_is_down_since_the_swarm_wrote_it(client: Client, swarm: PlayedSwarm) -> None:
    swarm.node("prod-web-1")["UpdatedAt"] = "2026-11-29T11:02:03.456789Z"
    swarm.node("prod-master-1")["UpdatedAt"] = "2026-11-01T11:02:03.456789Z"
    assert {it.since for it in client.members()} == {""}
    swarm.down("prod-web-1")
    # Nobody writes down since when a manager is not reached.
    swarm.node("prod-master-1")["ManagerStatus"]["Reachability"] = "unreachable"
    found = {it.name: it for it in client.members()}
    assert found["prod-web-1"].since == "2026-11-29T11:02:03Z"
    assert (found["prod-master-1"].ready, found["prod-master-1"].since) == (False, "")


def test_one_that_lives_is_meant_not_its_predecessors(client: Client, swarm: PlayedSwarm) -> None:
    swarm.down("prod-web-0")
    dead = swarm.node("prod-web-0")["ID"]
    assert not _member(client, "prod-web-0").ready
    swarm.add("prod-web-0")
    assert _member(client, "prod-web-0").ready
    assert len(client.members()) == 5
    client.forget("prod-web-0")
    assert dead not in swarm.nodes
    assert _member(client, "prod-web-0").ready


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"Reachability": "unreachable"}, "the other managers call it unreachable"),
        (None, "it has no vote yet"),
    ],
)
def test_a_manager_is_ready_when_it_votes(
    client: Client, swarm: PlayedSwarm, status: dict[str, Any] | None, why: str
) -> None:
    node = swarm.node("prod-master-2")
    del node["ManagerStatus"]
    if status:
        node["ManagerStatus"] = status
    member = _member(client, "prod-master-2")
    assert (member.manager, member.ready, member.why) == (True, False, why)
    assert client.problems(frozenset()) == (f"manager 'prod-master-2' is not ready: {why}",)
    assert client.problems(frozenset({"prod-master-2"})) == ()


def test_a_quorum_is_of_all_that_have_a_vote(client: Client, swarm: PlayedSwarm) -> None:
    assert client.problems(frozenset({"prod-master-1"})) == ()
    swarm.down("prod-master-2")
    swarm.add("prod-master-2", manager=True)
    # The dead one still votes: two of four are left, the swarm needs three.
    assert client.problems(frozenset({"prod-master-1"})) == (
        "manager 'prod-master-2' is not ready: the swarm calls it down: heartbeat failure",
        "2 of 4 managers are left without 'prod-master-1', the swarm needs 3",
    )


def test_no_leader(client: Client, swarm: PlayedSwarm) -> None:
    swarm.node("prod-master-0")["ManagerStatus"]["Leader"] = False
    assert client.problems(frozenset()) == ("no manager leads the swarm",)


def test_a_single_manager_has_no_quorum_to_keep(tmp_path: Path) -> None:
    with PlayedSwarm(tmp_path) as swarm:
        swarm.add("prod-master-0", manager=True)
        client = _client(swarm)
        assert client.problems(frozenset({"prod-master-0"})) == ()
        client.leave("prod-master-0")
        assert "ManagerStatus" in swarm.node("prod-master-0")
        assert not any(asked.startswith("POST") for asked in swarm.requests)


# --- closed, drained, opened ------------------------------------------------------------------------


def test_a_closed_node_is_empty_and_remembers_what_it_was(client: Client, swarm: PlayedSwarm) -> None:
    swarm.node("prod-web-0")["Spec"]["Availability"] = "pause"
    client.close("prod-web-0")
    client.close("prod-web-0")
    member = _member(client, "prod-web-0")
    assert (member.takes_work, member.ours) == (False, True)
    assert client.drain("prod-web-0") == ()
    assert swarm.running("prod-web-1") == 2
    client.open("prod-web-0")
    client.open("prod-web-0")
    assert swarm.node("prod-web-0")["Spec"] == {
        "Role": "worker",
        "Availability": "pause",
        "Labels": {"tier": "web"},
    }


def test_what_somebody_else_drained_is_not_ours(client: Client, swarm: PlayedSwarm) -> None:
    client.close("prod-master-1")
    client.open("prod-master-1")
    member = _member(client, "prod-master-1")
    assert (member.takes_work, member.ours) == (False, False)
    assert not any(asked.startswith("POST") for asked in swarm.requests)


def test_what_somebody_else_opened_meanwhile_stays_so(client: Client, swarm: PlayedSwarm) -> None:
    client.close("prod-web-0")
    swarm.node("prod-web-0")["Spec"]["Availability"] = "pause"
    client.open("prod-web-0")
    assert swarm.node("prod-web-0")["Spec"]["Availability"] == "pause"
    assert not _member(client, "prod-web-0").ours


def test_what_is_left_is_named_as_docker_does(client: Client, swarm: PlayedSwarm) -> None:
    swarm.serve("agent", "prod-web-0", Mode={"Global": {}})
    swarm.tasks[-1]["Slot"] = 0
    assert client.drain("prod-web-0") == ("agent", "shop.1")
    swarm.down("prod-web-0")
    # What ran there runs elsewhere, though the swarm still lists it.
    assert client.drain("prod-web-0") == ()


def test_a_change_of_somebody_else_in_between_is_kept(
    client: Client, swarm: PlayedSwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, node = swarm.answer, swarm.node("prod-web-0")

    def changed(method: str, target: str, body: bytes) -> Any:
        if method == "POST" and node["Version"]["Index"] == 1:
            node["Spec"]["Labels"]["disk"] = "fast"
            node["Version"] = {"Index": 2}
        return answer(method, target, body)

    monkeypatch.setattr(swarm, "answer", changed)
    client.close("prod-web-0")
    assert node["Spec"]["Availability"] == "drain"
    assert node["Spec"]["Labels"]["disk"] == "fast"


def test_nothing_is_done_to_a_node_that_nobody_knows(client: Client, swarm: PlayedSwarm) -> None:
    for ask in (client.close, client.leave, client.forget, client.open):
        ask("prod-web-9")
    assert (client.drain("prod-web-9"), client.obstacles("prod-web-9")) == ((), ())
    assert {asked.split()[0] for asked in swarm.requests} == {"GET"}


# --- managers ---------------------------------------------------------------------------------------


def test_a_leader_hands_over_and_votes_again_if_it_stays(client: Client, swarm: PlayedSwarm) -> None:
    client.close("prod-master-0")
    client.leave("prod-master-0")
    client.leave("prod-master-0")
    assert not _member(client, "prod-master-0").manager
    assert _member(client, "prod-master-1").leader
    client.open("prod-master-0")
    assert _member(client, "prod-master-0").manager
    assert swarm.node("prod-master-0")["Spec"]["Labels"] == {}


def test_a_quorum_is_kept_by_the_swarm(client: Client, swarm: PlayedSwarm) -> None:
    swarm.down("prod-master-2")
    with pytest.raises(ClientError, match="loss of quorum") as refused:
        client.leave("prod-master-1")
    assert refused.value.unreachable


def test_a_dead_manager_is_demoted_and_removed(client: Client, swarm: PlayedSwarm) -> None:
    swarm.down("prod-master-0")
    client.forget("prod-master-0")
    assert [member.name for member in client.members() if member.manager] == [
        "prod-master-1",
        "prod-master-2",
    ]
    assert len(client.members()) == 4


def test_a_server_that_just_stopped_is_waited_for(
    client: Client, swarm: PlayedSwarm, waits: list[Callable[[], object]]
) -> None:
    """The swarm believes for a while that it lives; a leader that is new knows of nobody."""
    status = swarm.node("prod-web-0")["Status"]
    waits += [partial(status.update, State=state) for state in ("ready", "unknown", "down")]
    client.forget("prod-web-0")
    assert not waits
    assert "prod-web-0" not in {member.name for member in client.members()}


def test_one_that_lives_is_not_forgotten(client: Client) -> None:
    client.forget("prod-web-0")
    assert _member(client, "prod-web-0").ready


# --- what a drain costs -----------------------------------------------------------------------------


def test_obstacles(client: Client, swarm: PlayedSwarm) -> None:
    def bound(*constraints: str, **container: Any) -> dict[str, Any]:
        return {
            "TaskTemplate": {
                "Placement": {"Constraints": [*constraints]},
                "ContainerSpec": container,
            }
        }

    data = {"Type": "volume", "Source": "data", "Target": "/data"}
    shared = {**data, "VolumeOptions": {"DriverConfig": {"Name": "nfs"}}}
    swarm.serve("agent", "prod-web-0", Mode={"Global": {}})
    swarm.serve("db", "prod-web-0", **bound("node.hostname==PROD-web-0", Mounts=[data]))
    swarm.serve(
        "files", "prod-web-0", **bound("node.labels.tier == web", "node.role!=manager", Mounts=[shared])
    )
    swarm.serve("pinned", "prod-web-0", **bound(f"node.id=={swarm.node('prod-web-0')['ID']}"))
    swarm.serve("elsewhere", "prod-web-1", **bound("node.hostname==prod-web-1"))
    *found, once = client.obstacles("prod-web-0")
    assert found == [
        "the service 'agent' runs on every node: its task here has no successor meanwhile",
        "the service 'db' has no other node that fits node.hostname==PROD-web-0: its tasks wait meanwhile",
        "the service 'db' keeps 'data' on this node: its tasks leave it behind",
        "the service 'pinned' has no other node that fits node.id==n4: its tasks wait meanwhile",
        "the service 'pinned' is bound to this node's id, which the new server does not have",
    ]
    assert once.startswith("containers that belong to no service")
    assert not any(asked.startswith("POST") for asked in swarm.requests)


@pytest.mark.parametrize(
    ("constraint", "fits"),
    [
        ("node.labels.tier==WEB", True),
        ("node.labels.Tier==web", False),
        ("engine.labels.disk!=slow", True),
        ("node.platform.os==linux", True),
        ("node.platform.arch!=x86_64", False),
        ("node.ip==10.8.0.0/24", True),
        ("node.ip!=10.8.0.5", False),
        ("node.ip==all", False),
    ],
)
def test_a_constraint_is_read_as_the_swarm_does(
    client: Client, swarm: PlayedSwarm, constraint: str, fits: bool
) -> None:
    swarm.serve("some", "prod-web-0", TaskTemplate={"Placement": {"Constraints": [constraint]}})
    assert any("has no other node" in text for text in client.obstacles("prod-web-0")) != fits


def test_a_locked_swarm(client: Client, swarm: PlayedSwarm) -> None:
    assert not any("unlock" in text for text in client.obstacles("prod-master-0"))
    swarm.autolock = True
    assert any("waits for the unlock key" in text for text in client.obstacles("prod-master-0"))
    assert not any("unlock" in text for text in client.obstacles("prod-web-0"))


# --- the way in -------------------------------------------------------------------------------------


def test_the_certificate_is_verified_for_the_address_and_not_for_the_tunnel(swarm: PlayedSwarm) -> None:
    with pytest.raises(ClientError, match=r"192\.0\.2\.8") as refused:
        _client(swarm, "192.0.2.8").members()
    assert not refused.value.unreachable
    assert len(_client(swarm).members()) == 5


def test_another_ca_is_refused_whatever_the_environment_trusts(
    swarm: PlayedSwarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = swarm.door()
    trusted = tmp_path / "trusted.pem"
    trusted.write_text((tmp_path / "ca.pem").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    (tmp_path / "other").mkdir()
    with PlayedSwarm(tmp_path / "other", seed=2) as other:
        (tmp_path / "ca.pem").write_bytes((other.door().folder / "ca.pem").read_bytes())
    connect = plugins.client("swarm")
    assert connect
    with pytest.raises(ClientError, match="is not what it should be") as refused:
        connect(door).members()
    assert not refused.value.unreachable
    assert authority(2)["cluster_ca_cert"] not in str(refused.value)


def test_no_proxy_of_the_environment_stands_between(
    swarm: PlayedSwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert len(_client(swarm).members()) == 5


def test_nobody_there(tmp_path: Path) -> None:
    with PlayedSwarm(tmp_path) as swarm:
        client = _client(swarm)
    with pytest.raises(ClientError, match="does not answer: Connection refused") as refused:
        client.members()
    assert refused.value.unreachable


@pytest.mark.parametrize(
    ("status", "message", "unreachable"),
    [
        (500, "rpc error: code = Unknown desc = The swarm does not have a leader.", True),
        (503, "This node is not a swarm manager.", True),
        (403, "authorization denied by plugin", False),
        (400, "invalid filter", False),
    ],
)
def test_an_answer_that_is_none(
    client: Client, swarm: PlayedSwarm, status: int, message: str, unreachable: bool
) -> None:
    swarm.refuse = (status, message)
    with pytest.raises(ClientError, match=message) as refused:
        client.members()
    assert refused.value.unreachable == unreachable
    assert len(swarm.requests) == (3 if unreachable else 1)


def test_another_manager_is_asked_behind_a_balancer(
    client: Client, swarm: PlayedSwarm, waits: list[Callable[[], object]]
) -> None:
    swarm.refuse = (503, "This node is not a swarm manager.")
    waits += [partial(setattr, swarm, "refuse", None)]
    assert len(client.members()) == 5


@pytest.mark.parametrize("answer", [{"message": "hello"}, ["node"], [{"ID": "n1"}], 7, None])
def test_something_else_at_the_port(
    client: Client, swarm: PlayedSwarm, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(swarm, "answer", Mock(return_value=answer))
    with pytest.raises(ClientError, match="is not a swarm's Docker API"):
        client.members()


def test_credentials_that_are_none(swarm: PlayedSwarm) -> None:
    door = swarm.door()
    (door.folder / "key.pem").write_text("no key", "utf-8")
    connect = plugins.client("swarm")
    assert connect
    with pytest.raises(ClientError, match="the credentials of the swarm cannot be used"):
        connect(door)


# --- without a quorum -------------------------------------------------------------------------------

MARK = "0123456789ab"


@pytest.fixture
def alone(swarm: PlayedSwarm) -> Survivor:
    """The client of a swarm of which the last manager is left."""
    swarm.left = MANAGERS[-1]
    connect = plugins.client("swarm")
    assert connect
    found = connect(replace(swarm.door(), addresses={MANAGERS[-1]: "10.8.0.7"}))
    assert isinstance(found, Survivor)
    return found


def test_a_manager_that_is_left_goes_on_and_then_its_etcd(alone: Survivor, swarm: PlayedSwarm) -> None:
    assert alone.survivor() == MANAGERS[-1]
    assert alone.go_on_alone(MARK) == "the swarm begins anew from what it knows"
    (how,) = swarm.begun
    assert how["ForceNewCluster"] is True
    assert (how["AdvertiseAddr"], how["ListenAddr"], how["DataPathPort"]) == (
        "10.8.0.7",
        "10.8.0.7:2377",
        4789,
    )
    for _ in range(2):
        assert "its etcd follows" in alone.go_on_alone(MARK)
    labels = swarm.node(MANAGERS[-1])["Spec"]["Labels"]
    assert labels == {"jeroboam.alone": f"wanted-{MARK}"}
    assert swarm.requests.count("POST /v1.44/swarm/init") == 1
    # Its timer has done what was wanted.
    labels["jeroboam.alone"] = f"done-{MARK}"
    assert alone.go_on_alone(MARK) == ""


def test_another_loss_is_another_mark(alone: Survivor, swarm: PlayedSwarm) -> None:
    swarm.node(MANAGERS[-1])["Spec"]["Labels"] = {"jeroboam.alone": "done-000000000000"}
    alone.go_on_alone(MARK)
    assert "its etcd follows" in alone.go_on_alone(MARK)
    assert swarm.node(MANAGERS[-1])["Spec"]["Labels"] == {"jeroboam.alone": f"wanted-{MARK}"}


def test_the_others_are_forgotten_before_they_join_anew(alone: Survivor, swarm: PlayedSwarm) -> None:
    alone.go_on_alone(MARK)
    assert isinstance(alone, SwarmClient)
    for name in MANAGERS[:-1]:
        alone.forget(name)
    assert [member.name for member in alone.members() if member.manager] == [MANAGERS[-1]]
    assert alone.problems(frozenset()) == ()


@pytest.mark.parametrize("state", ["locked", "inactive", "error"])
def test_a_manager_without_its_swarm_has_nothing_to_go_on_with(
    alone: Survivor, swarm: PlayedSwarm, state: str
) -> None:
    swarm.state = state
    with pytest.raises(ClientError, match=f"Docker calls its state {state}") as refused:
        alone.go_on_alone(MARK)
    assert not refused.value.unreachable
    assert swarm.begun == []

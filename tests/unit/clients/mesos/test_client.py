"""The client of Mesos against played masters: what it asks of whom, and what it leaves to others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from jeroboam import plugins
from jeroboam.clients.mesos import client as client_module
from jeroboam.model.client import Client, ClientError, Member
from tests.support.played_mesos import PASSWORD, PlayedMesos

ADDRESSES = {
    "prod-master-0": "127.0.0.1",
    "prod-master-1": "127.0.0.2",
    "prod-master-2": "127.0.0.3",
    "prod-web-0": "10.8.0.20",
    "prod-web-1": "10.8.0.21",
}
WORKER = ADDRESSES["prod-web-0"]


@pytest.fixture
def mesos() -> Iterator[PlayedMesos]:
    """Three masters, the first leads, and two agents."""
    with PlayedMesos(3) as played:
        for name in ("prod-web-0", "prod-web-1"):
            played.add(ADDRESSES[name])
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

    monkeypatch.setattr(client_module, "sleep", pause)
    monkeypatch.setattr(client_module, "monotonic", lambda: sum(paused))
    return events


@pytest.fixture
def client(mesos: PlayedMesos, tmp_path: Path) -> Client:
    return _client(mesos, tmp_path)


def test_in_a_rotation_each_master_is_asked_with_the_password_that_it_has(
    mesos: PlayedMesos, tmp_path: Path
) -> None:
    door = mesos.door(tmp_path, ADDRESSES)
    file = tmp_path / "env.sh"
    text = file.read_text(encoding="utf-8").replace("MESOS_PASSWORD='", "MESOS_PASSWORD_BEFORE='")
    file.write_text(f"{text}export MESOS_PASSWORD='of tomorrow'\n", encoding="utf-8")
    connect = plugins.client("mesos")
    assert connect
    mesos.passwords[ADDRESSES["prod-master-1"]] = "of tomorrow"
    assert all(member.ready for member in connect(door).members())
    mesos.passwords[ADDRESSES["prod-master-2"]] = "of another"
    late = {member.name: member.why for member in connect(door).members() if not member.ready}
    assert {*late} == {"prod-master-2"}
    assert "refuses our user" in late["prod-master-2"]


def _client(mesos: PlayedMesos, folder: Path, *, masters: bool = True) -> Client:
    connect = plugins.client("mesos")
    assert connect
    return connect(mesos.door(folder, ADDRESSES, masters=masters))


def _member(client: Client, name: str) -> Member:
    return next(member for member in client.members() if member.name == name)


def _asked(mesos: PlayedMesos) -> list[str]:
    """The calls that change something."""
    return [what for _, method, what in mesos.requests if method == "POST" and not what.startswith("GET_")]


# --- who is there -----------------------------------------------------------------------------------


def test_its_members(client: Client, mesos: PlayedMesos) -> None:
    mesos.down(ADDRESSES["prod-web-1"])
    leader, second, _, worker, lost = client.members()
    assert leader == Member("prod-master-0", True, True, leader=True, version="1.11.0", by_us=True)
    assert second == Member("prod-master-1", True, True, version="1.11.0", by_us=True)
    assert worker == Member("prod-web-0", False, True, version="1.11.0")
    assert (lost.ready, lost.why) == (False, "the master has lost its connection to it")


def test_an_agent_that_a_new_leader_remembers(client: Client, mesos: PlayedMesos) -> None:
    mesos.agent(WORKER)["recovered"] = True
    member = _member(client, "prod-web-0")
    assert (member.ready, member.why) == (False, "the leading master has not heard of it since it leads")
    client.close("prod-web-0")
    assert _asked(mesos) == []


def test_whoever_leads_is_asked_and_no_other_is_told_the_password(client: Client, mesos: PlayedMesos) -> None:
    mesos.masters = ["127.0.0.3", "127.0.0.2"]
    client.close("prod-web-0")
    assert [address for address, _, what in mesos.requests if what == "DRAIN_AGENT"] == [
        "127.0.0.2",
        "127.0.0.3",
    ]
    lost = _member(client, "prod-master-0")
    assert not lost.ready
    assert lost.why.startswith("the master 127.0.0.1 does not answer at 127.0.0.1:")
    mesos.masters[0] = "192.0.2.9"
    before = len(mesos.requests)
    with pytest.raises(
        ClientError, match=r"call '192\.0\.2\.9' their leader, which is none of them"
    ) as refused:
        client.members()
    assert not refused.value.unreachable
    assert len(mesos.requests) == before + 1


def test_health_is_that_of_the_masters(client: Client, mesos: PlayedMesos) -> None:
    assert client.problems(frozenset()) == ()
    assert client.problems(frozenset({"prod-master-1"})) == ()
    mesos.behind.add("127.0.0.2")
    behind = "master 'prod-master-1' is not ready: its log has not caught up with the other masters'"
    assert client.problems(frozenset()) == (behind,)
    assert client.problems(frozenset({"prod-master-2"})) == (
        behind,
        "1 of 3 masters are left without 'prod-master-2', Mesos needs 2",
    )


def test_a_single_master_has_no_quorum_to_keep(tmp_path: Path) -> None:
    with PlayedMesos() as mesos:
        assert _client(mesos, tmp_path).problems(frozenset({"prod-master-0"})) == ()
        # Where the stack does not say where its masters are, the API's own address is one of them.
        assert _client(mesos, tmp_path, masters=False).problems(frozenset()) == ()


# --- closed, drained, opened ------------------------------------------------------------------------


def test_a_drained_agent_comes_back(client: Client, mesos: PlayedMesos) -> None:
    mesos.run(WORKER, "shop", "cart")
    mesos.stubborn.add("cart")
    assert client.obstacles("prod-web-0") == (
        "2 tasks are killed, and start elsewhere if their frameworks do so",
    )
    client.close("prod-web-0")
    client.close("prod-web-0")
    assert client.drain("prod-web-0") == ("cart",)
    with pytest.raises(ClientError, match="cannot be cancelled") as refused:
        client.open("prod-web-0")
    assert refused.value.unreachable
    mesos.tasks[0]["state"] = "TASK_KILLED"
    assert client.drain("prod-web-0") == ("cart (its end is not acknowledged)",)
    mesos.tasks.clear()
    assert client.drain("prod-web-0") == ("operations that have not finished",)
    mesos.settle()
    assert client.drain("prod-web-0") == ()
    member = _member(client, "prod-web-0")
    assert (member.ready, member.takes_work, member.ours) == (True, False, True)
    client.open("prod-web-0")
    client.open("prod-web-0")
    member = _member(client, "prod-web-0")
    assert (member.ready, member.takes_work, member.ours) == (True, True, False)
    assert _asked(mesos) == ["DRAIN_AGENT", "REACTIVATE_AGENT"]


def test_a_drain_bounds_no_tasks_own_grace_period_and_can_be_undone(
    client: Client, mesos: PlayedMesos
) -> None:
    client.close("prod-web-0")
    config = mesos.agent(WORKER)["drain_info"]["config"]
    assert config["max_grace_period"]["nanoseconds"] > 300 * 24 * 3600 * 10**9
    assert config["mark_gone"] is False


@pytest.mark.parametrize(
    "theirs",
    [
        {"drain_info": {"state": "DRAINED", "config": {"mark_gone": False}}},
        {"drain_info": {"state": "DRAINED", "config": {"max_grace_period": {"nanoseconds": 600 * 10**9}}}},
        {},
    ],
    ids=["drained", "drained within a time", "deactivated"],
)
def test_what_somebody_else_closed_stays_theirs(
    client: Client, mesos: PlayedMesos, theirs: dict[str, object]
) -> None:
    mesos.agent(WORKER).update(active=False, deactivated=True, **theirs)
    client.close("prod-web-0")
    assert client.drain("prod-web-0") == ()
    client.open("prod-web-0")
    member = _member(client, "prod-web-0")
    assert (member.ready, member.takes_work, member.ours) == (True, False, False)
    assert mesos.agent(WORKER)["deactivated"]


def test_persistent_volumes_are_lost(client: Client, mesos: PlayedMesos) -> None:
    disk = {"name": "disk", "disk": {"persistence": {"id": "db-data", "principal": "db"}}}
    mesos.agent(WORKER)["total_resources"] = [{"name": "cpus"}, disk]
    assert client.obstacles("prod-web-0") == (
        "the persistent volume 'db-data' is on this agent, and is lost",
    )


def test_nothing_is_done_to_a_master_or_to_whom_nobody_knows(client: Client, mesos: PlayedMesos) -> None:
    for name in ("prod-master-1", "prod-web-9"):
        for ask in (client.close, client.leave, client.forget, client.open):
            ask(name)
        assert (client.drain(name), client.obstacles(name)) == ((), ())
    assert _asked(mesos) == []


# --- forgotten --------------------------------------------------------------------------------------


def test_an_agent_whose_server_is_gone_never_comes_back(client: Client, mesos: PlayedMesos) -> None:
    client.close("prod-web-0")
    old = mesos.agent(WORKER)["agent_info"]["id"]["value"]
    mesos.down(WORKER)
    client.forget("prod-web-0")
    client.forget("prod-web-0")
    assert mesos.gone == {old}
    mesos.add(WORKER)
    assert _member(client, "prod-web-0").takes_work


def test_one_that_was_not_drained_is_waited_for(
    client: Client, mesos: PlayedMesos, waits: list[Callable[[], object]]
) -> None:
    waits += [lambda: None, partial(mesos.down, WORKER)]
    client.forget("prod-web-0")
    assert not waits
    assert len(mesos.gone) == 1


def test_one_that_lives_is_not_forgotten(client: Client, mesos: PlayedMesos) -> None:
    client.forget("prod-web-0")
    assert mesos.gone == set()
    assert _member(client, "prod-web-0").ready


# --- the way in -------------------------------------------------------------------------------------


def test_marathon_alone_drains_nothing(mesos: PlayedMesos, tmp_path: Path) -> None:
    door = mesos.door(tmp_path, ADDRESSES)
    (tmp_path / "env.sh").write_text("export MARATHON_URL=http://192.0.2.7:8080\n", "utf-8")
    connect = plugins.client("mesos")
    assert connect
    with pytest.raises(ClientError, match="Marathon cannot drain an agent") as refused:
        connect(door)
    assert not refused.value.unreachable


def test_a_wrong_password(mesos: PlayedMesos, tmp_path: Path) -> None:
    door = mesos.door(tmp_path, ADDRESSES)
    variables = tmp_path / "env.sh"
    variables.write_text(variables.read_text("utf-8").replace(PASSWORD, "wrong horse"), "utf-8")
    connect = plugins.client("mesos")
    assert connect
    with pytest.raises(ClientError, match="refuses our user") as refused:
        connect(door).members()
    assert not refused.value.unreachable
    assert "wrong horse" not in str(refused.value)


def test_no_master_answers(mesos: PlayedMesos, client: Client) -> None:
    mesos.masters = []
    with pytest.raises(ClientError, match="does not answer") as refused:
        client.members()
    assert refused.value.unreachable


@pytest.mark.parametrize(
    ("status", "message", "unreachable"),
    [
        (503, "No leader elected", True),
        (409, "Agent is currently being marked gone", True),
        (400, "Agent is still in the DRAINING state", True),
        (400, "Unknown agent", False),
    ],
)
def test_an_answer_that_is_none(
    client: Client, mesos: PlayedMesos, status: int, message: str, unreachable: bool
) -> None:
    mesos.refuse = (status, message)
    with pytest.raises(ClientError, match=message) as refused:
        client.close("prod-web-0")
    assert refused.value.unreachable == unreachable


@pytest.mark.parametrize("answer", [{}, {"get_agents": 7}, {"get_agents": {"agents": [{}]}}, [1], "hello"])
def test_something_else_at_the_port(
    client: Client, mesos: PlayedMesos, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    def said(*asked: object) -> object:
        return answer

    monkeypatch.setattr(mesos, "answer", said)
    with pytest.raises(ClientError):
        client.members()


def test_an_answer_without_an_end_is_not_kept(
    client: Client, mesos: PlayedMesos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jeroboam.clients.mesos.api.BYTES_AT_MOST", 100)
    with pytest.raises(ClientError, match="the answer is longer than 100 bytes"):
        client.drain("prod-web-0")


def test_a_tunnel_leads_to_an_only_master_and_to_no_several(tmp_path: Path) -> None:
    with PlayedMesos() as played:
        door = played.door(tmp_path, {"prod-master-0": "10.0.0.5"})
        through = replace(door, host="127.0.0.1", address="10.0.0.5", masters=("10.0.0.5",))
        connect = plugins.client("mesos")
        assert connect is not None
        (master,) = connect(through).members()
        assert (master.name, master.ready) == ("prod-master-0", True)
        with pytest.raises(ClientError, match="one tunnel does not lead"):
            connect(replace(through, masters=("10.0.0.5", "10.0.0.6", "10.0.0.7")))


def test_masters_that_are_reached_by_floating_ips_are_known_by_their_own(tmp_path: Path) -> None:
    with PlayedMesos(3) as played:
        inner = ("10.0.0.5", "10.0.0.6", "10.0.0.7")
        names = {f"prod-master-{number}": address for number, address in enumerate(inner)}
        door = replace(played.door(tmp_path, names), inner=inner)
        connect = plugins.client("mesos")
        assert connect is not None
        found = connect(door).members()
        assert [member.name for member in found] == [*names]
        assert [member.leader for member in found] == [True, False, False]

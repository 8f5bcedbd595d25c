"""The facts of a repair, from the answers of Nova and Heat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.repair.gather import STOPPED, bootstrap_minutes, gathered, marked_as_stopped
from jeroboam.deploy.repair.types import RepairFacts, ServerState
from jeroboam.deploy.roll.types import RollNode, World
from jeroboam.deploy.types import Event
from jeroboam.hot.flat import Templates
from tests.unit.deploy.repair.scene import NOW, out, silent, the_stack, unknown, well


class PlayedNova:
    """Servers that a list has, and those that are there alone; what is asked otherwise is not found."""

    def __init__(self, listed: Mapping[str, Any], alone: Mapping[str, Any]) -> None:
        self.listed, self.alone = listed, alone
        self.metadata: dict[str, Mapping[str, str]] = {}
        self.refuses: CloudError | None = None

    def servers(self, **_: Any) -> list[Any]:
        return list(self.listed.values())

    def get_server(self, id_: str) -> Any:
        if id_ in self.alone:
            return self.alone[id_]
        raise CloudError("Instance could not be found", status=404)

    def set_server_metadata(self, server: str, **metadata: str) -> None:
        if self.refuses:
            raise self.refuses
        self.metadata[server] = metadata


def _server(id_: str, status: str = "ACTIVE", **other: Any) -> Any:
    known: dict[str, Any] = {"task_state": None, "is_locked": False, "metadata": {}}
    return SimpleNamespace(id=id_, status=status, **{**known, **other})


def _facts(
    patch: pytest.MonkeyPatch,
    nova: PlayedNova,
    *nodes: RollNode,
    events: tuple[Event, ...] = (),
    answers: bool = True,
) -> RepairFacts:
    patch.setattr("jeroboam.deploy.repair.gather.looked", lambda _: World(the_stack(), nodes, answers))
    patch.setattr("jeroboam.deploy.repair.gather.events", lambda *_: events)
    roll: Any = SimpleNamespace(cloud=_cloud(nova), bootstrap_minutes=30.0)
    return gathered(roll, {}, NOW)


def _cloud(nova: PlayedNova) -> Any:
    return SimpleNamespace(sdk=SimpleNamespace(compute=nova))


def test_what_nova_says_of_each_server(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = (*(silent("default", index) for index in range(6)), out("default", 6))
    nova = PlayedNova(
        {
            "a": _server("prod-default-0-1"),
            "b": _server("prod-default-1-1", "SHUTOFF", task_state="powering-on", is_locked=True),
            "c": _server("prod-default-2-1", "SHUTOFF", metadata={STOPPED: "2026-11-29T11:50:00+00:00"}),
            "d": _server("prod-default-3-1", metadata={STOPPED: "lately"}),
            # A predecessor of the same name.
            "e": _server("prod-default-4-0", "ERROR"),
        },
        {"prod-default-4-1": _server("prod-default-4-1", is_locked=None, metadata=None)},
    )
    assert _facts(monkeypatch, nova, *nodes).servers == {
        "prod-default-0": ServerState("ACTIVE"),
        "prod-default-1": ServerState("SHUTOFF", "powering-on", locked=True),
        "prod-default-2": ServerState("SHUTOFF", stopped=datetime(2026, 11, 29, 11, 50, tzinfo=UTC)),
        "prod-default-3": ServerState("ACTIVE"),
        "prod-default-4": ServerState("ACTIVE"),
        "prod-default-5": ServerState("GONE"),
    }


def test_when_servers_were_made_is_asked_only_where_one_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(name: str, hours: float, status: str = "COMPLETE", action: str = "CREATE") -> Event:
        at = NOW - timedelta(hours=hours)
        return Event(f"{name}-{hours}", at, "prod/1", name, "id", action, status, "")

    events = (
        made("default-0", 25), made("default-0", 9), made("default-0", 8, "IN_PROGRESS"),
        made("default-0", 7, "FAILED"), made("default-0", 6, action="DELETE"), made("default-9", 5),
    )  # fmt: skip
    nova = PlayedNova({}, {})
    for missed in (silent("default", 0), unknown("default", 0), out("default", 0)):
        found = _facts(monkeypatch, nova, well("master", 0), missed, events=events).made
        assert found == {"prod-default-0": (NOW - timedelta(hours=9), NOW - timedelta(hours=7))}
    assert _facts(monkeypatch, nova, well("master", 0), events=events).made == {}
    assert _facts(monkeypatch, nova, silent("default", 0), events=events, answers=False).made == {}


def test_a_server_is_marked_before_it_is_stopped_where_it_can_be() -> None:
    nova, node = PlayedNova({}, {}), silent("default", 0)
    marked_as_stopped(_cloud(nova), node, NOW)
    assert nova.metadata == {"prod-default-0-1": {STOPPED: "2026-11-29T12:00:00+00:00"}}
    for status in (403, 404, 409):
        nova.refuses = CloudError("no", status=status)
        marked_as_stopped(_cloud(nova), node, NOW)
    nova.refuses = CloudError("away", status=503, temporary=True)
    with pytest.raises(CloudError):
        marked_as_stopped(_cloud(nova), node, NOW)


@pytest.mark.parametrize(("seconds", "minutes"), [((1800, 2700), 45.0), ((), 30.0), (("odd",), 30.0)])
def test_for_how_long_a_node_may_boot_is_what_its_stack_waits(
    monkeypatch: pytest.MonkeyPatch, seconds: tuple[Any, ...], minutes: float
) -> None:
    resources = {
        f"{index}-ready": {"type": "OS::Heat::WaitCondition", "properties": {"timeout": it}}
        for index, it in enumerate(seconds)
    }
    template = {"heat_template_version": "2018-08-31", "resources": resources}
    monkeypatch.setattr(
        "jeroboam.deploy.repair.gather.live_templates", lambda *_: Templates(template, {}, {})
    )
    cloud: Any = None
    assert bootstrap_minutes(cloud, the_stack()) == minutes

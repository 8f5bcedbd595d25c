"""A repair from its plan to its end: the cloud and the COE answer from what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.repair.events import LeftAlone, Repaired, RepairEvent, RepairPlanned
from jeroboam.deploy.repair.gather import STOPPED
from jeroboam.deploy.repair.run import RepairRequest, run
from jeroboam.deploy.repair.types import Cap, RepairAim, ServerState
from jeroboam.deploy.roll.types import RollNode
from jeroboam.deploy.types import COMPLETE, Note, Stack
from jeroboam.hot.contract import OutputName
from jeroboam.model.client import ClientError, Member
from tests.unit.deploy.repair.scene import NOW, OUTPUTS, silent, unknown, well
from tests.unit.deploy.roll.scene import BEHIND
from tests.unit.deploy.roll.test_run import PlayedCluster

AGAIN = "jeroboam repair prod --yes"
IDENTITY: dict[str, Any] = {OutputName.CLUSTER: {"name": "prod", "coe": "kubernetes", "distro": "ubuntu"}}
MASTERS = tuple(well("master", index) for index in range(3))
WORKERS = tuple(well("default", index) for index in range(1, 4))


class Repairable(PlayedCluster):
    """A cluster that is repaired; servers that are `gone` are so by their ids, and have their `states` so."""

    def __init__(self, patch: pytest.MonkeyPatch, *nodes: RollNode) -> None:
        super().__init__(patch, *nodes)
        self.gone: set[str] = set()
        self.states: dict[str, str] = {}
        self.marked: dict[str, datetime] = {}
        self.status, self.asked = COMPLETE, 0
        world: dict[str, Any] = {
            "run.find": lambda *_, **__: self.stack(),
            "run.opened": self._opened,
            "run.bootstrap_minutes": lambda *_: 30.0,
            "gather._servers": lambda *_: {it.name: self._state(it) for it in self.nodes.values()},
            "gather._made": lambda *_: {},
            "run.since_complete": lambda *_: None,
        }
        for name, answer in world.items():
            patch.setattr(f"jeroboam.deploy.repair.{name}", answer)

    def stack(self) -> Stack:
        return replace(super().stack(), outputs={**OUTPUTS, **IDENTITY}, status=self.status)

    def _status(self, of: RollNode) -> str:
        if of.server in self.gone:
            return "GONE"
        return self.states.get(of.server) or super()._status(of)

    def delete_server(self, server: str) -> None:
        self._say(f"delete {server}")
        self.gone.add(server)

    def set_server_metadata(self, server: str, **metadata: str) -> None:
        self.marked[server] = datetime.fromisoformat(metadata[STOPPED])

    def _state(self, of: RollNode) -> ServerState:
        return ServerState(self._status(of), stopped=self.marked.get(of.server))

    def repairs(self, aim: RepairAim = RepairAim(), *, agrees: bool = True) -> Iterator[RepairEvent]:  # noqa: B008 - immutable
        def approve(_: Any) -> bool:
            self.asked += 1
            return agrees

        request = RepairRequest("prod", {}, aim, approve, AGAIN)
        cloud: Any = SimpleNamespace(options=(), sdk=SimpleNamespace(compute=self))
        clock = Clock(lambda: self.now, self._sleep)
        return run(request, cloud, clock, lambda: NOW + timedelta(seconds=self.now))


Repair = Callable[..., Repairable]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Repair:
    """A cluster of nodes that are well, but for those that are given."""

    def made(*dead: RollNode) -> Repairable:
        others = [it for it in (*MASTERS, *WORKERS) if it.name not in {node.name for node in dead}]
        return Repairable(monkeypatch, *others, *dead)

    return made


def _end(events: list[RepairEvent]) -> Repaired:
    assert isinstance(events[-1], Repaired)
    return events[-1]


def _one(name: str, id_: str, *, stop: bool = True, known: bool = True) -> list[str]:
    leaves, forgets = ([f"leave {name}"], [f"forget {name}"]) if known else ([], [])
    return [*leaves, *([f"stop {name}"] if stop else []), f"out {id_}", *forgets, "out"]


def test_where_nothing_is_dead_nothing_is_asked_or_done(cluster: Repair) -> None:
    up = cluster(replace(well("default", 0), why=BEHIND))
    assert _end([*up.repairs()]).nodes == ()
    assert (up.told, up.asked, up.now) == ([], 0, 0.0)


def test_a_dead_node_goes_undrained_and_comes_back(cluster: Repair) -> None:
    up = cluster(silent("default", 0))
    events = [*up.repairs()]
    assert up.told == _one("prod-default-0", "default-0")
    assert _end(events).nodes == ("prod-default-0",)
    assert _end(events).dead == ()
    assert up.asked == 1
    # The roll that comes next sees whose it was, and the spec that the stack was told is as it was.
    assert up.tags[:2] == ("jeroboam", "jeroboam-spec-old")
    assert up.tags[2].startswith("jeroboam-roll-")


def test_what_nova_lost_is_neither_stopped_nor_waited_for(cluster: Repair) -> None:
    up = cluster(unknown("default", 0))
    up.gone.add("prod-default-0-1")
    [*up.repairs()]
    assert up.told == _one("prod-default-0", "default-0", stop=False, known=False)


def test_what_nova_takes_no_volume_off_is_deleted_before_heat_is_told(cluster: Repair) -> None:
    up = cluster(silent("default", 0))
    up.states["prod-default-0-1"] = "ERROR"
    [*up.repairs()]
    assert up.told[:3] == ["leave prod-default-0", "delete prod-default-0-1", "out default-0"]


def test_masters_go_one_by_one_and_first_and_all_workers_at_once(cluster: Repair) -> None:
    up = cluster(silent("master", 1), silent("default", 1), silent("default", 2))
    assert _end([*up.repairs(RepairAim(Cap(100)))]).dead == ()
    assert up.told[: len(_one("", ""))] == _one("prod-master-1", "master-1")
    assert "out default-1 default-2" in up.told


def test_a_master_waits_for_what_is_sick_beside_it_and_a_worker_does_not(cluster: Repair) -> None:
    up = cluster(silent("master", 1))
    up.sick = ("not ready on prod-master-0: etcd",)
    with pytest.raises(DeployError, match="so no master is taken: not ready on prod-master-0: etcd"):
        [*up.repairs()]
    assert up.told == []
    up = cluster(silent("default", 1))
    up.sick = ("no pod of CoreDNS is ready",)
    assert _end([*up.repairs()]).nodes == ("prod-default-1",)


def test_of_a_coe_that_tells_no_time_a_node_is_watched_for_as_long(cluster: Repair) -> None:
    up = cluster(unknown("default", 0))
    events = [*up.repairs()]
    assert _end(events).nodes == ("prod-default-0",)
    assert 600 <= up.now < 700
    back = cluster(unknown("default", 0))

    def comes_back() -> None:
        if back.now > 300:
            back.nodes["prod-default-0"] = well("default", 0)

    back.before = comes_back
    assert _end([*back.repairs()]).nodes == ()
    assert back.told == []


def test_what_comes_back_in_the_last_moment_keeps_its_server(cluster: Repair) -> None:
    up = cluster(silent("default", 0), silent("default", 1))
    looks = iter(range(9))

    def comes_back() -> None:
        if next(looks) == 2:
            up.nodes["prod-default-0"] = well("default", 0)

    up.before = comes_back
    events = [*up.repairs()]
    assert Note("prod-default-0 is not dead any more, and left alone") in events
    assert _end(events).nodes == ("prod-default-1",)
    assert "prod-default-0" not in up.made


def test_a_majority_that_dies_meanwhile_stops_it(cluster: Repair) -> None:
    up = cluster(silent("master", 1), silent("default", 1))

    def cut_off() -> None:
        if "prod-master-1" in up.made:
            for it in (*WORKERS, MASTERS[0]):
                up.nodes[it.name] = silent(it.role, it.index)

    up.before = cut_off
    with pytest.raises(DeployError, match="nothing is replaced: 4 of 6 nodes look dead"):
        [*up.repairs()]
    assert up.made == {"prod-master-1": 1}


def test_a_majority_and_a_silent_api_are_refused(cluster: Repair) -> None:
    up = cluster(*(silent("default", index) for index in range(1, 4)), silent("master", 0))
    with pytest.raises(DeployError, match="4 of 6 nodes look dead"):
        [*up.repairs()]
    up.unreachable = True
    with pytest.raises(DeployError, match="the cluster's API cannot be asked from here: no route"):
        [*up.repairs()]
    assert (up.told, up.asked) == ([], 0)


def test_while_somebody_is_at_work_it_is_left_to_that(cluster: Repair) -> None:
    up = cluster(silent("default", 0))
    up.status = "IN_PROGRESS"
    (event,) = up.repairs()
    assert isinstance(event, LeftAlone)
    assert event.why == "it is UPDATE_IN_PROGRESS"
    assert up.told == []


def test_a_roll_that_is_not_over_is_gone_on_with_first(cluster: Repair) -> None:
    closed = Member("prod-default-1", manager=False, ready=True, takes_work=False, ours=True)
    up = cluster(silent("default", 0), well("default", 1, member=closed))
    with pytest.raises(DeployError, match="a roll is not over, prod-default-1 is closed by it"):
        [*up.repairs()]
    assert up.told == []
    # Where nothing is dead there is nothing to say of it.
    assert _end([*cluster(well("default", 1, member=closed)).repairs()]).nodes == ()


def test_without_consent_nothing_is_done(cluster: Repair) -> None:
    up = cluster(silent("default", 0))
    end = _end([*up.repairs(agrees=False)])
    assert (end.nodes, end.declined, up.told) == ((), True, [])


def test_a_node_that_does_not_come_back_is_tried_once(cluster: Repair) -> None:
    up = cluster(silent("default", 0))
    up.fails = "prod-default-0"
    with pytest.raises(DeployError, match="prod-default-0: failed: no network") as failed:
        [*up.repairs()]
    assert AGAIN in str(failed.value.hint)
    assert up.made == {"prod-default-0": 1}


@pytest.mark.parametrize("other", ["jeroboam-roll-else", ""])
def test_another_run_or_a_deployment_that_begins_is_not_met(cluster: Repair, other: str) -> None:
    up = cluster(silent("master", 1), silent("default", 1))

    def begins() -> None:
        if "prod-master-1" in up.made:
            up.tags = ("jeroboam", "jeroboam-spec-old", *filter(None, (other,)))

    up.before = begins
    with pytest.raises(DeployError, match=r"another roll works on 'prod'|somebody else updates 'prod'"):
        [*up.repairs()]
    assert up.made == {"prod-master-1": 1}


@pytest.mark.parametrize("kill", range(0, 30, 2))
def test_a_run_that_ends_anywhere_is_gone_on_with(cluster: Repair, kill: int) -> None:
    up = cluster(silent("master", 1), silent("default", 1))
    for number, _ in enumerate(up.repairs()):
        if number == kill:
            break
    # What has begun with a node is taken for dead itself only after a while.
    up.now += 20 * 60
    assert _end([*up.repairs()]).dead == ()
    assert up.made == {"prod-master-1": 1, "prod-default-1": 1}
    assert all(it.works for it in up.nodes.values())


def test_what_is_left_is_said_at_the_end(cluster: Repair) -> None:
    up = cluster(silent("default", 1), silent("default", 2))
    events = [*up.repairs(RepairAim(Cap(1, percent=False)))]
    plan = next(it.plan for it in events if isinstance(it, RepairPlanned))
    assert [it.node.name for it in plan.left] == ["prod-default-2"]
    assert [it.node.name for it in _end(events).dead] == ["prod-default-2"]


def test_a_coe_that_is_busy_for_a_while_is_asked_again(
    cluster: Repair, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, answers = cluster(silent("master", 1)), [True]

    def problems(_: frozenset[str]) -> tuple[str, ...]:
        if answers:
            answers.clear()
            raise ClientError("the API server starts", unreachable=True)
        return ()

    monkeypatch.setattr(up, "problems", problems)
    assert _end([*up.repairs()]).nodes == ("prod-master-1",)

"""A restoration without a snapshot: a master that is left goes on, and the others join it one by one."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.plan.gather import Planning
from jeroboam.deploy.plan.types import Plan
from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.events import Staged
from jeroboam.deploy.roll.restore import RestorePlanned, RestoreRequest, restored
from jeroboam.deploy.roll.survivor import ALONE_MINUTES, SILENT_SECONDS
from jeroboam.deploy.types import Note, Stack
from jeroboam.model.client import ClientError
from jeroboam.model.protocols import Driver
from jeroboam.pipeline import plan_spec
from tests.support.cases import GOLDEN
from tests.unit.deploy.roll.test_run import MASTERS, WORKERS, PlayedCluster, compiled, secrets

FIRST, SECOND, THIRD = (it.name for it in MASTERS)
OTHERS = (FIRST, SECOND)


class Left(PlayedCluster):
    """Three masters of which the last alone has its server, so that there is no quorum."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        current = (replace(it, why=()) for it in (*MASTERS, *WORKERS))
        super().__init__(patch, *current)
        self.restore, self.marks, self.reached = "", list[str](), THIRD
        self.unreachable, self.never = True, ""
        self.missing = ["the swarm begins anew", "its etcd follows"]
        self.refusal: ClientError | None = None
        self._stopped = {self.nodes[name].server for name in OTHERS}
        driver = Driver("kubernetes", None, None, never_alone=lambda _: self.never)  # type: ignore[arg-type]
        for name, answer in {
            "find": lambda *_, **__: self.stack(),
            "planned": lambda *_: Planning(Plan("prod", False, (), 0), compiled().bundle),
            "ensured": self._nothing,
            "opened": self._opened,
            "plugins.driver": lambda _: driver,
        }.items():
            patch.setattr(f"jeroboam.deploy.roll.restore.{name}", answer)

    def stack(self) -> Stack:
        found = super().stack()
        return replace(found, parameters={**found.parameters, "restore": self.restore})

    def _updated(self, cloud: Any, now: Any, body: Any) -> Generator[Note, None, str]:
        if not body.get("existing"):
            self.restore = body["environment"]["parameters"].get("restore", "")
        return (yield from super()._updated(cloud, now, body))

    def survivor(self) -> str:
        return self.reached

    def go_on_alone(self, mark: str) -> str:
        assert all(self.nodes[name].out for name in OTHERS), "one that has a vote elsewhere"
        if self.refusal:
            raise self.refusal
        self.marks.append(mark)
        if self.missing:
            self.unreachable = False
            return self.missing.pop(0)
        return ""

    def went_on(self, *, agrees: bool = True, snapshot: Path | None = None) -> Iterator[Any]:
        request = RestoreRequest(
            Request(compiled(), lambda _: secrets(), "prod.yaml", "prod.secrets.yaml"),
            snapshot,
            "",
            False,
            lambda _: agrees,
            "jeroboam restore prod.yaml",
        )
        cloud: Any = SimpleNamespace(options=(), sdk=SimpleNamespace(compute=self))
        return restored(request, cloud, Clock(lambda: self.now, self._sleep))


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Left:
    return Left(monkeypatch)


def test_the_others_go_for_good_and_join_one_after_another(left: Left) -> None:
    events = list(left.went_on())
    assert left.told == [
        "out master-0 master-1",
        f"forget {FIRST}",
        "out master-1",
        f"forget {SECOND}",
        "out",
        "out",
    ]
    assert len(left.marks) == 3
    assert len(set(left.marks)) == 1
    assert len(left.marks[0]) == 12
    assert left.restore == ""
    assert left.made == {FIRST: 1, SECOND: 1}
    assert type(events[-1]).__name__ == "Rolled"
    assert events[-1].nodes == OTHERS
    plan = next(it.plan for it in events if isinstance(it, RestorePlanned))
    assert (plan.masters, plan.survivor, plan.answers) == (OTHERS, THIRD, False)


def test_it_is_told_how_many_of_all_masters_work(left: Left) -> None:
    """The one that is left counts from the beginning."""
    told = [(it.done, it.count) for it in left.went_on() if isinstance(it, Staged)]
    assert list(dict.fromkeys(told)) == [(1, 3), (2, 3), (3, 3)]


def test_what_they_had_is_of_a_mark_of_its_own(left: Left) -> None:
    begins = (it for it in left.went_on() if getattr(it, "text", "") == "the swarm begins anew")
    told = [left.restore for _ in begins]
    assert [len(it) for it in told] == [64]


@pytest.mark.parametrize("kill", range(30))
def test_one_that_ends_anywhere_is_gone_on_with(left: Left, kill: int) -> None:
    """It makes no master anew twice, and the survivor is told only while it is alone."""
    for number, _ in enumerate(left.went_on()):
        if number == kill:
            break
    if left.restore or left.unreachable:
        list(left.went_on(agrees=not left.restore))
    else:
        with pytest.raises(DeployError, match="answers: the cluster has its state, and its quorum"):
            list(left.went_on())
    assert left.restore == ""
    assert left.made == {FIRST: 1, SECOND: 1}
    assert all(it.works for it in left.nodes.values())


def test_of_two_that_are_left_the_one_that_is_reached_goes_on(left: Left) -> None:
    left._stopped.remove(left.nodes[SECOND].server)
    events = list(left.went_on())
    assert left.told[:2] == [f"stop {SECOND}", "out master-0 master-1"]
    assert events[-1].nodes == OTHERS


def test_a_master_that_failed_on_its_way_is_made_anew(left: Left) -> None:
    left.fails = FIRST
    with pytest.raises(DeployError, match="no network"):
        list(left.went_on())
    left.fails = ""
    list(left.went_on())
    # It may have joined, and would count.
    assert len(set(left.marks)) == 2
    assert left.made == {FIRST: 2, SECOND: 1}
    assert all(it.works for it in left.nodes.values())


def test_where_there_is_a_quorum_nothing_is_done(left: Left) -> None:
    left.unreachable = False
    with pytest.raises(DeployError, match="answers: the cluster has its state, and its quorum"):
        list(left.went_on())
    assert left.told == []


def test_a_quorum_that_is_away_for_a_moment_is_not_lost(left: Left) -> None:
    def elected() -> None:
        left.unreachable = left.now < SILENT_SECONDS / 2

    left.before = elected
    with pytest.raises(DeployError, match="answers: the cluster has its state, and its quorum"):
        list(left.went_on())
    assert left.told == []


def test_what_is_none_of_its_masters_is_not_gone_on_from(left: Left) -> None:
    left.reached = "other-master-0"
    with pytest.raises(DeployError, match="'other-master-0', and the masters are prod-master-0"):
        list(left.went_on())
    assert left.told == []


def test_a_snapshot_of_what_keeps_none_is_refused(left: Left) -> None:
    with pytest.raises(
        DeployError, match="cannot restore a cluster of kubernetes from a snapshot"
    ) as refused:
        list(left.went_on(snapshot=Path("a.snapshot")))
    assert refused.value.hint == "without a file it goes on from a master that is left"
    assert left.told == []


def test_what_can_never_go_on_alone_is_refused_before(left: Left) -> None:
    left.never = "swarm.autolock: Docker has no locked swarm go on by force"
    with pytest.raises(DeployError, match=r"left: swarm\.autolock"):
        list(left.went_on())
    assert left.told == []


def test_a_swarm_says_that_a_locked_one_never_can() -> None:
    driver = plugins.driver("swarm")
    assert driver is not None
    assert driver.never_alone is not None
    locked, other = (
        plan_spec(str(GOLDEN / "swarm" / case / "cluster.yaml")).value
        for case in ("fedora_coreos/ha", "ubuntu/minimal")
    )
    assert locked is not None
    assert other is not None
    assert "swarm.autolock" in driver.never_alone(locked.spec)
    assert driver.never_alone(other.spec) == ""


def test_without_consent_nothing_happens_to_any(left: Left) -> None:
    events = list(left.went_on(agrees=False))
    assert type(events[-1]).__name__ == "Declined"
    assert (left.told, left.marks) == ([], [])


def test_one_that_does_not_go_on_is_said_once_its_time_is_up(left: Left) -> None:
    left.refusal = ClientError("the swarm does not answer", unreachable=True)
    with pytest.raises(DeployError, match=f"{THIRD} does not go on alone: the swarm does not answer") as said:
        list(left.went_on())
    assert left.now >= ALONE_MINUTES * 60
    assert "journalctl -u jeroboam-swarm" in (said.value.hint or "")
    left.refusal = ClientError("Docker refuses it")
    with pytest.raises(ClientError, match="Docker refuses it"):
        list(left.went_on())

"""A restoration from its plan to its end: all masters go at once, and the first begins from the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.plan.gather import Planning
from jeroboam.deploy.plan.types import Plan
from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.restore import RestorePlanned, RestoreRequest, restored
from jeroboam.deploy.types import Note, Stack
from jeroboam.model.client import ClientError, Member
from tests.unit.deploy.roll.test_run import MASTERS, WORKERS, PlayedCluster, compiled, secrets

FIRST, SECOND, THIRD = (it.name for it in MASTERS)
DIGEST = "5" * 64


class Lost(PlayedCluster):
    """Three masters of which the first two have no server any more, so that the API is silent."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        current = (replace(it, why=()) for it in (*MASTERS, *WORKERS))
        super().__init__(patch, *current)
        self.restore, self.given, self.reset = "", 0, list[str]()
        self.unreachable, self.is_another = True, False
        self._stopped = {self.nodes[name].server for name in (FIRST, SECOND)}
        for name, answer in {
            "find": lambda *_, **__: self.stack(),
            "planned": lambda *_: Planning(Plan("prod", False, (), 0), compiled().bundle),
            "ensured": self._nothing,
            "opened": self._opened,
        }.items():
            patch.setattr(f"jeroboam.deploy.roll.restore.{name}", answer)

    def stack(self) -> Stack:
        found = super().stack()
        return replace(found, parameters={**found.parameters, "restore": self.restore})

    def _updated(self, cloud: Any, now: Any, body: Any) -> Generator[Note, None, str]:
        was_out = self.nodes[FIRST].out
        if not body.get("existing"):
            self.restore = body["environment"]["parameters"].get("restore", "")
        event = yield from super()._updated(cloud, now, body)
        if self.nodes[FIRST].out:
            self.unreachable = True
        elif was_out:
            self._becomes(FIRST, ready=False, doing="60 control-plane", member=None)
        return event

    def check(self, snapshot: Path) -> None:
        if self.is_another:
            raise ClientError(f"'{snapshot}' is a snapshot of another cluster")

    def snapshot(self, write: Callable[[bytes], None]) -> None:
        raise AssertionError(write)

    def give(self, snapshot: Path) -> bool:
        first = self.nodes[FIRST]
        if first.out or first.ready or self.restore != DIGEST:
            return False
        assert snapshot == Path("a.snapshot")
        assert self.nodes[SECOND].out, "a master that has what is newer"
        assert self.nodes[THIRD].out, "a master that has what is newer"
        self.given += 1
        self.unreachable = False
        self._becomes(FIRST, ready=True, member=Member(FIRST, manager=True, ready=True))
        return True

    def reboot_server(self, server: str, how: str) -> None:
        name = next(it.name for it in self.nodes.values() if it.server == server)
        self.reset.append(f"{how} {name}")
        self._becomes(name, member=Member(name, manager=False, ready=True))

    def restored(
        self, *, agrees: bool = True, lose_newer: bool = False, snapshot: Path | None = Path("a.snapshot")
    ) -> Iterator[Any]:
        request = RestoreRequest(
            Request(compiled(), lambda _: secrets(), "prod.yaml", "prod.secrets.yaml"),
            snapshot,
            DIGEST if snapshot else "",
            lose_newer,
            lambda _: agrees,
            "jeroboam restore prod.yaml a.snapshot",
        )
        cloud: Any = SimpleNamespace(options=(), sdk=SimpleNamespace(compute=self))
        return restored(request, cloud, Clock(lambda: self.now, self._sleep))


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> Lost:
    return Lost(monkeypatch)


def test_all_masters_go_and_the_others_come_after_the_first(lost: Lost) -> None:
    events = list(lost.restored())
    assert lost.told == [
        f"stop {THIRD}",
        "out master-0 master-1 master-2",
        "out master-1 master-2",
        f"forget {SECOND}",
        f"forget {THIRD}",
        "out",
        "out",
    ]
    assert (lost.given, lost.restore, lost.reset) == (1, "", [])
    assert lost.made == {FIRST: 1, SECOND: 1, THIRD: 1}
    assert type(events[-1]).__name__ == "Rolled"
    assert set(events[-1].nodes) == {FIRST, SECOND, THIRD}
    plan = next(it.plan for it in events if isinstance(it, RestorePlanned))
    assert plan.masters == (FIRST, SECOND, THIRD)
    assert not plan.answers


@pytest.mark.parametrize("kill", range(30))
def test_one_that_ends_anywhere_is_gone_on_with(lost: Lost, kill: int) -> None:
    for number, _ in enumerate(lost.restored()):
        if number == kill:
            break
    list(lost.restored(lose_newer=not lost.restore))
    assert lost.restore == ""
    assert lost.given >= 1
    assert all(it.works for it in lost.nodes.values())


@pytest.mark.parametrize("kill", range(4, 30))
def test_what_was_begun_is_not_begun_again(lost: Lost, kill: int) -> None:
    for number, _ in enumerate(lost.restored()):
        if number == kill:
            break
    if lost.restore:
        list(lost.restored(agrees=False))
        assert lost.made == {FIRST: 1, SECOND: 1, THIRD: 1}


def test_a_worker_that_the_snapshot_does_not_know_says_who_it_is(lost: Lost) -> None:
    name = WORKERS[1].name
    lost.nodes[name] = replace(lost.nodes[name], member=None)
    list(lost.restored())
    assert lost.reset == [f"SOFT {name}"]
    assert lost.nodes[name].works


def test_where_the_api_answers_nothing_is_done_unless_insisted(lost: Lost) -> None:
    lost.unreachable = False
    with pytest.raises(DeployError, match="answers: the cluster has its state") as refused:
        list(lost.restored())
    assert "--lose-newer" in (refused.value.hint or "")
    assert lost.told == []
    events = list(lost.restored(lose_newer=True))
    assert next(it.plan for it in events if isinstance(it, RestorePlanned)).answers
    assert lost.given == 1


def test_a_snapshot_of_another_cluster_changes_nothing(lost: Lost) -> None:
    lost.is_another = True
    with pytest.raises(ClientError, match="of another cluster"):
        list(lost.restored())
    assert lost.told == []


def test_without_a_snapshot_it_is_asked_for(lost: Lost) -> None:
    with pytest.raises(DeployError, match="cannot go on from one master that is left") as refused:
        list(lost.restored(snapshot=None))
    assert refused.value.hint == "name its snapshot: jeroboam restore SPEC FILE"
    assert lost.told == []


def test_without_consent_nothing_happens(lost: Lost) -> None:
    events = list(lost.restored(agrees=False))
    assert type(events[-1]).__name__ == "Declined"
    assert lost.told == []


def test_a_first_master_that_gives_up_is_said(lost: Lost) -> None:
    lost.fails = FIRST
    with pytest.raises(DeployError, match="no network"):
        list(lost.restored())
    assert lost.restore == DIGEST

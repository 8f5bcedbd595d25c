"""A roll from its plan to its end: the cloud and the COE answer from what the roll has done to them."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam import compile_spec
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.plan.gather import Planning
from jeroboam.deploy.plan.types import Change, Plan
from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.events import RollEvent, RollPlanned, Staged
from jeroboam.deploy.roll.run import RollRequest, run
from jeroboam.deploy.roll.text import render
from jeroboam.deploy.roll.types import Aim, RollNode, World
from jeroboam.deploy.types import COMPLETE, Note, Stack
from jeroboam.deploy.wait.state import Progress
from jeroboam.emit import Compiled
from jeroboam.model.client import Client, ClientError, Member
from jeroboam.secrets import Environment, load
from tests.support.cases import MINIMAL
from tests.unit.deploy.roll.scene import BEHIND, NEW, node
from tests.unit.deploy.test_run import secrets_text
from tests.unit.deploy.wait.facts import event, stack

AGAIN = "jeroboam roll prod.yaml"


@cache
def compiled() -> Compiled:
    found = compile_spec(str(MINIMAL.spec)).value
    assert found is not None
    return found


@cache
def secrets() -> Environment:
    return load(compiled().model, secrets_text())


class PlayedCluster(Client):
    """A stack and its COE; `told` is what was done to either, in its order."""

    def __init__(self, patch: pytest.MonkeyPatch, *nodes: RollNode) -> None:
        self.nodes = {it.name: it for it in nodes}
        self.made: dict[str, int] = {}
        self.told: list[str] = []
        self.tags: tuple[str, ...] = ("jeroboam", "jeroboam-spec-old")
        self.digests: dict[str, str] = {}
        self.sick: tuple[str, ...] = ()
        self.held: tuple[str, ...] = ()
        self.fails = ""
        self.unreachable = False
        self.before: Callable[[], None] = lambda: None
        self.now = 0.0
        self.differs = True
        self.leaving: tuple[str, ...] = ()
        self.changes: tuple[Change, ...] = ()
        self.lost: dict[str, Member] = {}
        self.ends: list[str] = []
        self._stopped: set[str] = set()
        world: dict[str, Any] = {
            "run.find": lambda *_, **__: self.stack(),
            "run.preflight": lambda *_: (),
            "run.planned": lambda *_: Planning(
                Plan("prod", False, self.changes, 0, sections=("outputs",) if self.differs else ()),
                compiled().bundle,
            ),
            "run.ensured": self._nothing,
            "run.opened": self._opened,
            "run._going": lambda world, _: tuple(it for it in world.nodes if it.id in self.leaving),
            "run.through_api": self._nothing,
            "updates.find": lambda *_, **__: self.stack(),
            "under_way.look": self._look,
            "updates.kept_as_made": lambda *_: compiled().bundle,
            "updates.set_aside_for": lambda *_: None,
            "updates.updated": self._updated,
            "updates.follow": self._followed,
            "servers._status": lambda _, it: self._status(it),
            "carry_out.diagnosed": lambda *_: Note("why"),
        }
        for name, answer in world.items():
            patch.setattr(f"jeroboam.deploy.roll.{name}", answer)

    # --- the cloud

    def stack(self) -> Stack:
        out = ",".join(it.id for it in self.nodes.values() if it.out)
        return replace(stack("UPDATE_COMPLETE"), tags=self.tags, parameters={**self.digests, "out": out})

    def stop_server(self, server: str) -> None:
        name = next(it.name for it in self.nodes.values() if it.server == server)
        self._say(f"stop {name}")
        self._stopped.add(server)
        if self.nodes[name].member is not None:
            self._member(name, ready=False, why="stopped")

    def _status(self, of: RollNode) -> str:
        return "GONE" if not of.server else "SHUTOFF" if of.server in self._stopped else "ACTIVE"

    def _look(self, *_: Any) -> World:
        self.before()
        lost = tuple(name for name, member in self.lost.items() if member.ours)
        return World(self.stack(), tuple(self.nodes.values()), not self.unreachable, "no route", lost)

    @contextmanager
    def _opened(self, *_: Any) -> Iterator[Client]:
        yield self

    def _nothing(self, *_: Any) -> Generator[Note, None, None]:
        yield from ()

    def _updated(self, _: Any, __: Any, body: Any) -> Generator[Note, None, str]:
        yield from ()
        parameters = body["parameters"] if body.get("existing") else body["environment"]["parameters"]
        out = set(filter(None, parameters["out"].split(",")))
        self._say(f"out {' '.join(sorted(out))}".strip())
        self.tags = tuple(body["tags"].split(","))
        self.digests |= {name: value for name, value in parameters.items() if name.endswith("_seal_digest")}
        if not body.get("existing"):
            went = [it for it in self.nodes.values() if it.id in self.leaving]
            self.lost |= {it.name: it.member for it in went if it.member}
            self.nodes = {name: it for name, it in self.nodes.items() if it not in went}
        for it in list(self.nodes.values()):
            if it.id in out and it.server:
                self._becomes(it.name, server="", ready=False, doing="out", why=())
            elif it.id not in out and not it.server:
                count = self.made[it.name] = self.made.get(it.name, 0) + 1
                failed = "no network" if it.name == self.fails else ""
                self._becomes(
                    it.name,
                    server=f"{it.name}-{count + 1}",
                    ready=not failed,
                    failed=failed,
                    why=(),
                    made_from=NEW,
                )
                if not failed:
                    self._becomes(it.name, member=Member(it.name, manager=it.master, ready=True))
        return "event"

    def _followed(self, *_: Any) -> Generator[Note, None, Progress]:
        yield Note("Heat works on it")
        status = self.ends.pop(0) if self.ends else COMPLETE
        begun = status != "SILENT"
        return Progress("UPDATE", replace(self.stack(), action="UPDATE", status=status), begun, 0.0)

    # --- the COE

    def members(self) -> tuple[Member, ...]:
        return tuple(it.member for it in self.nodes.values() if it.member)

    def problems(self, away: frozenset[str]) -> tuple[str, ...]:  # noqa: ARG002
        return self.sick

    def obstacles(self, name: str) -> tuple[str, ...]:
        return (f"{name} has a bare pod",)

    def objections(self, version: str) -> tuple[str, ...]:
        return (f"{version} has no policy/v1beta1",)

    def close(self, name: str) -> None:
        self._say(f"close {name}")
        self._member(name, ours=True, takes_work=False)

    def drain(self, name: str) -> tuple[str, ...]:  # noqa: ARG002
        return self.held

    def leave(self, name: str) -> None:
        self._say(f"leave {name}")

    def remove_vote(self, name: str) -> None:
        self._say(f"remove the vote of {name}")

    def forget(self, name: str) -> None:
        self._say(f"forget {name}")
        if not self.lost.pop(name, None):
            self._becomes(name, member=None)

    def open(self, name: str) -> None:
        self._say(f"open {name}")
        self._member(name, ours=False, takes_work=True)

    # --- the test

    def _command(self, done: Container[str]) -> str:
        # As a person would tell of it.
        return " ".join((AGAIN, *(f"# {it}" for it in self.nodes if it in done)))

    def _say(self, text: str) -> None:
        self.told.append(text)

    def _becomes(self, name: str, **other: Any) -> None:
        self.nodes[name] = replace(self.nodes[name], **other)

    def _member(self, name: str, **other: Any) -> None:
        member = self.nodes[name].member
        assert member is not None
        self._becomes(name, member=replace(member, **other))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def events(self, aim: Aim, *, agrees: bool = True) -> Iterator[RollEvent]:
        found = compiled()
        request = RollRequest(
            Request(found, lambda _: secrets(), "prod.yaml", "prod.secrets.yaml"),
            aim,
            lambda *_: agrees,
            self._command,
        )
        cloud: Any = SimpleNamespace(options=(), sdk=SimpleNamespace(compute=self))
        return run(request, cloud, Clock(lambda: self.now, self._sleep))

    def rolled(self, aim: Aim = Aim()) -> list[RollEvent]:  # noqa: B008 - immutable
        return list(self.events(aim))


NOW = NEW._replace(coe_version=compiled().model.coe_version)
MASTERS = tuple(node("master", index, made_from=NOW) for index in range(3))
WORKERS = tuple(node("default", index, made_from=NOW) for index in range(2))


def _current(of: RollNode) -> RollNode:
    return replace(of, why=())


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> PlayedCluster:
    return PlayedCluster(monkeypatch, *map(_current, MASTERS), *WORKERS)


def _one(name: str, id_: str) -> list[str]:
    return [f"close {name}", f"leave {name}", f"stop {name}", f"out {id_}", f"forget {name}", "out"]


def test_each_node_goes_and_comes_before_the_next(cluster: PlayedCluster) -> None:
    events = cluster.rolled()
    assert cluster.told == [
        "out",
        *_one("prod-default-0", "default-0"),
        *_one("prod-default-1", "default-1"),
    ]
    plan = next(event.plan for event in events if isinstance(event, RollPlanned))
    assert [it.name for it in plan.nodes] == ["prod-default-0", "prod-default-1"]
    assert plan.nodes[0].why == BEHIND
    assert plan.nodes[0].obstacles == ("prod-default-0 has a bare pod",)
    assert type(events[-1]).__name__ == "Rolled"
    stages = [
        event.stage.value
        for event in events
        if isinstance(event, Staged) and event.nodes == ("prod-default-0",)
    ]
    assert stages == ["drain", "stop", "out", "forget", "in", "wait", "done"]


def test_what_is_made_anew_is_known_to_the_command_that_goes_on(cluster: PlayedCluster) -> None:
    cluster.fails = "prod-default-1"
    with pytest.raises(DeployError) as stopped:
        cluster.rolled()
    assert stopped.value.hint is not None
    assert stopped.value.hint.endswith(f"{AGAIN} # prod-default-0")


def test_nodes_that_were_not_asked_for_and_are_behind_are_named(cluster: PlayedCluster) -> None:
    cluster.nodes["prod-master-1"] = replace(cluster.nodes["prod-master-1"], why=BEHIND)
    plan = next(it.plan for it in cluster.events(Aim(group="default")) if isinstance(it, RollPlanned))
    assert plan.elsewhere == ("prod-master-1",)
    assert "  note: behind as well, and not asked for: prod-master-1\n" in render(plan)
    none = replace(plan, nodes=())
    assert render(none).startswith("prod: no node of those asked for is behind\n")


def test_without_consent_nothing_is_done(cluster: PlayedCluster) -> None:
    assert type([*cluster.events(Aim(), agrees=False)][-1]).__name__ == "Declined"
    assert cluster.told == []


def test_other_secrets_are_told_the_stack_though_no_node_is_behind_yet(cluster: PlayedCluster) -> None:
    cluster.nodes = {it.name: _current(it) for it in cluster.nodes.values()}
    cluster.differs = False
    cluster.rolled()
    cluster.told.clear()
    cluster.digests["master_seal_digest"] = "0" * 16
    cluster.rolled()
    assert cluster.told == ["out"]
    assert cluster.digests["master_seal_digest"] == secrets().parameters["master_seal_digest"]


def test_where_nothing_is_behind_nothing_is_asked_or_done(cluster: PlayedCluster) -> None:
    cluster.nodes = {it.name: _current(it) for it in cluster.nodes.values()}
    cluster.differs = False
    cluster.rolled()
    cluster.told.clear()
    assert type([*cluster.events(Aim(), agrees=False)][-1]).__name__ == "Rolled"
    assert cluster.told == []


@pytest.mark.parametrize("kill", range(60))
def test_a_run_that_ends_anywhere_is_gone_on_with(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch, kill: int
) -> None:
    for number, _ in enumerate(cluster.events(Aim())):
        if number == kill:
            break
    cluster.differs = not any(tag.startswith("jeroboam-roll-") for tag in cluster.tags)
    cluster.rolled()
    assert cluster.made == {"prod-default-0": 1, "prod-default-1": 1}
    assert all(it.works and not it.begun for it in cluster.nodes.values())


def test_a_drain_that_takes_too_long_stops_it_and_may_be_left_out(
    cluster: PlayedCluster,
) -> None:
    cluster.held = ("pod shop/web-0 may not go yet",)
    with pytest.raises(
        DeployError, match=r"not drained within 10 minutes: prod-default-0: pod shop/web-0"
    ) as stopped:
        cluster.rolled()
    assert stopped.value.hint is not None
    assert f"{AGAIN} --no-drain" in stopped.value.hint
    assert cluster.made == {}
    assert cluster.nodes["prod-default-0"].begun
    cluster.rolled(Aim(drain_minutes=None))
    assert cluster.made == {"prod-default-0": 1, "prod-default-1": 1}


@pytest.mark.parametrize("state", ["CREATE_FAILED", "UPDATE_FAILED"])
def test_of_a_cluster_that_never_lived_there_is_nothing_to_roll(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    failed = replace(stack(state), tags=cluster.tags)
    monkeypatch.setattr(cluster, "stack", lambda: failed)
    told = (event("prod", "CREATE_IN_PROGRESS"), event("prod", "UPDATE_FAILED", after=2))
    monkeypatch.setattr("jeroboam.deploy.stacks.events", lambda *_: told)
    with pytest.raises(DeployError, match="there is no running cluster"):
        cluster.rolled()
    assert cluster.told == []


def test_a_cluster_that_is_not_healthy_is_left_alone(cluster: PlayedCluster) -> None:
    cluster.sick = ("no pod of CoreDNS is ready",)
    with pytest.raises(DeployError, match="not healthy, so no node is taken: no pod of CoreDNS is ready"):
        cluster.rolled()
    assert cluster.told == ["out"]


def test_a_node_that_fails_stops_it_and_the_next_run_makes_that_anew_first(cluster: PlayedCluster) -> None:
    cluster.fails = "prod-default-0"
    with pytest.raises(
        DeployError, match="no further node is taken: prod-default-0: failed: no network"
    ) as stopped:
        cluster.rolled()
    assert stopped.value.hint is not None
    assert stopped.value.hint.endswith(AGAIN)
    assert cluster.made == {"prod-default-0": 1}
    cluster._becomes("prod-default-0", why=("it failed",))
    cluster.fails = ""
    cluster.rolled()
    assert cluster.made == {"prod-default-0": 2, "prod-default-1": 1}


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (("jeroboam", "jeroboam-roll-ffff"), "another roll works on 'prod'"),
        (("jeroboam", "jeroboam-spec-0123456789abcdef"), "somebody else updates 'prod', or has meanwhile"),
    ],
)
def test_somebody_else_at_the_same_stack_is_left_to_it(
    cluster: PlayedCluster, tags: tuple[str, ...], said: str
) -> None:
    def meanwhile() -> None:
        if "stop prod-default-0" in cluster.told and len(cluster.told) == 4:
            cluster.tags = tags

    cluster.before = meanwhile
    with pytest.raises(DeployError, match=said):
        cluster.rolled()
    assert cluster.made == {}


def test_a_server_that_somebody_else_made_anew_is_not_taken_out(cluster: PlayedCluster) -> None:
    def meanwhile() -> None:
        if "stop prod-default-0" in cluster.told:
            cluster._becomes("prod-default-0", server="another")

    cluster.before = meanwhile
    with pytest.raises(DeployError, match="prod-default-0: made anew meanwhile by someone else"):
        cluster.rolled()
    assert not [text for text in cluster.told if text.startswith("out default")]


def test_without_an_answer_of_the_coe_it_does_not_begin(cluster: PlayedCluster) -> None:
    cluster.unreachable = True
    with pytest.raises(DeployError, match="cannot be asked from here: no route") as refused:
        cluster.rolled()
    assert refused.value.hint is not None
    assert "--api" in refused.value.hint
    assert cluster.told == []


def test_a_lone_master_without_a_volume_is_not_made_anew(cluster: PlayedCluster) -> None:
    cluster.nodes = {it.name: it for it in (MASTERS[0], *map(_current, WORKERS))}
    with pytest.raises(
        DeployError, match="prod-master-0 is the only master, and the cluster's state"
    ) as refused:
        cluster.rolled()
    assert refused.value.hint is not None
    assert "masters.etcd_volume" in refused.value.hint
    assert cluster.told == []


def test_a_version_that_masters_cannot_go_to_from_what_they_run_is_refused(cluster: PlayedCluster) -> None:
    cluster._becomes("prod-master-1", made_from=NEW._replace(coe_version="1.33.1"))
    with pytest.raises(DeployError, match=r"masters run 1\.33\.1, .*one minor version at a time"):
        cluster.rolled()
    assert cluster.told == []


def test_what_speaks_against_a_version_is_in_the_plan(cluster: PlayedCluster) -> None:
    assert not [it for it in cluster.rolled() if isinstance(it, RollPlanned) and "has no" in it.plan.notes[0]]
    major, minor, *_ = compiled().model.coe_version.split(".")
    before = NEW._replace(coe_version=f"{major}.{int(minor) - 1}.0")
    cluster._becomes("prod-master-1", made_from=before, why=BEHIND)
    plan = next(it.plan for it in cluster.events(Aim()) if isinstance(it, RollPlanned))
    assert plan.notes[0] == f"{compiled().model.coe_version} has no policy/v1beta1"


def test_workers_do_not_go_before_their_masters(cluster: PlayedCluster) -> None:
    major, minor, *_ = compiled().model.coe_version.split(".")
    before = NEW._replace(coe_version=f"{major}.{int(minor) - 1}.0")
    cluster._becomes("prod-master-1", made_from=before, why=BEHIND)
    with pytest.raises(DeployError, match="masters first: prod-master-1 would be older"):
        cluster.rolled(Aim(group="default"))
    assert cluster.told == []


@pytest.mark.parametrize("aim", [Aim(nodes=("default-9",)), Aim(group="batch")])
def test_what_is_not_there_is_said_to_be(cluster: PlayedCluster, aim: Aim) -> None:
    with pytest.raises(DeployError, match="'prod' has no node"):
        cluster.rolled(aim)
    assert cluster.told == []


def test_a_node_is_named_as_the_stack_or_as_nova_calls_it(cluster: PlayedCluster) -> None:
    for name in ("default-1", "prod-default-1"):
        cluster.rolled(Aim(nodes=(name,)))
    assert cluster.made == {"prod-default-1": 2}


def test_a_dead_node_is_replaced_with_what_ran_there(cluster: PlayedCluster) -> None:
    cluster._member("prod-default-1", ready=False, why="its kubelet reports no more")
    cluster.rolled(Aim(nodes=("default-1",), drain_minutes=None))
    assert cluster.made == {"prod-default-1": 1}
    assert not [text for text in cluster.told if text.startswith("close")]


@pytest.mark.parametrize(
    ("drain_minutes", "works", "taken"), [(None, False, True), (None, True, False), (10.0, False, False)]
)
def test_what_misses_a_dead_worker_is_no_reason_to_leave_it_dead(
    cluster: PlayedCluster, drain_minutes: float | None, works: bool, taken: bool
) -> None:
    """An only worker's DNS has no other place."""
    cluster._member("prod-default-1", ready=works)
    cluster.sick = ("no pod of CoreDNS is ready",)
    with pytest.raises(DeployError, match="no pod of CoreDNS is ready"):
        # At its end the cluster has to be well all the same, and this one never is.
        cluster.rolled(Aim(nodes=("default-1",), drain_minutes=drain_minutes))
    assert cluster.made == ({"prod-default-1": 1} if taken else {})


def test_an_unhealthy_cluster_loses_no_master_that_is_dead(cluster: PlayedCluster) -> None:
    """Its quorum may hang on what is still there of it."""
    cluster._member("prod-master-1", ready=False)
    cluster.sick = ("1 of 3 members of etcd are ready",)
    with pytest.raises(DeployError, match="1 of 3 members"):
        cluster.rolled(Aim(nodes=("master-1",), drain_minutes=None))
    assert cluster.made == {}


@pytest.mark.parametrize("word", ["leave", "forget"])
def test_a_coe_that_is_away_for_a_moment_is_told_again(cluster: PlayedCluster, word: str) -> None:
    told, away = getattr(cluster, word), iter(range(10_000))

    def once_away(name: str, **more: Any) -> None:
        if next(away) < 2:
            raise ClientError("the API does not answer", unreachable=True)
        told(name, **more)

    setattr(cluster, word, once_away)
    cluster.rolled()
    assert cluster.made == {"prod-default-0": 1, "prod-default-1": 1}
    assert cluster.told.count(f"{word} prod-default-0") == 1


def test_an_unreachable_coe_in_the_middle_is_waited_for(cluster: PlayedCluster) -> None:
    began = iter(range(10_000))

    def drain(name: str) -> tuple[str, ...]:
        if next(began) < 3:
            raise ClientError("the API does not answer", unreachable=True)
        return ()

    cluster.drain = drain  # type: ignore[method-assign]
    cluster.rolled()
    assert cluster.made == {"prod-default-0": 1, "prod-default-1": 1}

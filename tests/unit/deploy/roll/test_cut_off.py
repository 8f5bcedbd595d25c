"""What a roll finds that was cut off, failed or went away, and how it goes on from there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jeroboam import plugins
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import CloudError, DeployError
from jeroboam.deploy.plan.effects import VOLUME
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan
from jeroboam.deploy.roll.order import require_state
from jeroboam.deploy.roll.types import Aim, RollNode, World
from jeroboam.model.client import ClientError
from jeroboam.model.types import RoleKind
from jeroboam.spec.types import VolumeSpec
from tests.unit.deploy.roll.scene import BEHIND, node
from tests.unit.deploy.roll.test_run import MASTERS, NOW, WORKERS, PlayedCluster, _current, _one, compiled
from tests.unit.deploy.wait.facts import stack


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> PlayedCluster:
    return PlayedCluster(monkeypatch, *map(_current, MASTERS), *WORKERS)


def test_masters_that_go_for_good_do_not_stand_in_each_others_way(cluster: PlayedCluster) -> None:
    more = [_current(node("master", index, made_from=NOW)) for index in (3, 4)]
    cluster.nodes = {it.name: it for it in (*map(_current, MASTERS), *more, *map(_current, WORKERS))}
    cluster.leaving = ("master-3", "master-4")
    cluster.rolled()
    assert [text for text in cluster.told if text.startswith(("stop", "remove", "out", "forget"))] == [
        "stop prod-master-4", "remove the vote of prod-master-4", "out master-4", "forget prod-master-4",
        "stop prod-master-3", "remove the vote of prod-master-3", "out master-3 master-4",
        "forget prod-master-3", "out",
    ]  # fmt: skip


def test_a_dead_master_that_goes_for_good_goes_first(cluster: PlayedCluster) -> None:
    more = [_current(node("master", index, made_from=NOW)) for index in (3, 4)]
    cluster.nodes = {it.name: it for it in (*map(_current, MASTERS), *more, *map(_current, WORKERS))}
    cluster._member("prod-master-3", ready=False, why="its kubelet reports no more")
    cluster.leaving = ("master-3", "master-4")
    cluster.rolled(Aim())
    assert [text for text in cluster.told if text.startswith("out")] == [
        "out master-3",
        "out master-3 master-4",
        "out",
    ]


def test_a_lone_master_that_answers_no_more_is_made_anew(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jeroboam.deploy.roll.order.require_state", lambda *_: None)
    dead = replace(MASTERS[0], member=None)
    cluster.nodes = {it.name: it for it in (dead, *map(_current, WORKERS))}

    def problems(away: frozenset[str]) -> tuple[str, ...]:
        if cluster.unreachable:
            raise ClientError("the API does not answer", unreachable=True)
        return ()

    def meanwhile() -> None:
        cluster.unreachable = cluster.nodes[dead.name].member is None

    cluster.problems = problems  # type: ignore[method-assign]
    cluster.before = meanwhile
    with pytest.raises(DeployError, match="cannot be asked from here"):
        cluster.rolled()
    # Its server was stopped by a run that was killed before it was out.
    cluster._stopped.add(dead.server)
    cluster.rolled()
    assert cluster.made == {"prod-master-0": 1}


def test_a_lone_master_that_failed_is_made_anew(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jeroboam.deploy.roll.order.require_state", lambda *_: None)
    failed = replace(MASTERS[0], member=None, ready=False, failed="no network", why=("it failed",))
    cluster.nodes = {it.name: it for it in (failed, *map(_current, WORKERS))}

    def meanwhile() -> None:
        cluster.unreachable = cluster.nodes[failed.name].member is None

    cluster.before = meanwhile
    cluster.rolled()
    assert cluster.made == {"prod-master-0": 1}


def test_an_update_that_fails_is_sent_again(cluster: PlayedCluster) -> None:
    cluster.ends = ["COMPLETE", "FAILED"]
    cluster.rolled()
    assert [text for text in cluster.told if text.startswith("out")][:4] == [
        "out", "out default-0", "out default-0", "out",
    ]  # fmt: skip
    assert cluster.made == {"prod-default-0": 1, "prod-default-1": 1}


def test_a_node_that_an_earlier_run_made_of_an_earlier_spec_is_still_behind(cluster: PlayedCluster) -> None:
    name = "prod-default-0"
    cluster._becomes(name, young=True, ready=False, doing="booting")

    def meanwhile() -> None:
        if cluster.now and cluster.nodes[name].young:
            cluster._becomes(name, young=False, ready=True)

    cluster.before = meanwhile
    cluster.rolled()
    assert cluster.made == {"prod-default-0": 1, "prod-default-1": 1}


def test_a_node_that_is_out_and_that_no_template_knows_is_put_out_of_the_list(cluster: PlayedCluster) -> None:
    cluster.nodes = {it.name: it for it in (*map(_current, MASTERS), *map(_current, WORKERS))}
    mistyped = node("defualt", 0, server="", ready=False, doing="out", why=(), member=None, made_from=None)
    cluster.nodes[mistyped.name] = mistyped
    cluster.leaving = ("defualt-0",)
    cluster.differs = False
    cluster.rolled()
    cluster.nodes[mistyped.name] = mistyped
    cluster.rolled()
    assert cluster.made == {}
    assert mistyped.name not in cluster.nodes


@pytest.mark.parametrize("away_at", ["out", "stop prod-default-0", "out default-0"])
def test_a_coe_that_is_away_for_a_moment_is_waited_for_and_told_all_the_same(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch, away_at: str
) -> None:
    looks = iter(range(10_000))

    def meanwhile() -> None:
        cluster.unreachable = away_at in cluster.told and next(looks) < 3

    cluster.before = meanwhile

    def look(*_: object) -> World:
        found = cluster._look()
        unknown = tuple(replace(it, member=None) for it in found.nodes)
        return found if found.answers else replace(found, nodes=unknown)

    monkeypatch.setattr("jeroboam.deploy.roll.under_way.look", look)
    cluster.rolled()
    assert cluster.told == [
        "out",
        *_one("prod-default-0", "default-0"),
        *_one("prod-default-1", "default-1"),
    ]


@pytest.mark.parametrize("kill", range(30))
def test_workers_that_go_for_good_are_forgotten_however_a_run_ends(cluster: PlayedCluster, kill: int) -> None:
    cluster.nodes = {it.name: it for it in map(_current, (*MASTERS, *WORKERS))}
    cluster.leaving = ("default-1",)
    for number, _ in enumerate(cluster.events(Aim())):
        if number == kill:
            break
    cluster.differs = "prod-default-1" in cluster.nodes
    cluster.rolled()
    assert not cluster.lost
    assert cluster.told.count("forget prod-default-1") == 1


@pytest.mark.parametrize("what", ["close", "leave", "forget"])
def test_what_the_coe_cannot_be_told_it_is_told_again(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tell, refusals = getattr(cluster, what), iter(range(10_000))

    def told(name: str, **how: bool) -> None:
        if next(refusals) < 2:
            raise ClientError("the API does not answer", unreachable=True)
        tell(name, **how)

    monkeypatch.setattr(cluster, what, told)
    cluster.rolled()
    assert cluster.told == [
        "out",
        *_one("prod-default-0", "default-0"),
        *_one("prod-default-1", "default-1"),
    ]


def test_a_nova_that_is_away_for_a_moment_is_asked_again(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "jeroboam.deploy.retry.time.steady", lambda: Clock(lambda: cluster.now, cluster._sleep)
    )
    status, refusals = cluster._status, iter(range(10_000))

    def asked(_: object, of: RollNode) -> str:
        if next(refusals) % 2 == 0:
            raise CloudError("cannot ask Nova for a server: Service Unavailable", temporary=True)
        return status(of)

    monkeypatch.setattr("jeroboam.deploy.roll.servers._status", asked)
    cluster.rolled()
    assert cluster.made == {"prod-default-0": 1, "prod-default-1": 1}


def test_a_heat_that_is_silent_for_too_long_is_not_called_a_failed_stack(cluster: PlayedCluster) -> None:
    cluster.ends = ["SILENT"]
    with pytest.raises(DeployError, match="Heat gave no usable answer for too long"):
        cluster.rolled()


def test_at_the_end_what_is_sick_is_no_reason_for_not_taking_a_node(cluster: PlayedCluster) -> None:
    cluster.nodes = {it.name: it for it in map(_current, (*MASTERS, *WORKERS))}
    cluster.sick = ("no pod of CoreDNS is ready",)
    with pytest.raises(DeployError, match="not healthy, though no node is left to make anew: no pod"):
        cluster.rolled()


def test_who_is_out_does_not_come_back_newer_than_its_masters(cluster: PlayedCluster) -> None:
    major, minor, *_ = NOW.coe_version.split(".")
    before = NOW._replace(coe_version=f"{major}.{int(minor) - 1}.0")
    for master in MASTERS:
        cluster._becomes(master.name, made_from=before, why=BEHIND)
    cluster._becomes("prod-default-0", server="", ready=False, doing="out", made_from=None, why=())
    with pytest.raises(DeployError, match="prod-default-0: out, and would come back with") as refused:
        cluster.rolled()
    assert refused.value.hint == "bring it back first: roll once more with the version before"
    assert cluster.told == []


def test_a_volume_that_comes_with_the_update_has_no_state_of_a_lone_master_yet() -> None:
    volume = Change(ChangeKind.ADD, "", "master-0-etcd-volume", VOLUME, node="master-0")
    model = compiled().model
    kept = tuple(
        replace(role, etcd_volume=VolumeSpec(20, None)) if role.kind is RoleKind.MASTER else role
        for role in model.roles
    )
    lone, driver = MASTERS[0], plugins.driver("kubernetes")
    assert driver is not None
    having = replace(model, roles=kept)
    require_state(lone, Aim(), having, driver, Plan("prod", False, (), 0))
    with pytest.raises(DeployError, match="prod-master-0 is the only master"):
        require_state(lone, Aim(), having, driver, Plan("prod", False, (volume,), 0))


def test_a_lone_master_older_than_its_volume_is_made_anew_only_if_it_is_named() -> None:
    model = compiled().model
    kept = tuple(
        replace(role, etcd_volume=VolumeSpec(20, None)) if role.kind is RoleKind.MASTER else role
        for role in model.roles
    )
    driver, having = plugins.driver("kubernetes"), replace(model, roles=kept)
    assert driver is not None
    late = replace(MASTERS[0], volume_came_later=True)
    with pytest.raises(DeployError, match="older than its volume") as refused:
        require_state(late, Aim(), having, driver, Plan("prod", False, (), 0))
    assert refused.value.hint is not None
    assert refused.value.hint.endswith("--node prod-master-0")
    require_state(late, Aim(nodes=(late.name,)), having, driver, Plan("prod", False, (), 0))


def test_masters_of_a_stack_of_an_earlier_release_do_not_leave_yet(
    cluster: PlayedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.leaving = ("master-2",)
    monkeypatch.setattr(cluster, "stack", lambda: stack("UPDATE_COMPLETE"))
    with pytest.raises(DeployError, match="prod-master-2 cannot leave yet: the template of 'prod' is of"):
        cluster.rolled()
    assert cluster.told == []

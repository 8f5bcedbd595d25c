"""What a roll does next, and that whoever is killed anywhere goes on from there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jeroboam.deploy.roll.steps import batch, next_step, targets, unhealthy
from jeroboam.deploy.roll.types import Aim, Await, Finish, Reopen, Retire, Return, RollNode
from jeroboam.model.client import Member
from tests.unit.deploy.roll.scene import Killed, Scene, new, node, world

NOBODY: frozenset[str] = frozenset()


def _names(nodes: tuple[RollNode, ...]) -> list[str]:
    return [it.id for it in nodes]


def _marked(of: RollNode, **other: object) -> RollNode:
    assert of.member is not None
    return replace(of, member=replace(of.member, **other))  # type: ignore[arg-type]


MASTERS = tuple(node("master", index) for index in range(3))
WORKERS = tuple(node("default", index) for index in range(4))


def test_masters_go_first_the_leader_and_the_first_of_them_last() -> None:
    led = (MASTERS[0], _marked(MASTERS[1], leader=True), MASTERS[2])
    found = targets(world(*WORKERS, *led), Aim(), NOBODY)
    assert _names(found) == [
        "master-2", "master-0", "master-1", "default-0", "default-1", "default-2", "default-3",
    ]  # fmt: skip


def test_workers_first_where_the_coe_has_it_so() -> None:
    led = (MASTERS[0], _marked(MASTERS[1], leader=True), MASTERS[2])
    aim = Aim(workers_first=True, max_unavailable=2)
    found = targets(world(*led, *WORKERS[:2]), aim, NOBODY)
    assert _names(found) == ["default-0", "default-1", "master-2", "master-0", "master-1"]
    assert _names(batch(world(*led, *WORKERS[:2]), aim, found)) == ["default-0"]


def test_what_is_sick_goes_first_and_what_nothing_is_known_of_last() -> None:
    sick = replace(_marked(WORKERS[3], ready=False), doing="gone")
    silent = replace(WORKERS[0], made_from=None)
    found = targets(world(silent, WORKERS[1], WORKERS[2], sick), Aim(), NOBODY)
    assert _names(found) == ["default-3", "default-1", "default-2", "default-0"]


def test_one_master_at_a_time_and_a_group_only_once_one_of_it_is_new() -> None:
    many = Aim(max_unavailable=3)
    everything = world(*MASTERS, *WORKERS)
    assert _names(batch(everything, many, targets(everything, many, NOBODY))) == ["master-1"]
    none_new = world(*map(new, MASTERS), *WORKERS)
    assert _names(batch(none_new, many, targets(none_new, many, NOBODY))) == ["default-0"]
    one_new = world(*map(new, MASTERS), new(WORKERS[0]), *WORKERS[1:])
    assert _names(batch(one_new, many, targets(one_new, many, NOBODY))) == [
        "default-1",
        "default-2",
        "default-3",
    ]


def test_who_is_out_comes_back_before_anything_else() -> None:
    out = replace(WORKERS[1], server="", ready=False)
    step = next_step(world(*MASTERS, WORKERS[0], out), Aim(), NOBODY)
    assert step == Return((out,))


def test_who_is_on_the_way_in_is_waited_for_and_no_longer_than_it_may_boot() -> None:
    booting = replace(WORKERS[0], ready=False, young=True, made_from=None, doing="booting")
    assert next_step(world(*MASTERS, booting), Aim(), NOBODY) == Await((booting,))
    late = replace(booting, young=False)
    assert next_step(world(*map(new, MASTERS), late), Aim(), NOBODY) == Retire((late,))


def test_a_drain_that_was_cut_off_is_gone_on_with() -> None:
    begun = _marked(WORKERS[2], ours=True, takes_work=False)
    found = world(*map(new, MASTERS), new(WORKERS[0]), WORKERS[1], begun)
    assert next_step(found, Aim(max_unavailable=2), NOBODY) == Retire((begun,))


def test_who_is_new_and_still_closed_by_us_gets_work_again() -> None:
    closed = _marked(new(WORKERS[0]), ours=True, takes_work=False)
    assert next_step(world(closed), Aim(), NOBODY) == Reopen((closed,))
    of_others = _marked(new(WORKERS[0]), takes_work=False)
    assert next_step(world(of_others), Aim(), NOBODY) == Finish()


def test_a_named_node_is_made_anew_once_though_it_is_not_behind() -> None:
    named = Aim(nodes=("prod-default-1",))
    found = world(*map(new, WORKERS))
    assert next_step(found, named, NOBODY) == Retire((new(WORKERS[1]),))
    assert next_step(found, named, frozenset(named.nodes)) == Finish()


def test_a_group_alone_leaves_the_others() -> None:
    found = world(*MASTERS, *WORKERS[:1], node("batch", 0))
    assert _names(targets(found, Aim(group="batch"), NOBODY)) == ["batch-0"]


def test_a_sick_node_stands_in_the_way_of_others_but_not_of_its_own_mending() -> None:
    sick = _marked(WORKERS[0], ready=False, why="kubelet stopped posting node status")
    found = world(*MASTERS, sick, WORKERS[1])
    left = targets(found, Aim(), NOBODY)
    assert unhealthy(found, (sick,), left) == ()
    assert unhealthy(found, (WORKERS[1],), (WORKERS[1],)) == (
        "prod-default-0 is not ready: kubelet stopped posting node status",
    )


def test_a_sick_master_stands_in_the_way_of_every_other_node() -> None:
    sick = _marked(MASTERS[1], ready=False, why="gone")
    found = world(MASTERS[0], sick, MASTERS[2], *WORKERS)
    left = targets(found, Aim(), NOBODY)
    assert _names(batch(found, Aim(), left)) == ["master-1"]
    assert unhealthy(found, (sick,), left) == ()
    assert unhealthy(found, (MASTERS[2],), left) == ("prod-master-1 is not ready: gone",)


def test_without_its_masters_a_cluster_need_not_answer() -> None:
    found = replace(world(MASTERS[0], *WORKERS), answers=False, problem="no route")
    assert unhealthy(found, (MASTERS[0],), ()) == ()
    assert unhealthy(found, (WORKERS[0],), ()) == ("no route",)


@pytest.mark.parametrize("at_a_time", [1, 3])
@pytest.mark.parametrize("kills", [(), *((n,) for n in range(60)), (3, 5, 7, 11), (1,) * 40])
def test_killed_anywhere_it_goes_on_and_no_node_is_made_twice(kills: tuple[int, ...], at_a_time: int) -> None:
    scene = Scene({it.name: it for it in (*MASTERS, *WORKERS, node("batch", 0))})
    aim = Aim(max_unavailable=at_a_time)
    for left in kills:
        scene.left = left
        try:
            scene.run(aim)
        except Killed:
            continue
    scene.left = 10_000
    scene.run(aim)
    assert scene.made == dict.fromkeys(scene.nodes, 1)
    assert scene.most["master"] == 1
    assert scene.most["default"] <= at_a_time
    assert all(it.works and not it.why and not it.begun for it in scene.nodes.values())


def test_a_member_is_looked_for_by_the_name_of_its_server() -> None:
    assert not replace(WORKERS[0], member=None).works
    assert replace(WORKERS[0], member=Member("prod-default-0", manager=False, ready=True)).works

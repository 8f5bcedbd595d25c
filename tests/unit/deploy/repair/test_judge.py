"""Which nodes a repair calls dead, and which of them it replaces: by facts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jeroboam.deploy.repair.judge import MEANT, in_the_way, judged, under_way
from jeroboam.deploy.repair.plan import batches, repair_plan
from jeroboam.deploy.repair.text import data, render
from jeroboam.deploy.repair.types import Cap, Condition, RepairAim, RepairFacts, ServerState
from jeroboam.deploy.roll.types import RollNode
from jeroboam.model.client import Member
from tests.unit.deploy.repair.scene import NOW, OUTPUTS, ago, facts, out, silent, unknown, well
from tests.unit.deploy.roll.scene import BEHIND, OLD

AIM = RepairAim()
MASTERS = tuple(well("master", index) for index in range(3))
WORKERS = tuple(well("default", index) for index in range(1, 4))
ROLL = ("jeroboam", "jeroboam-roll-1")
ACTIVE = ServerState("ACTIVE")


def stacked(known: RepairFacts, **other: Any) -> RepairFacts:
    """The same facts with another stack."""
    world = known.world
    return replace(known, world=replace(world, stack=replace(world.stack, **other)))


def one(node: RollNode, server: ServerState = ACTIVE, **other: Any) -> tuple[str, str, str]:
    """What a node is among others that are well, why, and what speaks against replacing it."""
    others = tuple(it for it in (*MASTERS, *WORKERS) if it.id != node.id)
    found = judged(facts(*others, node, servers={node.id: server}, **other), AIM)
    assert not found.refused
    it = next(it for it in found.nodes if it.node is node)
    return it.condition.value, it.why, it.veto


def test_where_all_is_well_nothing_is_dead() -> None:
    known = facts(*MASTERS, *WORKERS)
    assert judged(known, AIM).of(*Condition) == judged(known, AIM).of(Condition.WELL)
    assert render(repair_plan(known, judged(known, AIM), AIM)) == "prod: none of 6 nodes is dead\n"


@pytest.mark.parametrize("node", [("default", 0), ("master", 1)])
def test_what_the_coe_has_missed_for_long_is_dead(node: tuple[str, int]) -> None:
    assert one(silent(*node, 10)) == ("dead", "its kubelet reports no more", "")
    assert one(silent(*node, 9.9))[0] == "doubtful"


def test_of_a_coe_that_tells_no_time_what_was_seen_counts() -> None:
    lost = unknown("default", 0)
    assert one(lost)[:2] == ("doubtful", "the COE does not know it")
    assert one(lost, observed={lost.name: NOW - timedelta(minutes=9.9)})[0] == "doubtful"
    assert one(lost, observed={lost.name: NOW - timedelta(minutes=10)})[0] == "dead"
    found = judged(facts(*MASTERS, lost), AIM).of(Condition.DOUBTFUL)
    assert [it.unseen for it in found] == [True]
    assert not any(it.unseen for it in judged(facts(*MASTERS, silent("default", 0, 1)), AIM).nodes)


@pytest.mark.parametrize("state", ["GONE", "DELETED", "SOFT_DELETED", "ERROR"])
def test_what_nova_has_lost_or_given_up_is_dead_at_once(state: str) -> None:
    for node in (
        silent("default", 0, 1),
        unknown("default", 0),
        unknown("default", 0, young=True, ready=False),
    ):
        assert one(node, ServerState(state))[0] == "dead"
    # The COE may take a minute to miss it; a server in ERROR may run all the same.
    assert one(well("default", 0), ServerState(state))[0] == ("well" if state == "ERROR" else "doubtful")


@pytest.mark.parametrize("state", MEANT)
def test_what_somebody_may_have_meant_is_set_aside(state: str) -> None:
    assert one(silent("default", 0), ServerState(state))[0] == "set aside"


def test_what_a_repair_stopped_is_nobodys_intent() -> None:
    stopped = ServerState("SHUTOFF", stopped=NOW - timedelta(minutes=20))
    for node in (silent("default", 0), silent("default", 0, 19), unknown("default", 0)):
        assert one(node, stopped)[:2] == ("dead", "a repair stopped it, and was cut off")
    # It was back since, or a repair has stopped it long ago.
    assert one(silent("default", 0, 4), stopped)[0] == "set aside"
    assert one(unknown("default", 0), replace(stopped, stopped=NOW - timedelta(days=1)))[0] == "set aside"
    assert one(silent("default", 0), replace(stopped, locked=True))[0] == "set aside"
    just = {"default-0": replace(stopped, stopped=NOW - timedelta(minutes=14))}
    known = stacked(facts(*MASTERS, silent("default", 0), servers=just), tags=ROLL)
    assert under_way(known) == "prod-default-0 is being taken out"
    assert (
        under_way(facts(*MASTERS, silent("default", 0), servers=just)) == "prod-default-0 is being taken out"
    )


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (ServerState("ACTIVE", task="rebooting"), "Nova is at it: rebooting"),
        (ServerState("ACTIVE", locked=True), "its server is locked in Nova"),
        (ServerState("ERROR", locked=True), "its server is locked in Nova"),
        (ServerState("HARD_REBOOT"), "its server is HARD_REBOOT in Nova"),
        (ServerState("VERIFY_RESIZE"), "its server is VERIFY_RESIZE in Nova"),
    ],
)
def test_what_is_locked_or_worked_on_is_set_aside(server: ServerState, why: str) -> None:
    assert one(silent("default", 0), server)[:2] == ("set aside", why)


def test_a_node_that_boots_may_still_come() -> None:
    boots = {"young": True, "ready": False, "doing": "step 3/9 join"}
    assert one(unknown("default", 0, **boots))[:2] == ("booting", "step 3/9 join")
    assert one(unknown("default", 0, **boots, failed="no route"))[:2] == (
        "booting",
        "it failed, and is tried again later: no route",
    )
    failed = {"ready": False, "failed": "no route"}
    assert one(unknown("default", 0, **failed))[:2] == ("dead", "it failed: no route")
    # One that was up once is judged as any other.
    assert one(silent("default", 0, young=True))[0] == "dead"


def test_a_closed_node_is_not_dead_by_that() -> None:
    for ours in (True, False):
        member = Member("prod-default-0", manager=False, ready=True, takes_work=False, ours=ours)
        assert one(well("default", 0, member=member))[0] == "well"
    # What it said of itself may have been lost on the way.
    assert one(well("default", 0, ready=False, doing="step 3/9 join"))[0] == "well"


def test_what_only_our_own_way_says_is_no_death() -> None:
    member = Member("prod-master-1", manager=True, ready=False, why="no route", since=ago(60), by_us=True)
    it = one(well("master", 1, member=member))
    assert it[:2] == ("set aside", "Nova has it ACTIVE, and only the way from here to it says: no route")
    assert one(well("master", 1, member=member), ServerState("GONE"))[0] == "dead"


def test_a_majority_of_dead_nodes_is_none() -> None:
    half = (*WORKERS[:2], silent("default", 4), silent("default", 5, 1))
    assert [it.node.index for it in judged(facts(*half), AIM).replaceable] == [4]
    most = judged(facts(WORKERS[0], silent("default", 4), silent("default", 5, 1)), AIM)
    assert "2 of 3 nodes look dead (prod-default-4, prod-default-5)" in most.refused
    assert most.replaceable == ()
    # What somebody stopped is neither on one side nor on the other.
    stopped = {"default-1": ServerState("SHUTOFF")}
    nodes = (silent("default", 1), WORKERS[1], WORKERS[2], silent("default", 4))
    assert not judged(facts(*nodes, servers=stopped), AIM).refused
    nodes = (silent("default", 1), WORKERS[1], silent("default", 4), silent("default", 5))
    assert "2 of 3 nodes look dead" in judged(facts(*nodes, servers=stopped), AIM).refused


def test_without_an_answer_nothing_is_known() -> None:
    known = facts(*MASTERS, silent("default", 0))
    world = replace(known.world, answers=False, problem="no route")
    found = judged(replace(known, world=world), AIM)
    assert found.refused == "the cluster's API cannot be asked from here: no route"
    assert found.dead == ()


@pytest.mark.parametrize(
    ("dead", "total", "veto"),
    [
        (1, 1, "it is the only master"),
        (1, 2, "1 of 2 masters work, and its place is left alone until 2 do"),
        (1, 3, ""),
        (2, 3, "1 of 3 masters work"),
        (2, 5, ""),
        (3, 5, "2 of 5 masters work"),
    ],
)
def test_a_master_is_replaced_while_the_others_are_a_majority(dead: int, total: int, veto: str) -> None:
    masters = [silent("master", index) if index < dead else well("master", index) for index in range(total)]
    found = judged(facts(*masters, *WORKERS), AIM)
    assert not found.refused
    assert all(it.veto.startswith(veto) and bool(it.veto) == bool(veto) for it in found.dead)
    assert len(found.dead) == dead
    order = repair_plan(facts(*masters, *WORKERS), found, replace(AIM, cap=Cap(100)))
    assert [len(batch) for batch in batches(order.replaced)] == ([] if veto else [1] * dead)


def test_a_node_that_never_comes_back_is_left_to_a_person() -> None:
    dead = silent("default", 0)
    made = tuple(NOW - timedelta(minutes=minutes) for minutes in (300, 200, 100))
    assert one(dead, made={dead.name: made[1:]})[2] == ""
    assert one(dead, made={dead.name: made})[2] == (
        "its server was made 3 times within a day, last at 2026-11-29 10:20 UTC: find out why"
    )


def test_what_failed_before_keeps_no_other_off() -> None:
    nodes = (*MASTERS, *WORKERS, *(silent("default", index) for index in (6, 7)))
    known = facts(*nodes, made={"prod-default-6": (NOW - timedelta(minutes=90),)})
    plan = repair_plan(known, judged(known, AIM), RepairAim(Cap(1, percent=False)))
    assert [it.node.name for it in plan.replaced] == ["prod-default-7"]
    assert [it.node.name for it in plan.left] == ["prod-default-6"]


@pytest.mark.parametrize(
    ("cap", "nodes", "most"),
    [(Cap(), 2, 1), (Cap(), 5, 2), (Cap(), 7, 2), (Cap(1), 50, 1), (Cap(3, percent=False), 2, 3)],
)
def test_the_cap_is_a_share_of_the_cluster_and_at_least_one(cap: Cap, nodes: int, most: int) -> None:
    assert cap.of(nodes) == most


def test_a_node_of_another_version_than_the_masters_is_for_a_roll() -> None:
    old = tuple(replace(it, made_from=OLD, why=BEHIND) for it in MASTERS)
    found = judged(facts(*old, *WORKERS, silent("default", 0)), AIM)
    assert [it.veto for it in found.dead] == ["it would get 1.37.2 while prod-master-0 runs 1.36.5: roll"]
    # What the COE says counts where a node has not said it.
    mute = tuple(
        replace(it, made_from=None, member=Member(it.name, manager=True, ready=True, version="1.37.2"))
        for it in MASTERS
    )
    assert [it.veto for it in judged(facts(*mute, silent("default", 0)), AIM).dead] == [""]
    # Workers that are behind, and masters that are not, speak against nothing.
    behind = tuple(replace(it, made_from=OLD, why=BEHIND) for it in WORKERS)
    known = facts(*MASTERS, *behind, silent("default", 0))
    found = judged(known, AIM)
    assert [it.veto for it in found.dead] == [""]
    said = render(repair_plan(known, found, AIM))
    assert "  note: behind, and kept as they are: prod-default-1, prod-default-2, prod-default-3\n" in said


@pytest.mark.parametrize(("held", "left"), [(["flavor"], False), (["flavor", "image"], True)])
def test_a_node_that_is_held_to_its_image_is_for_a_roll(held: list[str], left: bool) -> None:
    known = stacked(
        facts(*MASTERS, silent("default", 0)), outputs={**OUTPUTS, "held_nodes": {"default-0": held}}
    )
    (dead,) = judged(known, AIM).dead
    assert bool(dead.veto) is left


def test_a_template_that_takes_no_node_out_is_for_a_roll() -> None:
    (dead,) = judged(stacked(facts(*MASTERS, silent("default", 0)), parameters={}), AIM).dead
    assert "earlier release" in dead.veto


def test_a_node_that_is_out_comes_back_where_a_run_was_cut_off() -> None:
    nodes = (*MASTERS, *WORKERS, out("default", 0))
    known = facts(*nodes)
    (dead,) = judged(known, AIM).dead
    assert dead.why == "it is out, and the run that took it was cut off"
    (aside,) = judged(stacked(known, tags=("jeroboam",)), AIM).of(Condition.SET_ASIDE)
    assert "'jeroboam deploy' puts it back" in aside.why
    (unmade,) = judged(stacked(known, parameters={"out": ""}), AIM).dead
    assert unmade.why == "its server could not be made"
    # However many: it was a run of ours that took them.
    many = facts(MASTERS[0], MASTERS[1], *(out("default", index) for index in range(4)))
    assert len(judged(many, AIM).replaceable) == 4


def test_whoever_works_on_it_is_left_to_it() -> None:
    known = facts(*MASTERS, out("default", 0))
    updated = NOW - timedelta(minutes=14)
    assert under_way(stacked(known, updated=updated)) == "prod-default-0 is out just now"
    assert under_way(stacked(known, updated=NOW - timedelta(minutes=15))) == ""
    assert under_way(stacked(known, status="IN_PROGRESS")) == "it is UPDATE_IN_PROGRESS"
    boots = unknown("default", 0, young=True, ready=False)
    coming = stacked(facts(*MASTERS, boots), tags=ROLL)
    assert under_way(coming) == "prod-default-0 is being made anew"
    assert under_way(stacked(coming, tags=("jeroboam",))) == ""
    gone = facts(*MASTERS, boots, servers={"default-0": ServerState("GONE")})
    assert under_way(stacked(gone, tags=ROLL)) == ""


def _in_the_way(known: RepairFacts) -> str:
    found = judged(known, AIM)
    chosen = {it.node.name for it in repair_plan(known, found, AIM).replaced}
    return in_the_way(known, found, chosen)[0]


def test_a_roll_that_is_not_over_is_known_by_its_marks() -> None:
    member = Member("prod-default-1", manager=False, ready=True, takes_work=False, ours=True)
    closed = well("default", 1, member=member)
    assert _in_the_way(facts(*MASTERS, closed)) == "a roll is not over, prod-default-1 is closed by it"
    assert _in_the_way(facts(*MASTERS, silent("default", 1))) == ""


def test_what_heat_would_do_besides_is_in_the_way() -> None:
    known = facts(*MASTERS, silent("default", 0))
    assert _in_the_way(stacked(known, status="FAILED")) == (
        "the last deployment failed, UPDATE_FAILED, and Heat would go on with it"
    )
    # A repair's own update that failed, and a check that found something dead.
    assert _in_the_way(stacked(known, status="FAILED", tags=ROLL)) == ""
    assert _in_the_way(stacked(known, status="FAILED", action="CHECK")) == ""
    for other in (well("default", 1, given_up=True), silent("default", 1, 3, given_up=True)):
        assert _in_the_way(facts(*MASTERS, silent("default", 0), other)).startswith(
            "Heat has prod-default-1 marked as failed"
        )
    assert _in_the_way(facts(*MASTERS, silent("default", 0, given_up=True))) == ""
    # A master that may not go, and one more than may: a mark would have them go.
    two = (silent("master", 0, given_up=True), silent("master", 1), MASTERS[2])
    assert "prod-master-0 marked" in _in_the_way(facts(*two, *WORKERS))
    many = tuple(silent("default", index, given_up=index > 1) for index in (1, 2, 3))
    assert _in_the_way(facts(*MASTERS, *many)) == ""
    assert "prod-default-3 marked" in _in_the_way(facts(MASTERS[0], well("default", 4), *many[1:]))
    masters = tuple(silent("master", index, given_up=True) for index in (3, 4))
    assert "prod-master-3, prod-master-4 marked" in _in_the_way(facts(*MASTERS, *masters))
    assert _in_the_way(facts(*MASTERS, masters[0], silent("master", 4))) == ""
    boots = unknown("default", 5, young=True, ready=False, failed="no host", given_up=True)
    assert _in_the_way(facts(*MASTERS, silent("default", 0), boots)) == ""


def test_the_plan_says_why_since_when_and_what_stays() -> None:
    dead = silent("default", 0)
    nodes = (
        *MASTERS,
        *WORKERS,
        dead,
        silent("default", 7, 3),
        unknown("default", 8, young=True, ready=False),
    )
    known = facts(*nodes, made={dead.name: (NOW - timedelta(minutes=90),)})
    plan = repair_plan(known, judged(known, AIM), AIM)
    assert render(plan).splitlines() == [
        "prod: 1 of 9 nodes is dead; 1 to make anew",
        "    1. prod-default-0  since 2026-11-29 11:00 UTC: its kubelet reports no more",
        "       its last server was made at 2026-11-29 10:30 UTC",
        "  not yet dead: prod-default-7  since 2026-11-29 11:57 UTC: its kubelet reports no more",
        "  booting: prod-default-8  ready",
        "  note: each keeps its name, port, addresses and data volumes; its server's own disk is lost",
        "  it takes 33 minutes at most, with every start as long as it may be",
    ]
    told = data(plan)
    assert told["nodes"] == [
        {
            "name": "prod-default-0",
            "group": "default",
            "condition": "dead",
            "why": "its kubelet reports no more",
            "since": "2026-11-29T11:00:00+00:00",
            "made": "2026-11-29T10:30:00+00:00",
        }
    ]
    assert [it["condition"] for it in told["others"]] == ["doubtful", "booting"]

"""`repair` on a real Heat, with nodes and their COE played: each kind of death, and what is none."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import Done
from tests.cloud.test_roll import Rolled, rollable
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings

pytestmark = pytest.mark.cloud

VOLUMES = ", docker_volume: {size: 5}"
DEAD_FOR = ("--dead-for", "0.05")
"""Nodes are dead after three seconds, as no test waits for ten minutes."""


def words(up: Rolled, *more: str) -> tuple[str, ...]:
    return ("repair", up.cluster.name, "--yes", *DEAD_FOR, "--api", up.coe.at, *more)


def repaired(up: Rolled, *more: str) -> Done:
    """By the stack's name: no spec is read."""
    return up.cluster.run(*words(up, *more))


def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.5)


def _silent(up: Rolled, name: str) -> None:
    up.coe.api.unheard(name)


def _deleted(up: Rolled, name: str) -> None:
    up.demo.compute.delete_server(up.servers()[name])
    _until(lambda: name not in up.servers())


def _in_error(up: Rolled, name: str) -> None:
    connect(settings(), "jeroboam-admin").compute.reset_server_state(up.servers()[name], "error")


def joined(up: Rolled) -> None:
    """Waits until the played COE has heard of every node."""
    _until(lambda: {*up.coe.api.names()} == up.servers().keys())


def dies(up: Rolled, name: str, how: Callable[[Rolled, str], None]) -> None:
    """A node dies, and its COE misses it for as long as is asked for."""
    joined(up)
    how(up, name)
    _until(lambda: up.coe.api.node(name)["status"]["conditions"][0]["status"] != "True")
    time.sleep(4)


KINDS = {
    "its kubelet reports no more": _silent,
    "Nova has no such server any more": _deleted,
    "its server is in ERROR in Nova": _in_error,
}


@pytest.mark.parametrize("layout", ["single", "nested"])
def test_each_kind_of_death_is_repaired_and_nothing_else_touched(
    demo: Any, tmp_path: Path, layout: str
) -> None:
    name, more = f"repair-{layout}", f"heat: {{layout: {layout}}}\n"
    with rollable(demo, tmp_path, name, nodes=3, group=VOLUMES, more=more) as up:
        joined(up)
        quiet = repaired(up)
        assert (quiet.code, quiet.text) == (0, f"{name}: none of 4 nodes is dead\n")
        volumes = _volumes(up)
        for number, (said, kill) in enumerate(KINDS.items()):
            before, dead = up.servers(), f"{name}-default-{number}"
            dies(up, dead, kill)
            told = up.cluster.run("status", name, "--api", up.coe.at).out
            assert "1 node is missed by the COE; what is dead is made anew by: jeroboam repair" in told
            done = repaired(up)
            print(done.text)
            assert done.code == 0, done.text
            assert f"  1. {dead}  " in done.err
            assert said in done.err
            after = up.servers()
            assert after.keys() == before.keys()
            assert {it for it in after if after[it] != before[it]} == {dead}
            assert _volumes(up) == volumes
        assert repaired(up).text == f"{name}: none of 4 nodes is dead\n"


def _volumes(up: Rolled) -> dict[str, str]:
    """The volume that each server has, by the server's name."""
    names = {id_: name for name, id_ in up.servers().items()}
    held = {it.id: it.attachments[0]["server_id"] for it in up.demo.block_storage.volumes() if it.attachments}
    return {names[server]: volume for volume, server in held.items() if server in names}


def test_what_is_no_death_is_left_alone(demo: Any, tmp_path: Path) -> None:
    name = "repair-not"
    with rollable(demo, tmp_path, name, nodes=3) as up:
        joined(up)
        before = up.servers()
        workers = [f"{name}-default-{index}" for index in range(3)]
        cut_off = repaired(up, "--api", "127.0.0.1:1")
        assert cut_off.code == 1
        assert "the cluster's API cannot be asked from here" in cut_off.err
        # Somebody stopped one.
        up.demo.compute.stop_server(before[workers[0]])
        _until(lambda: up.demo.compute.get_server(before[workers[0]]).status == "SHUTOFF")
        stopped = repaired(up)
        assert stopped.code == 0, stopped.text
        assert f"set aside: {workers[0]}  its server is SHUTOFF in Nova" in stopped.err
        # Two of the three others fall silent: somebody's network, most likely.
        for worker in workers[1:]:
            dies(up, worker, _silent)
        majority = repaired(up)
        assert majority.code == 1
        assert "nothing is replaced: 2 of 3 nodes look dead" in majority.err
        assert up.servers() == before
        up.coe.api.report(workers[1], ready=True)
        # More than may be replaced at once stay for the next run.
        up.demo.compute.start_server(before[workers[0]])
        _until(lambda: up.demo.compute.get_server(before[workers[0]]).status == "ACTIVE")
        up.coe.api.report(workers[0], ready=False, message="no disk is left")
        time.sleep(4)
        capped = repaired(up, "--max", "40%")
        assert capped.code == 1
        assert f"left {workers[2]}" in capped.err
        after = up.servers()
        assert {it for it in after if after[it] != before[it]} == {workers[0]}
        rest = repaired(up)
        assert rest.code == 0, rest.text
        assert up.servers()[workers[2]] != before[workers[2]]


def test_a_master_is_replaced_while_the_others_are_a_majority(demo: Any, tmp_path: Path) -> None:
    name = "repair-master"
    with rollable(demo, tmp_path, name, masters=3, nodes=1) as up:
        before = up.servers()
        dies(up, f"{name}-master-1", _deleted)
        done = repaired(up)
        print(done.text)
        assert done.code == 0, done.text
        after = up.servers()
        assert {it for it in after if after[it] != before[it]} == {f"{name}-master-1"}


@pytest.mark.long
@pytest.mark.parametrize("coe", ["swarm", "mesos"])
def test_what_another_coe_has_lost_is_repaired(demo: Any, tmp_path: Path, coe: str) -> None:
    name = f"repair-{coe}"
    with rollable(demo, tmp_path, name, pair=(coe, "ubuntu"), nodes=2) as up:
        before, dead = up.servers(), f"{name}-default-1"
        _deleted(up, dead)
        # The COE takes a moment to miss it.
        time.sleep(4)
        done = repaired(up)
        print(done.text)
        assert done.code == 0, done.text
        assert "1 of 3 nodes is dead" in done.err
        after = up.servers()
        assert {it for it in after if after[it] != before.get(it)} == {dead}
        assert repaired(up).text == f"{name}: none of 3 nodes is dead\n"


@pytest.mark.long
def test_two_runs_and_a_killed_one_do_not_meet(demo: Any, tmp_path: Path) -> None:
    name = "repair-killed"
    with rollable(demo, tmp_path, name, nodes=2) as up:
        before, dead = up.servers(), f"{name}-default-0"
        dies(up, dead, _silent)
        running = up.cluster.start(*words(up))
        running.until("taking its server out")
        second = repaired(up)
        assert second.code == 0, second.text
        assert f"{name}: left alone, as " in second.err
        running.until("making it anew")
        running.send(signal.SIGKILL)
        running.wait()
        assert f"{name}: left alone, as " in repaired(up).err
        # What was begun comes to its end without anybody, or a deployment puts it back.
        assert up.cluster.deploy().code == 0
        _until(lambda: repaired(up).text == f"{name}: none of 3 nodes is dead\n", 120)
        after = up.servers()
        assert {it for it in after if after[it] != before[it]} == {dead}

"""`delete` without a cloud: what it says of what it found, and when it refuses to begin."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from jeroboam.cli.delete import _confirm, _ended, _permitted, _unblocked
from jeroboam.cli.leftovers import besides, listed, show
from jeroboam.cli.terminal import CommandError
from jeroboam.deploy.clusters import described
from jeroboam.deploy.leftovers.types import (
    BALANCER,
    NETWORK,
    SERVER,
    VOLUME,
    FoundBalancer,
    FoundServer,
    FoundVolume,
    Held,
    Leftover,
    LeftoverKind,
    Leftovers,
    Surroundings,
)
from jeroboam.deploy.wait.follow import Wait
from jeroboam.deploy.wait.verdict import WaitOutcome
from tests.unit.cli.running import Run
from tests.unit.deploy.leftovers.test_gather import stack

PORT = Leftover(LeftoverKind.PORT, "p1", "mine", "made by hand", "the subnet", certain=True)
GROUPED = Leftover(LeftoverKind.GROUPED_PORT, "p2", "", "elsewhere", "the group", certain=False, owner="g1")
GROUP = Leftover(LeftoverKind.GROUP, "g2", "lb-sg", "created by Kubernetes", "", certain=True)
DATA = Leftover(LeftoverKind.VOLUME, "v1", "pvc-1", "5 GiB, a PersistentVolume", "", certain=True)
FOUND = Leftovers((PORT,), (GROUP,), (DATA,))


def test_what_a_user_reads(capsys: pytest.CaptureFixture[str]) -> None:
    held = Held(
        "prod",
        {
            SERVER: frozenset(f"s{n}" for n in range(10)),
            BALANCER: frozenset({"lb"}),
            VOLUME: frozenset({"v0", "etcd"}),
            NETWORK: frozenset({"n"}),
        },
        frozenset({"etcd"}),
    )
    around = Surroundings(
        servers=tuple(FoundServer(f"s{n}", f"prod-default-{n}", "prod") for n in range(10)),
        balancers=(FoundBalancer("lb", "prod-api", "", ""),),
        volumes=(
            FoundVolume("v0", "prod-default-0-docker", 9, ""),
            FoundVolume("etcd", "prod-master-0-etcd", 9, ""),
        ),
    )
    show(stack(), held, around, FOUND, cleanup=False, volumes=False)
    assert capsys.readouterr().err.splitlines() == [
        "stack 'prod' (CREATE_COMPLETE), cluster 'prod'",
        "  goes: 10 servers: " + ", ".join(f"prod-default-{n}" for n in range(8)) + " and 2 more",
        "  goes: 1 load balancer: prod-api",
        "  goes: 1 volume: prod-default-0-docker",
        "  goes: the network, with its subnet and router",
        "  stays: volume 'pvc-1' (5 GiB, a PersistentVolume)",
        "  volumes with data stay until --volumes deletes them",
        "in the way:",
        "  port 'mine' (p1): made by hand; blocks the subnet",
        "    openstack port delete p1",
        "left behind:",
        "  security group 'lb-sg' (g2): created by Kubernetes",
        "    openstack security group delete g2",
    ]


def test_commands_are_printed_for_what_is_not_removed_anyway(capsys: pytest.CaptureFixture[str]) -> None:
    listed("in the way", (PORT, GROUPED), cleanup=True)
    assert capsys.readouterr().err.splitlines() == [
        "in the way:",
        "  port 'mine' (p1): made by hand; blocks the subnet",
        "  port in a security group (p2): elsewhere; blocks the group",
        "    openstack port unset --security-group g1 p2",
    ]


@pytest.mark.parametrize(
    ("cleanup", "volumes", "words"),
    [
        (False, False, ""),
        (True, False, " and 2 things listed"),
        (False, True, " and 1 volume WITH DATA"),
        (True, True, " and 2 things listed and 1 volume WITH DATA"),
    ],
)
def test_the_question_names_all_that_goes(cleanup: bool, volumes: bool, words: str) -> None:
    assert besides(FOUND, cleanup=cleanup, volumes=volumes) == words


def test_nothing_is_begun_while_something_is_in_the_way() -> None:
    with pytest.raises(CommandError, match="1 thing in the way of deleting 'prod'; nothing was deleted"):
        _unblocked(FOUND, "prod", cleanup=False)
    _unblocked(FOUND, "prod", cleanup=True)
    with pytest.raises(CommandError, match="may be others'"):
        _unblocked(Leftovers((PORT, GROUPED), (), ()), "prod", cleanup=True)
    _unblocked(Leftovers((), (GROUP,), (DATA,)), "prod", cleanup=False)


def test_a_pipeline_has_to_say_yes(run: Run) -> None:
    with pytest.raises(typer.BadParameter, match="--yes"):
        _confirm("delete it?", yes=False)
    _confirm("delete it?", yes=True)


@pytest.mark.parametrize(("state", "told"), [("COMPLETE", ["told"]), ("IN_PROGRESS", [])])
def test_one_that_goes_already_is_told_again_only_where_heat_let_go(
    monkeypatch: pytest.MonkeyPatch, state: str, told: list[str]
) -> None:
    ended: list[str] = []
    waits: list[Wait] = []
    action = "DELETE" if state == "IN_PROGRESS" else "CREATE"
    cloud: Any = SimpleNamespace()

    def watched(_: object, __: object, wait: Wait, ___: object) -> WaitOutcome:
        waits.append(wait)
        return WaitOutcome.GONE

    monkeypatch.setattr("jeroboam.cli.delete.end", lambda *_: ended.append("told"))
    monkeypatch.setattr("jeroboam.cli.delete.marker", lambda *_: "event-1")
    monkeypatch.setattr("jeroboam.cli.delete.watched", watched)
    _ended(cloud, replace(stack(), action=action, status=state), 30, "jeroboam delete prod")
    assert ended == told
    assert [(wait.action, wait.begun, wait.revive) for wait in waits] == [("DELETE", not told, True)]


def test_a_stack_of_somebody_elses() -> None:
    _permitted(stack(), foreign=False)
    strange = replace(stack(), tags=("prod",))
    with pytest.raises(CommandError, match="neither the tag 'jeroboam' nor"):
        _permitted(strange, foreign=False)
    _permitted(strange, foreign=True)
    # One made by hand, without a tag, from a template of ours.
    identity = {"name": "prod", "coe": "swarm", "distro": "flatcar"}
    _permitted(replace(strange, outputs={"jeroboam_cluster": identity}), foreign=False)
    assert described({"description": "Wordpress"}) is None


@pytest.mark.filterwarnings("ignore")  # of OpenStack's clients
def test_without_a_cloud(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "none.yaml")
    done = run("delete", "prod", "--yes", "--os-cloud", "nowhere")
    assert (done.status, done.out) == (1, "")
    assert "nowhere" in done.err

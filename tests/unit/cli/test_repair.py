"""`repair` at the command line: what is asked of a repair, what is said, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.repair.events import LeftAlone, Repaired, RepairPlanned
from jeroboam.deploy.repair.judge import judged
from jeroboam.deploy.repair.plan import repair_plan
from jeroboam.deploy.repair.run import RepairRequest
from jeroboam.deploy.repair.types import Cap, RepairAim
from jeroboam.deploy.roll.events import RollStage, Staged
from jeroboam.model.client import ClientError
from tests.unit.cli.running import SPEC, Run
from tests.unit.deploy.repair.scene import facts, silent, the_stack, well

NODES = (*(well("master", index) for index in range(3)), silent("default", 0))
KNOWN = facts(*NODES)
PLAN = repair_plan(KNOWN, judged(KNOWN, RepairAim()), RepairAim())
DEAD = PLAN.replaced
NONE = repair_plan(facts(*NODES[:3]), judged(facts(*NODES[:3]), RepairAim()), RepairAim())
STAGED = Staged(RollStage.OUT, ("prod-default-0",), "taking its server out", 0, 1)
Ends = Callable[..., list[RepairRequest]]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ends:
    """Has repairs go so, and gives what they were asked."""
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    for name in ("demo", "prod"):
        (tmp_path / f"{name}.secrets.yaml").write_text("parameters: {ca_cert: bm8=}\n", encoding="utf-8")
    cloud = SimpleNamespace(options=("--os-cloud", "prod"))
    monkeypatch.setattr("jeroboam.cli.repair.connected", lambda *_: cloud)

    def ending(*events: Any) -> list[RepairRequest]:
        asked: list[RepairRequest] = []

        def run(request: RepairRequest, _: Any) -> Iterator[Any]:
            asked.append(request)
            for event in events:
                if isinstance(event, BaseException):
                    raise event
                if isinstance(event, RepairPlanned) and event.plan.replaced:
                    request.approve(event.plan)
                yield event

        monkeypatch.setattr("jeroboam.cli.repair.run", run)
        return asked

    return ending


def _end(*nodes: str, dead: Any = (), declined: bool = False) -> Repaired:
    return Repaired(the_stack(), nodes, dead, 65.0, declined)


def test_the_command_that_goes_on_has_all_that_was_asked(run: Run, ends: Ends) -> None:
    asked = ends()
    words = ("--max", "2", "--dead-for", "30", "--secrets", "demo.secrets.yaml", "--api", "127.0.0.1:6443",
             "--allow-outside")  # fmt: skip
    assert run("repair", "demo.yaml", *words, "--yes").status == 0
    request = asked[0]
    assert request.command == " ".join(("jeroboam repair demo.yaml", *words, "--os-cloud", "prod"))
    assert request.aim == RepairAim(Cap(2, percent=False), 30.0)
    assert (request.name, request.at, request.values) == ("demo", ("127.0.0.1", 6443), {"ca_cert": "bm8="})


def test_by_its_name_a_cluster_needs_no_spec(run: Run, ends: Ends) -> None:
    asked = ends()
    assert run("repair", "prod").status == 0
    assert (asked[0].name, asked[0].command) == ("prod", "jeroboam repair prod --os-cloud prod")
    assert asked[0].aim == RepairAim()


def test_without_the_secrets_file_nobody_is_asked(run: Run, ends: Ends) -> None:
    asked = ends()
    done = run("repair", "other", "--yes")
    assert (done.status, asked) == (1, [])
    assert "there is no 'other.secrets.yaml'" in done.err


@pytest.mark.parametrize("cap", ["0", "0%", "101%", "-1", "some", "4.5", ""])
def test_a_cap_is_a_number_or_a_share(run: Run, ends: Ends, cap: str) -> None:
    asked = ends()
    done = run("repair", "prod", f"--max={cap}")
    assert (done.status, asked) == (2, [])


def test_where_all_is_well_it_is_one_line(run: Run, ends: Ends) -> None:
    ends(RepairPlanned(NONE), _end())
    done = run("repair", "prod", "--yes")
    assert (done.status, done.out, done.err) == (0, "", "prod: none of 3 nodes is dead\n")


def test_what_is_done_is_said_and_what_is_left_ends_it_with_one(run: Run, ends: Ends) -> None:
    ends(RepairPlanned(PLAN), STAGED, _end("prod-default-0"))
    done = run("repair", "prod", "--yes")
    assert done.status == 0
    assert "    1. prod-default-0  since 2026-11-29 11:00 UTC: its kubelet reports no more\n" in done.err
    assert "[0/1] prod-default-0: taking its server out\n" in done.err
    assert done.err.endswith("prod: made anew in 1:05: prod-default-0\n")
    ends(RepairPlanned(PLAN), _end(dead=DEAD))
    done = run("repair", "prod", "--yes")
    assert done.status == 1
    assert done.err.endswith(
        "prod: made anew in 1:05: none\n"
        "prod: still dead: prod-default-0, since 2026-11-29 11:00 UTC: its kubelet reports no more\n"
    )


def test_nobody_there_to_agree_is_wrong_usage_and_a_refusal_is_none(run: Run, ends: Ends) -> None:
    ends(RepairPlanned(PLAN))
    done = run("repair", "prod")
    assert done.status == 2
    assert "to go on without being asked: --yes" in done.err
    ends(RepairPlanned(PLAN), _end(dead=DEAD, declined=True))
    assert run("repair", "prod", "--yes").status == 0


def test_whoever_is_at_work_is_named(run: Run, ends: Ends) -> None:
    ends(LeftAlone(the_stack(), "it is UPDATE_IN_PROGRESS"))
    done = run("repair", "prod", "--yes")
    assert (done.status, done.err) == (0, "prod: left alone, as it is UPDATE_IN_PROGRESS\n")


def test_for_programs_it_is_a_line_each(run: Run, ends: Ends) -> None:
    ends(RepairPlanned(PLAN), STAGED, _end("prod-default-0"))
    done = run("repair", "prod", "--yes", "--format", "ndjson")
    plan, stage, end = (json.loads(line) for line in done.out.splitlines())
    assert (plan["kind"], plan["stack"], plan["nodes"][0]["name"]) == ("plan", "prod", "prod-default-0")
    assert (stage["kind"], stage["stage"], stage["subject"]) == ("repair", "out", "prod-default-0")
    assert (end["kind"], end["nodes"], end["dead"], end["left_alone"]) == (
        "end",
        ["prod-default-0"],
        [],
        None,
    )
    ends(LeftAlone(the_stack(), "it is out"))
    (end,) = (json.loads(it) for it in run("repair", "prod", "--yes", "--format", "ndjson").out.splitlines())
    assert (end["kind"], end["left_alone"]) == ("end", "it is out")


@pytest.mark.parametrize("error", [CloudError("Nova is away"), ClientError("no", "look at it")])
def test_how_a_repair_goes_on_is_said_whatever_ends_it(run: Run, ends: Ends, error: Any) -> None:
    ends(error)
    done = run("repair", "prod", "--yes")
    assert done.status == 1
    assert error.message in done.err
    assert "to go on: jeroboam repair prod --os-cloud prod" in done.err


def test_interrupted_it_says_how_to_go_on(run: Run, ends: Ends) -> None:
    ends(KeyboardInterrupt())
    done = run("repair", "prod", "--yes")
    assert done.status == 130
    assert "left 'prod' as it is; to go on: jeroboam repair prod" in done.err

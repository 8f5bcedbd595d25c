"""What `status` says of nodes: what each was made from, and whether it is behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jeroboam.cli.status import CoeAnswer, as_json, as_text
from jeroboam.deploy.types import MadeFrom
from jeroboam.deploy.wait.state import Progress, Round, advanced
from jeroboam.model.client import Member
from jeroboam.serialize import load_yaml_all
from tests.unit.deploy.wait.facts import SERVER, report, resource, stack

NODES = ("master-0", "default-0", "default-1")


def _progress(made: Mapping[str, MadeFrom | None], **outputs: Any) -> Progress:
    now = replace(stack("UPDATE_COMPLETE"), outputs={"coe_version": "1.37.2", **outputs})
    reports = [replace(report(f"prod-{name}", final=True), made_from=made.get(name)) for name in NODES]
    servers = tuple(resource(name, SERVER, "CREATE_COMPLETE") for name in NODES)
    before = Progress("UPDATE", now, True, 0.0)
    return advanced(before, Round(1.0, now, (), tuple(reports), servers))


OLD, NEW = MadeFrom("1.36.5", "aaaa", "Ubuntu 24.04.3 LTS"), MadeFrom("1.37.2", "bbbb", "")
CONFIGS = {"master": "bbbb", "default": "bbbb"}


def test_each_node_with_what_it_was_made_from() -> None:
    text = as_text(_progress({"master-0": NEW, "default-0": OLD}, node_configs=CONFIGS))
    assert "prod-master-0   ready  1.37.2 on an unknown system\n" in text
    assert "prod-default-0  ready  1.36.5 on Ubuntu 24.04.3 LTS, behind\n" in text
    assert "prod-default-1  ready\n" in text
    assert "1 of 3 nodes is behind" in text
    assert "version    1.36.5 on 1 node, 1.37.2 on 1 node, unknown on 1; new nodes get 1.37.2\n" in text


def test_the_version_is_one_where_all_have_it() -> None:
    text = as_text(_progress(dict.fromkeys(NODES, NEW), node_configs=CONFIGS))
    assert "version    1.37.2\n" in text
    assert "behind" not in text


@pytest.mark.parametrize(
    ("made", "configs", "behind"),
    [(OLD, CONFIGS, True), (NEW, CONFIGS, False), (None, CONFIGS, None), (OLD, None, None), (OLD, "x", None)],
)
def test_behind_is_unknown_where_either_side_says_nothing(
    made: MadeFrom | None, configs: Any, behind: bool | None
) -> None:
    outputs = {} if configs is None else {"node_configs": configs}
    (told,) = load_yaml_all(as_json(_progress({"default-0": made}, **outputs)))
    node = next(node for node in told["nodes"] if node["name"] == "prod-default-0")
    assert node["behind"] is behind
    assert node["made_from"] == (made._asdict() if made else None)


def test_outputs_of_a_stack_without_any_version_say_nothing() -> None:
    progress = _progress({})
    assert "version    new nodes get 1.37.2\n" in as_text(progress)


def test_nodes_that_are_out_are_named() -> None:
    progress = _progress({})
    out = replace(progress, stack=replace(progress.stack, parameters={"out": "default-2"}))
    assert "  out        default-2\n" in as_text(out)
    assert "  out " not in as_text(progress)


def test_a_server_that_is_held_to_what_it_is_is_behind() -> None:
    text = as_text(
        _progress(dict.fromkeys(NODES, NEW), node_configs=CONFIGS, held_nodes={"default-1": ["image"]})
    )
    assert "prod-default-1  ready  1.37.2 on an unknown system, behind\n" in text
    assert "1 of 3 nodes is behind" in text


def test_what_the_coe_says_of_a_node_is_said_where_it_is_not_well() -> None:
    progress = _progress(dict.fromkeys(NODES, NEW), node_configs=CONFIGS)
    members = (
        Member("prod-master-0", manager=True, ready=True, leader=True, version="1.37.2"),
        Member(
            "prod-default-0", manager=False, ready=False, takes_work=False, ours=True, why="no kubelet",
            since="2026-11-29T11:02:03Z",
        ),
    )  # fmt: skip
    coe = CoeAnswer({member.name: member for member in members})
    text = as_text(progress, coe)
    assert "prod-master-0   ready  1.37.2 on an unknown system\n" in text
    assert (
        "prod-default-0  ready  1.37.2 on an unknown system; the COE: not ready since 2026-11-29 11:02 UTC: "
        "no kubelet, closed by a roll\n"
    ) in text
    assert "  2 nodes are missed by the COE; what is dead is made anew by: jeroboam repair prod\n" in text
    assert "prod-default-1  ready  1.37.2 on an unknown system; the COE does not know it" in text
    (told,) = load_yaml_all(as_json(progress, coe))
    found = {node["name"]: node["coe"] for node in told["nodes"]}
    assert found["prod-master-0"] == {
        "ready": True, "takes_work": True, "closed_by_roll": False, "leader": True, "why": "",
        "version": "1.37.2", "certificates_end": None, "last_snapshot": None, "since": None,
    }  # fmt: skip
    assert found["prod-default-0"]["since"] == "2026-11-29T11:02:03Z"
    assert found["prod-default-1"] is None


def test_a_node_that_boots_is_not_missed_yet() -> None:
    progress, member = _progress({}), Member("prod-master-0", manager=True, ready=True)
    coe = CoeAnswer({member.name: member})
    assert "2 nodes are missed by the COE" in as_text(progress, coe)
    said = {key: it for key, it in progress.reports.items() if it.node == member.name}
    assert "missed" not in as_text(replace(progress, reports=said), coe)


def test_a_coe_that_cannot_be_asked_is_said_once() -> None:
    text = as_text(_progress({}), CoeAnswer({}, "no route to host"))
    assert text.count("no route to host") == 1
    assert "the COE" not in text


NOW = datetime.now(UTC)


def _iso(days: int) -> str:
    return f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def _ends(*days: int) -> str:
    """What is said of masters whose certificates end so many days from now."""
    members = [
        Member(f"prod-master-{index}", manager=True, ready=True, certificates_end=_iso(it))
        for index, it in enumerate(days)
    ]
    return as_text(_progress({}), CoeAnswer({member.name: member for member in members}))


def test_it_is_said_when_the_first_certificate_ends() -> None:
    soonest = NOW + timedelta(days=80)
    text = _ends(300, 80)
    assert f"  certificates are renewed before {soonest:%Y-%m-%d} (prod-master-1)\n" in text
    assert text.count("certificates") == 1


def test_certificates_that_were_not_renewed_in_time_are_each_named() -> None:
    text = _ends(-2, 300, 29)
    there = "and are not renewed; there: journalctl -u jeroboam-upkeep"
    assert re.search(rf"certificates of prod-master-0 ended on [-\d]+ [:\d]+ UTC {there}", text)
    assert re.search(rf"certificates of prod-master-2 end on [-\d]+ [:\d]+ UTC {there}", text)
    assert "prod-master-1 end" not in text


def test_a_day_that_no_calendar_has_is_passed_over() -> None:
    member = Member("prod-master-0", manager=True, ready=True, certificates_end="2027-13-41T10:00:00Z")
    assert "certificates" not in as_text(_progress({}), CoeAnswer({member.name: member}))


def _copied(*hours: int) -> str:
    """What is said of masters that took their last snapshot so many hours ago."""
    times = (f"{NOW - timedelta(hours=it):%Y-%m-%dT%H:%M:%SZ}" for it in hours)
    members = [
        Member(f"prod-master-{index}", manager=True, ready=True, last_snapshot=it)
        for index, it in enumerate(times)
    ]
    return as_text(_progress({}), CoeAnswer({member.name: member for member in members}))


def test_it_is_said_when_the_state_was_last_copied() -> None:
    last = NOW - timedelta(hours=2)
    text = _copied(6, 2, 4)
    assert f"  snapshots  the last on {last:%Y-%m-%d %H:%M} UTC (prod-master-1)\n" in text
    assert text.count("snapshots") == 1


def test_a_master_that_copies_it_no_more_is_named() -> None:
    text = _copied(1, 49)
    assert "  snapshots  none of prod-master-1 since " in text
    assert "none of prod-master-0" not in text


def test_a_node_that_is_silent_for_long_is_named_with_its_way_back() -> None:
    now = datetime.now(UTC)
    members = {
        name: Member(name, manager=False, ready=False, since=f"{now - ago:%Y-%m-%dT%H:%M:%SZ}")
        for name, ago in (("prod-default-0", timedelta(days=37)), ("prod-default-1", timedelta(days=35)))
    }
    text = as_text(_progress({}), CoeAnswer(members))
    since = f"{now - timedelta(days=37):%Y-%m-%d}"
    assert (
        f"  prod-default-0 is not ready since {since}: its kubelet's certificate may have ended; "
        "then: jeroboam roll SPEC --node prod-default-0 --no-drain\n"
    ) in text
    assert "prod-default-1 is not ready" not in text

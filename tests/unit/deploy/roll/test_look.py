"""How a cluster stands, from what Heat, the nodes and the COE say each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.clusters import out_of
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.roll.look import UNKNOWN, look
from jeroboam.deploy.roll.types import RollNode
from jeroboam.deploy.types import MadeFrom, NodeReport, StackResource
from jeroboam.model.client import ClientError, Member
from tests.unit.deploy.wait.facts import SERVER, report, resource, stack

CLOUD: Any = None
CONFIGS = {"master": "m2", "default": "d2"}
OUTPUTS = {"coe_version": "1.37.2", "node_configs": CONFIGS}
OLD, NEW = MadeFrom("1.36.5", "d1", "Ubuntu"), MadeFrom("1.37.2", "d2", "Ubuntu")


def _seen(
    patch: pytest.MonkeyPatch,
    *,
    made: Mapping[str, MadeFrom | None],
    parameters: Mapping[str, str] | None = None,
    outputs: Mapping[str, Any] | None = None,
    servers: tuple[StackResource, ...] | None = None,
    said: tuple[NodeReport, ...] = (),
    members: tuple[str, ...] = (),
) -> dict[str, RollNode]:
    now = replace(
        stack("UPDATE_COMPLETE"), outputs=OUTPUTS | dict(outputs or {}), parameters=parameters or {}
    )
    found = servers or tuple(resource(name, SERVER, "CREATE_COMPLETE") for name in made)
    reports = said or tuple(
        replace(report(f"prod-{name}", final=True), made_from=of) for name, of in made.items()
    )
    answers: dict[str, Any] = {
        "find": lambda *_, **__: now,
        "resources": lambda *_: found,
        "handles": lambda _: [None],
        "reports": lambda *_: reports,
    }
    for name, answer in answers.items():
        patch.setattr(f"jeroboam.deploy.roll.look.{name}", answer)
    client: Any = SimpleNamespace(members=lambda: [Member(it, manager=False, ready=True) for it in members])
    return {node.id: node for node in look(CLOUD, now, client, 60).nodes}


def test_who_is_behind_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"default-0": OLD, "default-1": NEW, "default-2": NEW._replace(config="d1"), "default-3": None}
    found = _seen(monkeypatch, made=made, outputs={"held_nodes": {"default-1": ["flavor", "image"]}})
    assert {name: node.why for name, node in found.items()} == {
        "default-0": ("another version",),
        "default-1": ("another flavor, image",),
        "default-2": ("another configuration",),
        "default-3": (UNKNOWN,),
    }


def test_who_was_made_with_other_secrets_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of nodes by its own; of those that do not say, nothing is known."""
    same = MadeFrom("1.37.2", "d2", "Ubuntu", "aa")
    made = {"master-0": same._replace(config="m2"), "default-0": same, "default-1": NEW}
    told = {"master_seal_digest": "bb", "worker_seal_digest": "aa"}
    found = _seen(monkeypatch, made=made, parameters=told)
    assert {name: node.why for name, node in found.items()} == {
        "master-0": ("other secrets",),
        "default-0": (),
        "default-1": (),
    }
    assert not any(node.why for node in _seen(monkeypatch, made=made, parameters={}).values())


def test_who_is_out_has_no_server_and_is_among_the_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _seen(monkeypatch, made={"default-0": NEW}, parameters={"out": "default-1"})
    assert [(node.id, node.out, node.name) for node in found.values()] == [
        ("default-0", False, "prod-default-0"),
        ("default-1", True, "prod-default-1"),
    ]
    assert not found["default-1"].why


@pytest.mark.parametrize(
    ("told", "ids"),
    [
        ("", set()), ("default-1", {"default-1"}), ("default-1,master-0", {"default-1", "master-0"}),
        (["default-1"], {"default-1"}), ("['default-1', 'master-0']", {"default-1", "master-0"}),
        (None, set()), ("nobody", set()),
    ],
)  # fmt: skip
def test_the_parameter_as_heat_may_tell_it(told: Any, ids: set[str]) -> None:
    assert out_of(replace(stack("UPDATE_COMPLETE"), parameters={"out": told})) == ids


def test_a_node_that_failed_is_behind_whatever_it_was_made_from(monkeypatch: pytest.MonkeyPatch) -> None:
    gave_up = replace(report("prod-default-0", final=True, failed="no route"), made_from=NEW)
    found = _seen(monkeypatch, made={"default-0": NEW}, said=(gave_up,))
    assert (found["default-0"].failed, found["default-0"].why) == ("no route", ("it failed",))


def test_what_heat_makes_anew_with_any_update_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = tuple(
        resource(f"default-{index}", SERVER, state)
        for index, state in enumerate(("CREATE_COMPLETE", "CHECK_FAILED", "CREATE_FAILED"))
    )
    found = _seen(monkeypatch, made=dict.fromkeys(("default-0",), NEW), servers=servers)
    assert [node.given_up for node in found.values()] == [False, True, True]


def test_a_server_is_young_by_when_it_was_made_and_not_by_when_its_stack_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)
    for age, young in ((timedelta(minutes=5), True), (timedelta(minutes=61), False)):
        server = replace(resource("default-0", SERVER, "UPDATE_COMPLETE"), created=now - age, updated=now)
        found = _seen(
            monkeypatch, made={"default-0": None}, servers=(server,), said=(report("prod-x", final=True),)
        )
        assert found["default-0"].young is young


@pytest.mark.parametrize(("minutes", "later"), [(0, False), (1, False), (90, True)])
def test_a_volume_that_came_long_after_its_server_is_seen(
    monkeypatch: pytest.MonkeyPatch, minutes: int, later: bool
) -> None:
    made = datetime(2026, 11, 1, tzinfo=UTC)
    server = replace(resource("master-0", SERVER, "CREATE_COMPLETE"), created=made)
    kind = "OS::Cinder::Volume"
    volume = replace(resource("master-0-etcd-volume", kind), created=made + timedelta(minutes=minutes))
    found = _seen(monkeypatch, made={"master-0": NEW}, servers=(server, volume))
    assert found["master-0"].volume_came_later is later


def test_what_the_coe_says_is_put_to_the_node_of_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _seen(monkeypatch, made={"default-0": NEW, "default-1": NEW}, members=("prod-default-1",))
    assert (found["default-0"].works, found["default-1"].works) == (False, True)


def test_what_the_coe_lists_with_our_mark_and_no_node_has_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    _seen(monkeypatch, made={"default-0": NEW})
    mine = [Member(f"prod-default-{index}", manager=False, ready=False, ours=index < 2) for index in range(3)]
    client: Any = SimpleNamespace(members=lambda: mine)
    assert look(CLOUD, stack("UPDATE_COMPLETE"), client, 60).lost == ("prod-default-1",)


def test_a_coe_that_is_away_is_no_failure_and_one_that_refuses_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _seen(monkeypatch, made={"default-0": NEW})

    def asked(error: ClientError) -> Any:
        def members() -> None:
            raise error

        return look(CLOUD, stack("UPDATE_COMPLETE"), SimpleNamespace(members=members), 60)

    away = asked(ClientError("no route", unreachable=True))
    assert (away.answers, away.problem) == (False, "no route")
    with pytest.raises(ClientError, match="forbidden"):
        asked(ClientError("forbidden"))


def test_a_stack_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jeroboam.deploy.roll.look.find", lambda *_, **__: None)
    with pytest.raises(DeployError, match="deleted meanwhile"):
        look(CLOUD, stack("UPDATE_COMPLETE"), CLOUD, 60)

"""Which reports an update must not find, and that they stand otherwise before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy import stale_signals
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.plan.types import Change, ChangeKind
from jeroboam.deploy.stacks import every_report, reports, signal
from jeroboam.deploy.stale_signals import amended, coming, set_aside
from jeroboam.deploy.types import MadeFrom, NodeReport, StackResource
from tests.unit.deploy.wait.facts import HANDLE, SERVER, report, resource, stack

READY = report("prod-default-1", final=True)
FAILED = report("prod-default-1", final=True, failed="step 40-x failed")
STEP = report("prod-default-1", 9)


def server(kind: ChangeKind, name: str, *, erased: bool = False) -> Change:
    return Change(kind, "", name, SERVER, node=name, server=f"prod-{name}", erased=erased)


def test_which_servers_come_and_whose_place_they_take() -> None:
    live = {"prod-default-0": "old", "prod-default-1": "same", "prod-default-3": "gone"}
    changes = (
        server(ChangeKind.REPLACE, "default-0"),
        server(ChangeKind.CHANGE, "default-1", erased=True),
        server(ChangeKind.ADD, "default-2"),
        server(ChangeKind.REMOVE, "default-3"),
        server(ChangeKind.CHANGE, "default-4"),
        Change(ChangeKind.REPLACE, "", "default-4-port", "OS::Neutron::Port", server="prod-default-4"),
    )
    assert coming(changes, live) == {"prod-default-0": "old", "prod-default-1": "", "prod-default-2": ""}


@pytest.mark.parametrize(
    ("before", "come", "stay", "after"),
    [
        # A new server takes the name: whatever was said under it is another's.
        (READY, {"prod-default-1": ""}, {}, ""),
        (READY, {"prod-default-1": "old"}, {}, "old"),
        (FAILED, {"prod-default-1": "old"}, {}, "old"),
        (STEP, {"prod-default-1": ""}, {}, ""),
        # A failure outlives its node, and would fail every later update.
        (FAILED, {}, {}, ""),
        # One that stays has to be mended.
        (FAILED, {}, {"prod-default-1": "same"}, None),
        # What does no harm stays.
        (READY, {}, {}, None),
        (READY, {}, {"prod-default-1": "same"}, None),
        (STEP, {}, {}, None),
    ],
)
def test_what_is_set_aside(
    before: NodeReport, come: dict[str, str], stay: dict[str, str], after: str | None
) -> None:
    expected = () if after is None else (replace(before, void_of=after),)
    assert amended([before], come, stay) == expected


@pytest.mark.parametrize(
    ("void_of", "stay", "again"),
    [("old", {"prod-default-1": "old"}, True), ("old", {"prod-default-1": "new"}, False), ("", {}, False)],
)
def test_the_word_of_a_server_that_stayed_after_all_counts_again(
    void_of: str, stay: dict[str, str], again: bool
) -> None:
    assert amended([replace(READY, void_of=void_of)], {}, stay) == ((READY,) if again else ())


class Heat:
    """A Heat that writes signals down as its own does, after `late` further questions."""

    def __init__(self, said: Mapping[str, Mapping[str, Any]], *, late: int = 0) -> None:
        self.said, self.late, self.taken = dict(said), late, list[tuple[str, Any]]()
        found = [resource("default-0", SERVER, physical="old"), resource("default-ready-handle", HANDLE)]
        listed = [_listed(one) for one in found]
        self.resources = SimpleNamespace(
            list=lambda *_, **__: listed, metadata=self._metadata, signal=self._signal
        )

    def _metadata(self, _: str, __: str) -> Any:
        if self.taken and self.late == 0:
            for id_, body in self.taken:
                self.said[id_] = body
            self.taken.clear()
        self.late = max(0, self.late - 1) if self.taken else self.late
        return self.said

    def _signal(self, _: str, __: str, data: Any) -> None:
        body = dict(data)
        self.taken.append((body.pop("id"), body))


def _listed(one: StackResource) -> Any:
    raw = {
        "resource_name": one.name,
        "resource_type": one.type,
        "resource_status": "CREATE_COMPLETE",
        "physical_resource_id": one.physical_id,
        "updated_time": "2026-11-24T04:00:00Z",
        "links": [{"rel": "stack", "href": "http://heat/v1/p/stacks/prod/6aa268c6"}],
    }
    return SimpleNamespace(to_dict=lambda: raw)


UP = {"status": "SUCCESS", "reason": "node prod-default-0 is up", "data": None}
DOWN = {"status": "FAILURE", "reason": "step 40-x failed", "data": None}
LISTED = resource("default-ready-handle", HANDLE)


def _set_aside(heat: Heat, *changes: Change) -> list[str]:
    told: list[str] = []
    set_aside(SimpleNamespace(heat=heat), stack(), changes, told.append)  # type: ignore[arg-type]
    return told


def test_heat_has_it_written_down_when_the_update_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jeroboam.deploy.stale_signals.time.sleep", lambda _: None)
    heat = Heat({"prod-default-0": UP, "prod-default-1": DOWN}, late=3)
    cloud: Any = SimpleNamespace(heat=heat)
    told = _set_aside(heat, server(ChangeKind.REPLACE, "default-0"))
    assert [line.partition(", which no longer counts: ")[::2] for line in told] == [
        ("prod-default-0: it reported that it was ready", "a new server of that name is to report itself"),
        ("prod-default-1: it reported that it failed (step 40-x failed)", "its server goes, or is gone"),
    ]
    # What Heat counts does it no harm, and what anyone reads is what the nodes said.
    assert {body["status"] for body in heat.said.values()} == {"SUCCESS"}
    assert reports(cloud, LISTED) == ()
    assert [(r.node, r.status, r.void_of) for r in every_report(cloud, LISTED)] == [
        ("prod-default-0", "SUCCESS", "old"),
        ("prod-default-1", "FAILURE", ""),
    ]
    # Asked once more, all is as it should be.
    assert _set_aside(heat, server(ChangeKind.REPLACE, "default-0")) == []


def test_an_update_that_did_not_replace_the_server_leaves_its_word() -> None:
    heat = Heat({"prod-default-0": UP})
    cloud: Any = SimpleNamespace(heat=heat)
    _set_aside(heat, server(ChangeKind.REPLACE, "default-0"))
    assert reports(cloud, LISTED) == ()
    assert _set_aside(heat) == [
        "prod-default-0: its server was not replaced after all: what it reported counts again"
    ]
    assert [(r.status, r.reason) for r in reports(cloud, LISTED)] == [("SUCCESS", UP["reason"])]


def test_a_heat_that_writes_nothing_down_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(stale_signals, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    heat = Heat({"prod-default-0": UP}, late=10_000)
    with pytest.raises(CloudError, match="did not store it within 60 s"):
        _set_aside(heat, server(ChangeKind.REPLACE, "default-0"))


def test_what_a_node_was_made_from_survives_being_set_aside_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made = MadeFrom("1.37.2", "0123456789ab", "Ubuntu")
    told: list[dict[str, Any]] = []
    handle = resource("default-ready-handle", HANDLE)
    monkeypatch.setattr("jeroboam.deploy.stacks.asking", lambda _: nullcontext())
    resources = SimpleNamespace(
        signal=lambda *_, data: told.append(data), metadata=lambda *_: {"prod-default-1": told[-1]}
    )
    cloud: Any = SimpleNamespace(heat=SimpleNamespace(resources=resources))
    said = replace(READY, made_from=made)
    for void_of in ("old", None):
        signal(cloud, handle, replace(said, void_of=void_of))
        (said,) = every_report(cloud, handle)
        assert (said.void_of, said.made_from, said.status) == (void_of, made, "SUCCESS")

"""The loop against a Heat that is played round by round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from heatclient import exc

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.wait.loop import MISSING_SECONDS, UNUSABLE_SECONDS, snapshot, watch
from jeroboam.deploy.wait.state import Progress
from jeroboam.deploy.wait.verdict import WaitOutcome, verdict
from tests.unit.deploy.wait.facts import HANDLE, ID, SERVER, resource, stack

pytestmark = pytest.mark.filterwarnings("ignore")  # of OpenStack's clients

UP: Mapping[str, Any] = {"status": "SUCCESS", "reason": "up", "data": None}
DOWN: Mapping[str, Any] = {"status": "FAILURE", "reason": "step 40-x failed", "data": None}
FOUND = (
    resource("master-0", SERVER),
    resource("default-0", SERVER),
    *(resource(f"{role}-ready-handle", HANDLE) for role in ("master", "default")),
    *(resource(f"{role}-progress-handle", HANDLE) for role in ("master", "default")),
)


class Heat:
    """A Heat whose stack has the state that `state` says for a second; nodes say what `said` does.

    It tells of no events: each was written down too late to be seen.
    """

    def __init__(
        self, state: Callable[[float], str | None], said: Callable[[float], Mapping[str, Mapping[str, Any]]]
    ) -> None:
        self.now, self.asked = 0.0, Counter[str]()
        self._state, self._said = state, said
        self.stacks = SimpleNamespace(get=self._get)
        self.events = SimpleNamespace(list=lambda *_, **__: [])
        self.resources = SimpleNamespace(list=self._list, metadata=self._metadata)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _get(self, _: str, **__: Any) -> Any:
        state = self._state(self.now)
        if state is None:
            raise exc.HTTPNotFound
        if state == "away":
            raise exc.HTTPServiceUnavailable
        created = "2026-11-24T04:00:00Z"
        raw = {"id": ID, "stack_name": "prod", "stack_status": state, "creation_time": created}
        if state == "deleted":
            raw |= {"stack_status": "DELETE_COMPLETE", "deletion_time": created}
        return SimpleNamespace(to_dict=lambda: raw)

    def _list(self, *_: Any, **__: Any) -> Any:
        self.asked["resources"] += 1
        raws = [
            {
                "resource_name": one.name,
                "resource_type": one.type,
                "resource_status": "CREATE_COMPLETE",
                "physical_resource_id": one.physical_id,
                "updated_time": "2026-11-24T04:00:00Z",
                "links": [{"rel": "stack", "href": f"http://heat/v1/p/stacks/prod/{ID}"}],
            }
            for one in FOUND
        ]
        return [SimpleNamespace(to_dict=lambda raw=raw: raw) for raw in raws]

    def _metadata(self, _: str, handle: str) -> Mapping[str, Any]:
        self.asked[handle] += 1
        role = handle.removesuffix("-ready-handle")
        return {n: body for n, body in self._said(self.now).items() if n.startswith(f"prod-{role}-")}


def _cloud(heat: Heat) -> Any:
    return SimpleNamespace(heat=heat)


def _watched(heat: Heat, action: str = "UPDATE", patience: float | None = 100.0) -> Progress:
    before = stack(f"{action}_IN_PROGRESS")
    rounds = watch(_cloud(heat), before, action, None, heat.clock, begun=True, patience=patience)
    *_, (last, _) = rounds
    return last


def test_a_report_whose_event_was_missed_is_found_in_the_end() -> None:
    heat = Heat(
        lambda now: "UPDATE_IN_PROGRESS" if now < 30 else "UPDATE_COMPLETE",
        lambda now: {"prod-master-0": UP} | ({"prod-default-0": UP} if now > 10 else {}),
    )
    last = _watched(heat, patience=None)
    assert [(node.name, node.ready) for node in last.nodes] == [
        ("prod-master-0", True),
        ("prod-default-0", True),
    ]
    assert heat.now < 45


def test_a_node_that_heat_did_not_wait_for_is_waited_for() -> None:
    heat = Heat(
        lambda _: "UPDATE_COMPLETE",
        lambda now: {"prod-master-0": UP} | ({"prod-default-0": UP} if now > 60 else {}),
    )
    last = _watched(heat)
    assert verdict(last) is WaitOutcome.COMPLETE
    assert 60 < heat.now < 75
    # Those that are ready are not asked about again.
    assert heat.asked["master-ready-handle"] == 2
    assert heat.asked["default-ready-handle"] > 5


def test_a_node_that_gives_up_ends_the_wait() -> None:
    heat = Heat(
        lambda _: "UPDATE_COMPLETE",
        lambda now: {"prod-master-0": UP} | ({"prod-default-0": DOWN} if now > 20 else {}),
    )
    last = _watched(heat)
    assert verdict(last) is WaitOutcome.UNREADY
    assert [node.doing for node in last.nodes if not node.ready] == ["failed: step 40-x failed"]
    assert heat.now < 35


def test_a_silent_node_is_waited_for_as_long_as_it_may_take() -> None:
    heat = Heat(lambda _: "UPDATE_COMPLETE", lambda _: {"prod-master-0": UP})
    assert verdict(_watched(heat)) is WaitOutcome.UNREADY
    assert 100 < heat.now < 115


def test_an_outage_in_the_last_round_is_waited_out() -> None:
    heat = Heat(
        lambda now: "UPDATE_IN_PROGRESS" if now < 10 else "away" if 12 < now < 60 else "UPDATE_COMPLETE",
        lambda now: {"prod-master-0": UP, "prod-default-0": UP} if now > 30 else {"prod-master-0": UP},
    )
    last = _watched(heat)
    assert (verdict(last), last.problem) == (WaitOutcome.COMPLETE, None)


def test_a_stack_that_is_deleted_meanwhile_ends_the_wait() -> None:
    heat = Heat(lambda now: "CREATE_IN_PROGRESS" if now < 10 else "deleted", lambda _: {})
    assert verdict(_watched(heat, "CREATE")) is WaitOutcome.GONE
    assert heat.now < 15


def test_a_stack_that_heat_does_not_know_is_asked_for_again() -> None:
    heat = Heat(lambda now: None if 10 < now < 100 else "CREATE_COMPLETE", lambda _: {})
    assert verdict(_watched(heat, "CREATE", patience=None)) is WaitOutcome.COMPLETE


def test_a_stack_that_heat_does_not_know_for_minutes_is_gone() -> None:
    heat = Heat(lambda now: "CREATE_IN_PROGRESS" if now < 10 else None, lambda _: {})
    assert verdict(_watched(heat, "CREATE")) is WaitOutcome.GONE
    assert MISSING_SECONDS <= heat.now < MISSING_SECONDS + 30


def test_nobody_asks_for_ever() -> None:
    heat = Heat(lambda now: "CREATE_IN_PROGRESS" if now < 10 else "away", lambda _: {})
    last = _watched(heat, "CREATE")
    assert (verdict(last), last.problem is None) == (WaitOutcome.WAITING, False)
    assert UNUSABLE_SECONDS <= heat.now < UNUSABLE_SECONDS + 30


@pytest.mark.parametrize(
    ("end", "outcome"),
    [(None, WaitOutcome.GONE), ("deleted", WaitOutcome.GONE), ("DELETE_FAILED", WaitOutcome.FAILED)],
)
def test_a_stack_is_gone_when_its_name_is_free(end: str | None, outcome: WaitOutcome) -> None:
    """Between DELETE_COMPLETE and its end Heat asks Keystone, who may refuse."""
    heat = Heat(
        lambda now: "DELETE_IN_PROGRESS" if now < 10 else "DELETE_COMPLETE" if now < 30 else end,
        lambda _: {},
    )
    assert verdict(_watched(heat, "DELETE")) is outcome
    assert heat.now >= 30


def test_a_snapshot_has_what_every_node_said() -> None:
    heat = Heat(lambda _: "UPDATE_COMPLETE", lambda _: {"prod-master-0": UP, "prod-default-0": DOWN})
    shown = snapshot(_cloud(heat), stack("UPDATE_COMPLETE"))
    assert [node.doing for node in shown.nodes] == ["ready", "failed: step 40-x failed"]

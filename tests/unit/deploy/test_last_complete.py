"""When a stack was last complete, and what may become of one that never was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.errors import CloudError, DeployError
from jeroboam.deploy.last_complete import last_complete, lives, since_complete
from jeroboam.deploy.plan import planned, templates_of
from jeroboam.deploy.request import require_possible
from jeroboam.deploy.types import Event, Stack
from tests.unit.deploy.plan import specs
from tests.unit.deploy.wait.facts import BEGAN, event, stack

NEVER = datetime.min.replace(tzinfo=UTC)
CLOUD: Any = SimpleNamespace(options=())
FAILED_TWICE = ("CREATE_IN_PROGRESS", "CREATE_FAILED", "UPDATE_IN_PROGRESS", "UPDATE_FAILED")
ONCE_COMPLETE = ("CREATE_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_FAILED")
FORGOTTEN = ("UPDATE_IN_PROGRESS", "UPDATE_FAILED")
NEW_RANGE = ("service_cidr: 10.254.0.0/16", "service_cidr: 10.253.0.0/16")


def _told(events: tuple[str, ...] | list[str]) -> tuple[Event, ...]:
    return tuple(event("prod", state, after=number) for number, state in enumerate(events, start=1))


@pytest.mark.parametrize(
    ("events", "since"),
    [
        (["CREATE_IN_PROGRESS", "CREATE_FAILED"], NEVER),
        (["CREATE_IN_PROGRESS", "CREATE_FAILED", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"], NEVER),
        (["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"], 2),
        (["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], 4),
        (["CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"], 4),
        # A check says nothing of whether nodes came up; of what Heat forgot nobody knows.
        (["UPDATE_IN_PROGRESS", "UPDATE_FAILED", "CHECK_COMPLETE"], None),
        ([], None),
    ],
)
def test_when_a_stack_was_last_complete(events: list[str], since: int | datetime | None) -> None:
    others = [event("default-0", "CREATE_COMPLETE", after=99)]
    expected = BEGAN + timedelta(seconds=since) if isinstance(since, int) else since
    assert last_complete(stack("UPDATE_FAILED"), [*others, *_told(events)]) == expected


class Asked:
    """Heat's events of a stack, and how often it was asked for them."""

    def __init__(self, patch: pytest.MonkeyPatch, *events: str) -> None:
        self.events = _told(events)
        self.times = 0
        patch.setattr("jeroboam.deploy.stacks.events", self)

    def __call__(self, *_: object) -> tuple[Event, ...]:
        self.times += 1
        return self.events


@pytest.mark.parametrize(
    ("state", "events", "lived", "times"),
    [
        ("CREATE_COMPLETE", (), True, 0),
        ("UPDATE_COMPLETE", FAILED_TWICE, True, 0),
        ("CREATE_IN_PROGRESS", (), False, 0),
        ("CREATE_FAILED", FORGOTTEN, False, 0),
        ("UPDATE_FAILED", FAILED_TWICE, False, 1),
        ("UPDATE_IN_PROGRESS", FAILED_TWICE[:3], False, 1),
        ("UPDATE_FAILED", ONCE_COMPLETE, True, 1),
        ("CHECK_FAILED", ONCE_COMPLETE, True, 1),
        ("UPDATE_FAILED", FORGOTTEN, True, 1),
    ],
)
def test_heat_is_asked_where_a_state_does_not_tell(
    monkeypatch: pytest.MonkeyPatch, state: str, events: tuple[str, ...], lived: bool, times: int
) -> None:
    heat = Asked(monkeypatch, *events)
    assert lives(since_complete(CLOUD, stack(state))) is lived
    assert heat.times == times


@pytest.mark.parametrize(
    ("state", "events", "refused"),
    [
        ("CREATE_FAILED", (), False),
        ("UPDATE_FAILED", FAILED_TWICE, False),
        ("UPDATE_FAILED", ONCE_COMPLETE, True),
        ("UPDATE_FAILED", FORGOTTEN, True),
        ("UPDATE_COMPLETE", (), True),
    ],
)
def test_what_can_never_change_may_while_no_cluster_ever_lived(
    monkeypatch: pytest.MonkeyPatch, state: str, events: tuple[str, ...], refused: bool
) -> None:
    heat = Asked(monkeypatch, *events)
    planning = _planning(monkeypatch, stack(state))
    assert [change.path for change in planning.plan.properties if change.refused] == [
        "kubernetes.service_cidr"
    ]
    assert heat.times == (len(events) > 0)
    if refused:
        with pytest.raises(DeployError, match=r"kubernetes\.service_cidr cannot change"):
            require_possible(planning)
    else:
        require_possible(planning)


def _planning(patch: pytest.MonkeyPatch, live: Stack) -> Any:
    """The plan of another range for services, of a stack that Heat cannot preview the update of."""
    old = templates_of(specs.bundle())
    patch.setattr("jeroboam.deploy.stacks.live_templates", lambda *_: old)
    patch.setattr("jeroboam.deploy.stacks.resources", lambda *_: ())

    def unknowable(*_: object) -> None:
        raise CloudError("no preview", status=400)

    patch.setattr("jeroboam.deploy.plan.gather._preview", unknowable)
    return planned(CLOUD, live, specs.bundle(NEW_RANGE))

from __future__ import annotations

from datetime import timedelta

import pytest

from jeroboam.deploy.diagnosis.stalled import let_go
from jeroboam.deploy.types import StackResource
from tests.unit.deploy.wait.facts import BEGAN, CONDITION, SERVER, resource

NOW = BEGAN + timedelta(minutes=5)
LIMITS = {"default-ready": timedelta(minutes=30)}


@pytest.mark.parametrize(
    ("found", "states", "signalled", "expected"),
    [
        ([resource("default-0", SERVER)], {}, (), "no resource is in progress"),
        (
            [resource("default-0", SERVER, "CREATE_IN_PROGRESS")],
            {"default-0-id": "ACTIVE"},
            (),
            "default-0: it is ACTIVE, but Heat is still waiting",
        ),
        (
            [resource("default-0", SERVER, "CREATE_IN_PROGRESS", physical="")],
            {},
            (),
            "default-0: started, but its service was never called",
        ),
        (
            [resource("default-ready", CONDITION, "CREATE_IN_PROGRESS")],
            {},
            ("default-ready",),
            "default-ready: all nodes have signalled, but Heat is still waiting",
        ),
    ],
)
def test_heat_has_let_go(
    found: list[StackResource], states: dict[str, str], signalled: tuple[str, ...], expected: str
) -> None:
    assert let_go(found, states, frozenset(signalled), NOW, LIMITS) == (expected,)


@pytest.mark.parametrize(
    ("found", "states"),
    [
        ([resource("default-0", SERVER, "CREATE_IN_PROGRESS")], {"default-0-id": "BUILD"}),
        ([resource("default-0", SERVER, "CREATE_IN_PROGRESS")], {"default-0-id": "unknown"}),
        ([resource("default-0", SERVER, "CREATE_IN_PROGRESS", after=290)], {"default-0-id": "ACTIVE"}),
        ([resource("default-ready", CONDITION, "CREATE_IN_PROGRESS")], {}),
    ],
    ids=["still built", "nobody knows", "done just now", "a node is slow"],
)
def test_heat_may_still_be_at_work(found: list[StackResource], states: dict[str, str]) -> None:
    assert let_go(found, states, frozenset(), NOW, LIMITS) == ()


def test_a_time_limit_that_passed_unnoticed_gives_heat_away() -> None:
    waiting = [resource("default-ready", CONDITION, "CREATE_IN_PROGRESS")]
    later = BEGAN + timedelta(minutes=32)
    assert let_go(waiting, {}, frozenset(), later, LIMITS) == (
        "default-ready: its timeout has passed, but Heat has not acted on it",
    )

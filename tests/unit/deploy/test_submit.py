"""How a create is handed over: once, whatever becomes of the answer, and never into somebody else's stack."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from heatclient import exc

from jeroboam.deploy import submit
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.retry import PAUSES, patiently
from jeroboam.deploy.retry import told as noted
from jeroboam.deploy.submit import created
from jeroboam.deploy.tags import marks
from tests.unit.deploy.plan.specs import bundle

pytestmark = pytest.mark.filterwarnings("ignore")  # of OpenStack's clients

BUNDLE = bundle()
TAGS = marks(BUNDLE, {"ca_cert": "b3Vycw=="})
OTHER_SPEC = ("jeroboam", "jeroboam-spec-0123456789abcdef", TAGS[2])
OTHER_SECRETS = marks(BUNDLE, {"ca_cert": "dGhlaXJz"})


class Heat:
    """A Heat that answers creates one after the other; `tags` are those of the stack, None without one."""

    def __init__(self, *answers: str, tags: tuple[str, ...] | None = None) -> None:
        self.answers, self.asked, self.looked, self.tags = list(answers), 0, 0, tags
        self.stacks = SimpleNamespace(create=self._create, get=self._get)

    def _create(self, **_: Any) -> None:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if answer in ("taken", "taken and cut off"):
            if self.tags is not None:
                raise exc.HTTPConflict
            self.tags = TAGS
        match answer:
            case "taken and cut off":
                raise exc.HTTPServiceUnavailable
            case "timed out":
                raise exc.HTTPException(code=504)
            case "refused":
                raise exc.HTTPBadRequest

    def _get(self, _: str, **__: Any) -> Any:
        self.looked += 1
        if self.tags is None:
            raise exc.HTTPNotFound
        raw = {
            "id": "1",
            "stack_name": BUNDLE.name,
            "stack_status": "CREATE_IN_PROGRESS",
            "creation_time": "2026-11-24T04:00:00Z",
            "tags": list(self.tags),
        }
        return SimpleNamespace(to_dict=lambda: raw)


def _created(heat: Heat) -> list[str]:
    """What was told while the stack was created."""
    told: list[str] = []
    making = created(SimpleNamespace(heat=heat), BUNDLE, {}, TAGS)  # type: ignore[arg-type]
    assert noted(making, told.append).tags == TAGS
    return told


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        (["taken"], 1),
        (["taken and cut off"], 1),
        (["timed out", "taken"], 2),
        (["timed out", "timed out", "taken and cut off"], 3),
    ],
)
def test_a_stack_is_made_once_though_answers_get_lost(answers: list[str], asked: int) -> None:
    heat = Heat(*answers)
    told = _created(heat)
    assert heat.asked == asked
    assert len([line for line in told if line.endswith("sending it again")]) == asked - 1


def test_a_name_taken_by_our_own_lost_request_is_the_stack() -> None:
    """The client library may send a create twice: the second is answered with 409."""
    heat = Heat("taken", tags=TAGS)
    assert _created(heat) == []


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (("jeroboam",), "just now$"),
        ((), "just now$"),
        (OTHER_SPEC, "just now$"),
        (OTHER_SECRETS, "just now, of this spec and with other secrets$"),
    ],
)
def test_a_stack_of_somebody_else_is_never_adopted(tags: tuple[str, ...], message: str) -> None:
    with pytest.raises(CloudError, match=message):
        _created(Heat("taken", tags=tags))


def test_a_refusal_is_final() -> None:
    heat = Heat("refused")
    with pytest.raises(CloudError, match="create the stack") as refused:
        _created(heat)
    assert (heat.asked, heat.looked, refused.value.status) == (1, 0, 400)


def test_nobody_asks_for_ever() -> None:
    heat = Heat("timed out")
    with pytest.raises(CloudError, match="could not be created: cannot create the stack"):
        _created(heat)
    assert heat.asked == submit.TRIES


def test_what_is_away_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr("jeroboam.deploy.clock.steady", lambda: Clock(lambda: 0.0, paused.append))
    answers = iter([CloudError("away", temporary=True), CloudError("away", temporary=True)])

    def ask() -> str:
        for problem in answers:
            raise problem
        return "here"

    told: list[str] = []
    assert patiently(ask, told.append) == "here"
    assert paused == list(PAUSES[:2])
    assert told == ["away; retrying in 2 s", "away; retrying in 5 s"]

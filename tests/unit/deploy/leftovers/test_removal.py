"""How a stack is told to go: again where Heat does not answer, or answers and forgets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from heatclient import exc

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.leftovers.removal import GONE_SECONDS, end
from tests.unit.deploy.leftovers.test_gather import stack

pytestmark = pytest.mark.filterwarnings("ignore")  # of OpenStack's clients


class Heat:
    """A Heat that answers deletes one after the other; the stack goes when one was `heard`."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked, self.goes = list(answers), 0, False
        self.now = 0.0
        self.stacks = SimpleNamespace(delete=self._delete, get=self._get)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _delete(self, _: str) -> None:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        self.goes |= answer in ("heard", "heard and cut off")
        match answer:
            case "away" | "heard and cut off":
                raise exc.HTTPServiceUnavailable
            case "forbidden":
                raise exc.HTTPForbidden
            case "none":
                raise exc.HTTPNotFound

    def _get(self, _: str, **__: Any) -> Any:
        state = "DELETE_IN_PROGRESS" if self.goes else "CREATE_COMPLETE"
        raw = {
            "id": "1", "stack_name": "prod", "stack_status": state, "creation_time": "2026-11-24T04:00:00Z"
        }  # fmt: skip
        return SimpleNamespace(to_dict=lambda: raw)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        (["heard"], 1),
        (["none"], 1),
        (["dropped", "heard"], 2),
        (["away", "away", "heard"], 3),
        (["heard and cut off"], 1),
    ],
)
def test_until_the_stack_is_seen_to_go(answers: list[str], asked: int) -> None:
    heat = Heat(*answers)
    end(SimpleNamespace(heat=heat), stack(), heat.clock)  # type: ignore[arg-type]
    assert heat.asked == asked


def test_a_refusal_is_final() -> None:
    heat = Heat("forbidden")
    with pytest.raises(CloudError, match="delete the stack 'prod'"):
        end(SimpleNamespace(heat=heat), stack(), heat.clock)  # type: ignore[arg-type]
    assert heat.asked == 1


def test_nobody_asks_for_ever() -> None:
    heat = Heat("dropped")
    with pytest.raises(CloudError, match="does not start to delete"):
        end(SimpleNamespace(heat=heat), stack(), heat.clock)  # type: ignore[arg-type]
    assert GONE_SECONDS <= heat.now < GONE_SECONDS + 30

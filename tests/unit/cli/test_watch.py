"""Waiting on a user's behalf, with the rounds played: time that is up, a Heat that let go, a Heat away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.terminal import Exit
from jeroboam.cli.watch import Watch, watched
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait import follow
from jeroboam.deploy.wait.follow import REVIVALS, Wait
from jeroboam.deploy.wait.state import Progress, Round
from jeroboam.deploy.wait.verdict import WaitOutcome
from tests.unit.deploy.wait.facts import stack

CLOUD: Any = SimpleNamespace()
CREATE = Wait("CREATE", None, True, None, revive=True)


def _watched(of: Stack, wait: Wait) -> WaitOutcome:
    return watched(CLOUD, of, wait, Watch(ProgressFormat.TEXT, "jeroboam status --watch prod"))


class Play:
    """What `watch` is asked for and what Heat is told; each watch is one of `watches`, the last for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *watches: list[tuple[float, Stack]]) -> None:
        self.watches, self.asked, self.done = list(watches), list[str](), list[str]()
        self.away = 0
        for module in ("cli.watch", "deploy.clock"):
            monkeypatch.setattr(f"jeroboam.{module}.steady", lambda: Clock(lambda: 0.0, lambda _: None))
        monkeypatch.setattr(follow, "watch", self._watch)
        monkeypatch.setattr(follow, "marker", self._marker)
        monkeypatch.setattr(follow, "revive", lambda *_: self.done.append("revived"))
        monkeypatch.setattr(follow, "end", lambda *_: self.done.append("ended"))
        monkeypatch.setattr(follow, "evidence", lambda *_: None)

    def diagnosed(self, monkeypatch: pytest.MonkeyPatch, cause: str) -> None:
        found = SimpleNamespace(cause=cause, where=("prod",), title="Heat no longer works on it", next=())
        monkeypatch.setattr(follow, "diagnosis", lambda *_: SimpleNamespace(findings=[found]))

    def _marker(self, *_: Any) -> str:
        if self.away:
            self.away -= 1
            raise CloudError("Heat is away", temporary=True)
        return "event-9"

    def _watch(
        self, _: Any, __: Stack, action: str, after: str | None, ___: Any, **how: Any
    ) -> Iterator[tuple[Progress, Round]]:
        self.asked.append(f"{action} after {after}{' begun' if how['begun'] else ''}")
        rounds = self.watches.pop(0) if len(self.watches) > 1 else self.watches[0]
        for at, now in rounds:
            begun = how["begun"] or now.action == action
            yield Progress(action, now, begun, 0.0, at, patience=how["patience"]), Round(at, now)


DEAD = [(float(at), stack("CREATE_IN_PROGRESS")) for at in (0, 130)]
DYING = [(float(at), stack("DELETE_IN_PROGRESS")) for at in (0, 130)]
MADE = [(1.0, stack("UPDATE_COMPLETE"))]


def test_a_stack_that_heat_let_go_of_is_updated_with_its_own_template(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play = Play(monkeypatch, DEAD, MADE)
    play.diagnosed(monkeypatch, "heat-let-go")
    outcome = _watched(stack(), CREATE)
    assert outcome is WaitOutcome.COMPLETE
    assert (play.done, play.asked) == (["revived"], ["CREATE after None begun", "UPDATE after event-9"])
    assert "prod: updated with its own template" in capsys.readouterr().err


def test_a_delete_that_heat_let_go_of_is_sent_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play = Play(monkeypatch, DYING, [(1.0, stack("DELETE_COMPLETE"))])
    play.diagnosed(monkeypatch, "heat-let-go-delete")
    outcome = _watched(stack("DELETE_IN_PROGRESS"), replace(CREATE, action="DELETE"))
    assert outcome is WaitOutcome.GONE
    assert (play.done, play.asked) == (["ended"], ["DELETE after None begun", "DELETE after event-9 begun"])
    assert "prod: deleted again" in capsys.readouterr().err


def test_nobody_revives_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, DYING)
    play.diagnosed(monkeypatch, "heat-let-go-delete")
    with pytest.raises(typer.Exit) as ended:
        _watched(stack("DELETE_IN_PROGRESS"), replace(CREATE, action="DELETE", minutes=100))
    assert ended.value.exit_code == Exit.UNFINISHED
    assert play.done == ["ended"] * REVIVALS


def test_whoever_only_watches_revives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(monkeypatch, DEAD)
    play.diagnosed(monkeypatch, "heat-let-go")
    with pytest.raises(typer.Exit):
        _watched(stack(), replace(CREATE, revive=False))
    assert play.done == []


def test_heat_may_be_away_when_it_is_to_take_up_a_stack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play = Play(monkeypatch, DEAD, MADE)
    play.diagnosed(monkeypatch, "heat-let-go")
    play.away = 2
    outcome = _watched(stack(), CREATE)
    assert (outcome, play.done) == (WaitOutcome.COMPLETE, ["revived"])
    assert "Heat is away; retrying in 5 s" in capsys.readouterr().err


@pytest.mark.parametrize("minutes", [0, 0.0, 1])
def test_no_time_is_a_time_limit_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], minutes: float
) -> None:
    Play(monkeypatch, [(minutes * 60, stack()), (9000.0, stack("CREATE_COMPLETE"))])
    with pytest.raises(typer.Exit) as ended:
        _watched(stack(), replace(CREATE, minutes=minutes))
    assert ended.value.exit_code == Exit.UNFINISHED
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "'prod' is still in progress after 0:00; it goes on",
        "  to watch it again: jeroboam status --watch prod",
    ]

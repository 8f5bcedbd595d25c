"""The slow clock of a cluster's machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.labs.nodes.clock import Clock


def test_a_slow_clock_falls_behind() -> None:
    clock = Clock(4, datetime.now(UTC) - timedelta(minutes=40))
    passed = clock.now() - clock.began
    assert timedelta(minutes=10) <= passed < timedelta(minutes=11)


def test_only_a_slow_clock_needs_another_speed() -> None:
    began = datetime.now(UTC)
    assert Clock(1, began).environment() == {}
    assert Clock(4, began).environment()["FAKETIME"] == "+0 x0.25"


def test_a_machine_that_is_ahead_starts_later_than_the_clock_shows() -> None:
    clock = Clock(1, datetime.now(UTC))
    _, base = clock.options(timedelta(days=200))
    shown = datetime.fromisoformat(base.removeprefix("base=")).replace(tzinfo=UTC)
    assert timedelta(seconds=-1) <= shown - clock.began - timedelta(days=200) < timedelta(minutes=1)

"""An end for what waits."""

from __future__ import annotations

import threading

import pytest

from jeroboam.deadline import within


def _refuse() -> None:
    raise ValueError("no")


def test_a_call_in_time_is_as_if_it_were_called_here() -> None:
    assert within(60, lambda: None) is None
    with pytest.raises(ValueError, match="no"):
        within(60, _refuse)


def test_one_that_does_not_end_is_left_alone() -> None:
    end = threading.Event()
    with pytest.raises(TimeoutError, match=r"no complete answer within 0\.1 seconds"):
        within(0.1, end.wait)
    end.set()

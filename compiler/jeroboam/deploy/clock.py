"""Time as the waits see it, so that a test can let hours pass at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """A steady clock in seconds, and a way to let time pass."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


def steady() -> Clock:
    """This machine's clock, which nobody sets."""
    return Clock(time.monotonic, time.sleep)

"""The clock of a cluster's machines, which may be slow: by it, an emulated processor is a faster one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

LIBRARY = "/usr/$LIB/faketime/libfaketimeMT.so.1"
"""The dynamic linker knows what $LIB is."""


class Clock(NamedTuple):
    """What all machines of a cluster take for the time, also those that begin later or again.

    What programs do by the clock, such as asking for each other's health or giving up, an emulated processor
    has to do as often as a real one. By a clock of a quarter of the speed it is four times as fast.
    """

    slowness: int
    """How many seconds pass while one passes by this clock."""
    began: datetime
    """When it was right."""

    def now(self) -> datetime:
        """What it shows."""
        return self.began + (datetime.now(UTC) - self.began) / self.slowness

    def options(self, ahead: timedelta = timedelta()) -> tuple[str, ...]:
        """By which qemu starts a machine at this time or so far ahead of it, not at its own."""
        return ("-rtc", f"base={self.now() + ahead:%Y-%m-%dT%H:%M:%S}")

    def environment(self) -> Mapping[str, str]:
        """In which qemu, and with it the machine, goes at this clock's speed."""
        if self.slowness == 1:
            return {}
        return {"LD_PRELOAD": LIBRARY, "FAKETIME": f"+0 x{1 / self.slowness}"}


def started(slowness: int) -> Clock:
    """A clock that is right now."""
    return Clock(slowness, datetime.now(UTC))

"""A bound on what a part of a test may cost, by its process's CPU time, which a busy machine keeps."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class TooMuchWorkError(Exception):
    """The bound was reached."""


@contextmanager
def within(cpu_seconds: float) -> Iterator[None]:
    """Raises TooMuchWorkError, as soon as Python can, when this process worked for longer than that."""

    def over(*_: object) -> None:
        raise TooMuchWorkError(f"more than {cpu_seconds} seconds of CPU time")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

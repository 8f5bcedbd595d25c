"""Asking again: for a bounded time, ever more seldom, and not before a service wants to be asked."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from jeroboam.deploy import clock as time
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.types import Note

E = TypeVar("E")
T = TypeVar("T")


PAUSES = (2, 5, 10, 15, 30, 30, 60, 60, 90)
"""Seconds between questions to a service that is away: five minutes in all."""
LOGIN_PAUSES = (1, 2, 5, 10, 10)
"""The same where nothing is waited for yet, and an address may be wrong: half a minute."""
LONGEST_PAUSE = 120.0
"""For how many seconds a service is left alone at most, whatever its Retry-After says."""


def retried(
    ask: Callable[[], T], *, pauses: Sequence[float] = PAUSES, insist: bool = False
) -> Generator[Note, None, T]:
    """What `ask` gives, asked again for as long as the sum of `pauses` while the service is away.

    With `insist` after every other error too: a stack that is on its way is not given up for an odd answer.
    Yields a note before each pause. Raises CloudError.
    """
    clock = time.steady()
    began = clock.now()
    for pause in pauses:
        try:
            return ask()
        except CloudError as error:
            tried = clock.now() - began
            if not (error.temporary or insist) or tried > sum(pauses):
                raise
            after = pause_after(error, pause)
            yield Note(f"{error.message}; retrying in {after:.0f} s")
            clock.sleep(after)
    try:
        return ask()
    except CloudError as error:
        error.message += f" (tried for {clock.now() - began:.0f} s)"
        raise


def patiently(
    ask: Callable[[], T],
    tell: Callable[[str], None],
    *,
    pauses: Sequence[float] = PAUSES,
    insist: bool = False,
) -> T:
    """What `retried` gives; its notes go to `tell`. Raises CloudError."""
    return told(retried(ask, pauses=pauses, insist=insist), tell)


def told(notes: Generator[Note, None, T], tell: Callable[[str], None]) -> T:
    """What a generator of notes returns; each note goes to `tell` as it comes."""
    return consumed(notes, lambda note: tell(note.text))


def consumed(events: Generator[E, None, T], each: Callable[[E], None]) -> T:
    """What a generator of events returns; each event goes to `each` as it comes."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            result: T = end.value
            return result
        each(event)


def pause_after(error: CloudError, pause: float) -> float:
    """Seconds to wait after an error: `pause`, or longer where the service asks for it, within reason."""
    return max(pause, min(error.retry_after or 0.0, LONGEST_PAUSE))

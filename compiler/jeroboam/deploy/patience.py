"""Asking again: for a bounded time, ever more seldom, and not before a service wants to be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from jeroboam.deploy import clock as time
from jeroboam.deploy.problems import CloudProblem

T = TypeVar("T")
Tell = Callable[[str], None]
"""Where to say what is going on."""

PAUSES = (2, 5, 10, 15, 30, 30, 60, 60, 90)
"""Seconds between questions to a service that is away: five minutes in all."""
LOGIN_PAUSES = (1, 2, 5, 10, 10)
"""The same where nothing is waited for yet, and an address may be wrong: half a minute."""
LONGEST_PAUSE = 120.0
"""For how many seconds a service is left alone at most, whatever its Retry-After says."""


def patiently(
    ask: Callable[[], T], tell: Tell, *, pauses: Sequence[float] = PAUSES, insist: bool = False
) -> T:
    """What `ask` gives, asked again for as long as the sum of `pauses` while the service is away.

    With `insist` after every other problem too: a stack that is on its way is not given up for an odd answer.
    Raises CloudProblem.
    """
    clock = time.steady()
    began = clock.now()
    for pause in pauses:
        try:
            return ask()
        except CloudProblem as problem:
            tried = clock.now() - began
            if not (problem.temporary or insist) or tried > sum(pauses):
                raise
            after = pause_after(problem, pause)
            tell(f"{problem.message}; asking again in {after:.0f} s")
            clock.sleep(after)
    try:
        return ask()
    except CloudProblem as problem:
        problem.message += f" (tried for {clock.now() - began:.0f} s)"
        raise


def pause_after(problem: CloudProblem, pause: float) -> float:
    """Seconds to wait after a problem: `pause`, or longer where the service asks for it, within reason."""
    return max(pause, min(problem.retry_after or 0.0, LONGEST_PAUSE))

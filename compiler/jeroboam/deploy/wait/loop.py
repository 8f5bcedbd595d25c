"""The loop that asks Heat how a stack is doing: at a bounded rate, through outages, from a marker on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.problems import CloudProblem
from jeroboam.deploy.types import COMPLETE, Stack, StackResource
from jeroboam.deploy.wait.state import Progress, Round, advanced, signalled, unknown
from jeroboam.deploy.wait.verdict import Verdict, verdict

FASTEST, SLOWEST = 2.0, 10.0
"""Seconds between two rounds: the first while things happen, the second when nothing has for a while."""
HANDLES_A_ROUND = 6
"""How many handles are asked about in one round; the others wait for the next."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A steady clock in seconds, and a way to let time pass."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


def marker(cloud: Cloud, stack: Stack) -> str | None:
    """The last event so far: what happens after it is the doing of what is asked for next."""
    found = stacks.events(cloud, stack)
    return found[-1].id if found else None


def watch(
    cloud: Cloud, stack: Stack, action: str, after: str | None, clock: Clock, *, begun: bool = False
) -> Iterator[tuple[Progress, Round]]:
    """Progress after each round, until `action` is over; the caller may stop at any time.

    `begun` where the action is known to be under way. A problem that may pass is a round of its own;
    raises CloudProblem for any other.
    """
    progress = Progress(action, stack, begun, clock.now(), marker=after)
    pending: dict[StackResource, None] = {}
    pause = FASTEST
    while True:
        heard = _round(cloud, progress, pending, clock.now())
        moved = progress.moved
        progress = advanced(progress, heard)
        yield progress, heard
        if heard.problem is None and verdict(progress) is not Verdict.WAITING:
            # What happened between the last two questions.
            heard = _round(cloud, progress, pending, clock.now())
            yield advanced(progress, heard), heard
            return
        pause = FASTEST if progress.moved > moved or pending else min(pause * 1.5, SLOWEST)
        clock.sleep(pause)


def _round(cloud: Cloud, progress: Progress, pending: dict[StackResource, None], now: float) -> Round:
    try:
        # Events before the stack: asked the other way round, an old end could pass for the new one.
        events = stacks.events(cloud, progress.stack, progress.marker)
        stack = stacks.find(cloud, progress.stack.identity)
        if stack is None:
            return Round(now, stack=_gone(progress.stack), events=events)
        known = None
        if not progress.resources or unknown(progress, events):
            known = stacks.resources(cloud, stack)
            current = advanced(progress, Round(now, stack, (), (), known))
        else:
            current = progress
        first = not progress.resources
        pending.update(
            dict.fromkeys(stacks.handles(known) if first and known else signalled(current, events))
        )
        asked = list(pending)[:HANDLES_A_ROUND]
        reports = tuple(report for handle in asked for report in stacks.reports(cloud, handle))
        for handle in asked:
            del pending[handle]
        return Round(now, stack, events, reports, known)
    except CloudProblem as problem:
        if not problem.temporary:
            raise
        return Round(now, problem=problem.message)


def _gone(stack: Stack) -> Stack:
    return replace(stack, action="DELETE", status=COMPLETE)

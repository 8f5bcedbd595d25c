"""The loop that asks Heat how a stack is doing: at a bounded rate, through outages, from a marker on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jeroboam.deploy import stacks
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.retry import pause_after
from jeroboam.deploy.types import COMPLETE, Event, Stack, StackResource
from jeroboam.deploy.wait.state import Progress, Round, advanced, signalled, unknown, unready
from jeroboam.deploy.wait.verdict import WaitOutcome, of_heat, verdict
from jeroboam.hot.contract import parse_handle

FASTEST, SLOWEST = 2.0, 10.0
"""Seconds between two rounds: the first while things happen, the second when nothing has for a while."""
HANDLES_A_ROUND = 6
"""How many handles are asked about in one round; the others wait for the next."""
UNUSABLE_SECONDS = 600.0
"""For how long Heat is asked on though it gives no usable answer, whatever it gives instead."""
MISSING_SECONDS = 120.0
"""For how long Heat has to say that there is no such stack where nobody was seen to delete it."""


def marker(cloud: Cloud, stack: Stack) -> str | None:
    """The last event so far: what happens after it is the doing of what is asked for next."""
    found = stacks.events(cloud, stack)
    return found[-1].id if found else None


def snapshot(cloud: Cloud, stack: Stack) -> Progress:
    """What the resources of a stack are at, and its nodes, now. Raises CloudError."""
    found = stacks.resources(cloud, stack)
    reports = tuple(report for handle in stacks.handles(found) for report in stacks.reports(cloud, handle))
    return advanced(Progress(stack.action, stack, True, 0.0), Round(0.0, stack, (), reports, found))


def watch(
    cloud: Cloud,
    stack: Stack,
    action: str,
    after: str | None,
    clock: Clock,
    *,
    begun: bool = False,
    patience: float | None = None,
) -> Iterator[tuple[Progress, Round]]:
    """Progress after each round, until `action` is over; the caller may stop at any time.

    `begun` where the action is known to be under way; `patience` as in Progress. A round without a usable
    answer has its problem, whichever it is; ends after UNUSABLE_SECONDS of nothing else.
    """
    progress = Progress(action, stack, begun, clock.now(), marker=after, patience=patience)
    pending: dict[StackResource, None] = {}
    pause = FASTEST
    certain = False
    missing: float | None = None
    while True:
        heard = _round(cloud, progress, pending, clock.now(), certain=certain)
        if heard.problem is None or not heard.problem.missing:
            missing = None
        else:
            missing = heard.at if missing is None else missing
            if heard.at - missing >= MISSING_SECONDS:
                heard = Round(heard.at, stack=_gone(progress.stack))
        moved = progress.moved
        progress = advanced(progress, heard)
        yield progress, heard
        if heard.problem is None:
            over = of_heat(progress) is not WaitOutcome.WAITING
            if over and certain and verdict(progress) is not WaitOutcome.WAITING:
                return
            if over and not certain:
                # What happened between the last two questions, and what events did not tell.
                certain = True
                continue
            certain = over
        elif progress.unanswered is not None and heard.at - progress.unanswered >= UNUSABLE_SECONDS:
            return
        pause = FASTEST if progress.moved > moved or pending else min(pause * 1.5, SLOWEST)
        clock.sleep(pause_after(heard.problem, pause) if heard.problem else pause)


def _round(
    cloud: Cloud, progress: Progress, pending: dict[StackResource, None], now: float, *, certain: bool
) -> Round:
    """What is new, by events; where `certain`, all that is: an event written late may sort before others."""
    try:
        # Events before the stack: asked the other way round, an old end could pass for the new one.
        events = _events(cloud, progress)
        stack = stacks.get(cloud, progress.stack.identity)
        if stacks.gone(stack):
            return Round(now, stack=stack, events=events)
        known = None
        if certain or not progress.resources or unknown(progress, events):
            known = stacks.resources(cloud, stack)
            current = advanced(progress, Round(now, stack, (), (), known))
        else:
            current = progress
        everything = certain or not progress.resources
        pending.update(
            dict.fromkeys(_listed(progress, known) if everything and known else signalled(current, events))
        )
        asked = list(pending) if certain else list(pending)[:HANDLES_A_ROUND]
        reports = tuple(report for handle in asked for report in stacks.reports(cloud, handle))
        for handle in asked:
            del pending[handle]
        return Round(now, stack, events, reports, known, certain=certain)
    except CloudError as problem:
        if problem.missing and _ending(progress):
            return Round(now, stack=_gone(progress.stack))
        return Round(now, problem=problem)


def _events(cloud: Cloud, progress: Progress) -> tuple[Event, ...]:
    """What is new; nothing of a stack that may be gone, of which only the stack itself tells."""
    try:
        return stacks.events(cloud, progress.stack, progress.marker)
    except CloudError as problem:
        if problem.missing and _ending(progress):
            return ()
        raise


def _ending(progress: Progress) -> bool:
    return "DELETE" in (progress.action, progress.stack.action)


def _listed(progress: Progress, known: tuple[StackResource, ...]) -> tuple[StackResource, ...]:
    """All handles; where only nodes are waited for any more, theirs."""
    found = stacks.handles(known)
    if progress.completed is None:
        return found
    roles = {node.role for node in unready(progress)}
    return tuple(h for h in found if (parsed := parse_handle(h.name)) and parsed[0] in roles)


def _gone(stack: Stack) -> Stack:
    return replace(stack, action="DELETE", status=COMPLETE)

"""Waiting for a stack: limited in time, with the cause looked for in a silence, revived where Heat let go."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from jeroboam.deploy.actions import revive
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.diagnosis import diagnosis, evidence
from jeroboam.deploy.durations import elapsed
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.leftovers.removal import end
from jeroboam.deploy.retry import retried
from jeroboam.deploy.types import Note, Stack
from jeroboam.deploy.wait.loop import marker, watch
from jeroboam.deploy.wait.notices import Moved, Notice, NoticeKind, notices
from jeroboam.deploy.wait.state import Progress
from jeroboam.deploy.wait.verdict import QUIET_SECONDS, STALL_SECONDS, WaitOutcome, awaited, of_heat, verdict

T = TypeVar("T")

LET_GO = frozenset({"heat-let-go", "heat-let-go-delete"})
REVIVALS = 3
"""How often a stack that Heat let go of is taken up again before that is the user's business."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What to wait for, and how: `after` is the marker, `minutes` None for as long as it takes.

    `revive` where a stack that Heat let go of may be updated with its own template, or deleted again.
    `patience` is for how many seconds after Heat is done its nodes are waited for, None where they are not.
    """

    action: str
    after: str | None
    begun: bool
    minutes: float | None
    revive: bool
    patience: float | None = None


def follow(cloud: Cloud, stack: Stack, wait: Wait, clock: Clock) -> Generator[Moved, None, Progress]:
    """How a stack gets on until it is over or the time is; `verdict` tells of what is returned which.

    A stack that Heat let go of is taken up again, REVIVALS times, where `wait` allows it.
    """
    began = clock.now()
    progress = Progress(stack.action, stack, False, 0.0)
    for _ in range(REVIVALS if wait.revive else 0):
        progress, let_go = yield from _watched(cloud, progress, wait, clock, began)
        if not let_go:
            return progress
        wait = yield from _revived(cloud, progress, wait, clock, began)
    progress, _ = yield from _watched(cloud, progress, replace(wait, revive=False), clock, began)
    return progress


def _watched(
    cloud: Cloud, last: Progress, wait: Wait, clock: Clock, began: float
) -> Generator[Moved, None, tuple[Progress, bool]]:
    """The last that was seen, and whether Heat let go of the stack, which ends it if it may be revived."""
    before: Progress | None = None
    silence = _Silence(cloud)
    rounds = watch(
        cloud, last.stack, wait.action, wait.after, clock, begun=wait.begun, patience=wait.patience
    )
    for progress, heard in rounds:
        last = progress
        new = (*notices(before, progress, heard), *silence.notices(progress, heard.at))
        yield Moved(progress, new, heard.at - began)
        before = progress
        waiting = verdict(progress) is WaitOutcome.WAITING
        if waiting and wait.minutes is not None and heard.at - began >= wait.minutes * 60:
            return last, False
        if wait.revive and silence.let_go and of_heat(progress) is WaitOutcome.WAITING:
            return last, True
    return last, False


def _revived(
    cloud: Cloud, progress: Progress, wait: Wait, clock: Clock, began: float
) -> Generator[Moved, None, Wait]:
    """Has Heat take up the stack, and returns what to wait for then."""
    stack = progress.stack

    def moved(text: str, kind: NoticeKind = NoticeKind.OUTAGE) -> Moved:
        return Moved(progress, (Notice(kind, stack.name, text),), clock.now() - began)

    try:
        asking = retried(lambda: marker(cloud, stack), insist=True)
        after = yield from _as_moved(asking, moved)
        if wait.action == "DELETE":
            end(cloud, stack, clock)
            yield moved(f"{stack.name}: deleted again, so that Heat resumes it", NoticeKind.REVIVED)
            return replace(wait, after=after, begun=True)
        yield from _as_moved(retried(lambda: revive(cloud, stack)), moved)
    except CloudError as error:
        # What ends the wait is what the stack comes to.
        yield moved(f"{stack.name}: Heat could not be told to resume it: {error.message}")
        return wait
    yield moved(f"{stack.name}: updated with its own template, so that Heat resumes it", NoticeKind.REVIVED)
    return replace(wait, action="UPDATE", after=after, begun=False)


def _as_moved(notes: Generator[Note, None, T], moved: Callable[[str], Moved]) -> Generator[Moved, None, T]:
    """What a generator of notes returns, each note told as the event that `moved` makes of it."""
    while True:
        try:
            note = next(notes)
        except StopIteration as over:
            result: T = over.value
            return result
        yield moved(note.text)


class _Silence:
    """Watches for silence: says what is waited for, ever more seldom, and has the cause looked for."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._told: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
        self.let_go = False
        self._rest()

    def _rest(self) -> None:
        self._next_word, self._next_look, self.let_go = QUIET_SECONDS, STALL_SECONDS, False

    def notices(self, progress: Progress, now: float) -> list[Notice]:
        """What to say about a silence that lasts until `now`."""
        quiet = now - progress.moved
        if quiet < QUIET_SECONDS or progress.unanswered is not None:
            self._rest()
            return []
        said: list[Notice] = []
        name = progress.stack.name
        if quiet >= self._next_word:
            self._next_word = quiet * 2
            waiting = awaited(progress)
            whom = "; ".join(waiting[:4]) + (f"; and {len(waiting) - 4} more" if len(waiting) > 4 else "")
            text = f"{name}: no progress for {elapsed(quiet)}; waiting for {whom or 'Heat'}"
            said.append(Notice(NoticeKind.QUIET, name, text))
        if quiet >= self._next_look:
            self._next_look = quiet + STALL_SECONDS
            said += self._look(progress)
        return said

    def _look(self, progress: Progress) -> list[Notice]:
        try:
            found = diagnosis(evidence(self._cloud, progress.stack), datetime.now(UTC)).findings
        except CloudError:
            return []
        self.let_go = any(finding.cause in LET_GO for finding in found)
        new = [finding for finding in found if (finding.cause, finding.where) not in self._told]
        self._told |= {(finding.cause, finding.where) for finding in new}
        return [
            Notice(
                NoticeKind.CAUSE,
                finding.where[0],
                f"{', '.join(finding.where[:3])}: {finding.title}",
                next=finding.next,
                data={"cause": finding.cause, "where": finding.where, "next": finding.next},
            )
            for finding in new
        ]

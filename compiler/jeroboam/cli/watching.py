"""Waiting for a stack on a user's behalf: shown, limited in time, revived where Heat let go of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from jeroboam.cli.clouds import refusals
from jeroboam.cli.live import Lines, Screen, elapsed, screen
from jeroboam.cli.terminal import Exit, Failure, say, shell

if TYPE_CHECKING:
    from jeroboam.deploy.connection import Cloud
    from jeroboam.deploy.types import Stack
    from jeroboam.deploy.wait.notices import Notice
    from jeroboam.deploy.wait.state import Progress
    from jeroboam.deploy.wait.verdict import Verdict

LET_GO = "heat-let-go"
REVIVALS = 3
"""How often a stack that Heat let go of is taken up again before that is the user's business."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What to wait for, and how: `after` is the marker, `minutes` None for as long as it takes.

    `revive` where a stack that Heat let go of may be updated with its own template.
    """

    action: str
    after: str | None
    begun: bool
    minutes: float | None
    form: Lines
    revive: bool
    resume: str


def follow(cloud: Cloud, stack: Stack, wait: Wait) -> Verdict:
    """Show how a stack gets on until it is over; exits with 5 when time is up, 130 for Ctrl-C.

    Either leaves the stack as it is, and says how to go on.
    """
    began = time.monotonic()
    try:
        with screen(wait.form) as shown, refusals():
            outcome = _follow(cloud, stack, wait, shown, began, REVIVALS if wait.revive else 0)
    except KeyboardInterrupt:
        say(f"left the stack '{stack.name}' as it is; it goes on without you")
        say(f"  to watch it again: {wait.resume}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except Failure as failure:
        hint = f"to watch it again: {wait.resume}"
        raise Failure(failure.message, f"{failure.hint}; {hint}" if failure.hint else hint) from failure
    if outcome is None:
        say(f"'{stack.name}' is still in progress after {elapsed(time.monotonic() - began)}; it goes on")
        say(f"  to watch it again: {wait.resume}")
        raise typer.Exit(Exit.UNFINISHED)
    return outcome


def _follow(
    cloud: Cloud, stack: Stack, wait: Wait, shown: Screen, began: float, revivals: int
) -> Verdict | None:
    from jeroboam.deploy.actions import revive
    from jeroboam.deploy.wait.loop import Clock, marker, watch
    from jeroboam.deploy.wait.notices import Kind, Notice, notices
    from jeroboam.deploy.wait.verdict import Verdict, verdict

    before: Progress | None = None
    silence = _Silence(cloud)
    outcome = Verdict.WAITING
    for progress, heard in watch(
        cloud, stack, wait.action, wait.after, Clock(time.monotonic, time.sleep), begun=wait.begun
    ):
        told = [*notices(before, progress, heard), *silence.words(progress, heard.at)]
        shown.show(progress, told, heard.at - began)
        before, outcome = progress, verdict(progress)
        if outcome is Verdict.WAITING and wait.minutes and heard.at - began > wait.minutes * 60:
            return None
        if outcome is Verdict.WAITING and revivals and silence.let_go:
            after = marker(cloud, progress.stack)
            revive(cloud, progress.stack)
            text = f"{progress.stack.name}: updated with its own template, so that Heat takes it up again"
            shown.show(progress, [Notice(Kind.REVIVED, progress.stack.name, text)], heard.at - began)
            again = Wait("UPDATE", after, False, wait.minutes, wait.form, wait.revive, wait.resume)
            return _follow(cloud, progress.stack, again, shown, began, revivals - 1)
    return outcome


class _Silence:
    """Watches for silence: says what is waited for, ever more seldom, and has the cause looked for."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._told: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
        self.let_go = False
        self._rest()

    def _rest(self) -> None:
        from jeroboam.deploy.wait.verdict import QUIET_SECONDS, STALL_SECONDS

        self._next_word, self._next_look, self.let_go = QUIET_SECONDS, STALL_SECONDS, False

    def words(self, progress: Progress, now: float) -> list[Notice]:
        """What to say about a silence that lasts until `now`."""
        from jeroboam.deploy.wait.notices import Kind, Notice
        from jeroboam.deploy.wait.verdict import QUIET_SECONDS, STALL_SECONDS, awaited

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
            text = f"{name}: nothing has changed for {elapsed(quiet)}; waiting for {whom or 'Heat'}"
            said.append(Notice(Kind.QUIET, name, text))
        if quiet >= self._next_look:
            self._next_look = quiet + STALL_SECONDS
            said += self._look(progress)
        return said

    def _look(self, progress: Progress) -> list[Notice]:
        from jeroboam.deploy.diagnosis import diagnosis, evidence
        from jeroboam.deploy.problems import CloudProblem
        from jeroboam.deploy.wait.notices import Kind, Notice

        try:
            found = diagnosis(evidence(self._cloud, progress.stack), datetime.now(UTC)).findings
        except CloudProblem:
            return []
        self.let_go = any(finding.cause == LET_GO for finding in found)
        new = [finding for finding in found if (finding.cause, finding.where) not in self._told]
        self._told |= {(finding.cause, finding.where) for finding in new}
        return [
            Notice(
                Kind.CAUSE,
                finding.where[0],
                f"{', '.join(finding.where[:3])}: {finding.title}",
                next=finding.next,
                data={"cause": finding.cause, "where": finding.where, "next": finding.next},
            )
            for finding in new
        ]


def resume(name: str, cloud: str | None, region: str | None) -> str:
    """The command that watches a stack."""
    where = (("--os-cloud", cloud) if cloud else ()) + (("--os-region-name", region) if region else ())
    return shell("jeroboam", "status", "--watch", name, *where)

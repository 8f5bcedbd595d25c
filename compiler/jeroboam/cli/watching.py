"""Waiting for a stack on a user's behalf: shown, limited in time, revived where Heat let go of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import typer

from jeroboam.cli.clouds import refusals
from jeroboam.cli.live import Lines, Screen, elapsed, screen
from jeroboam.cli.terminal import Exit, Failure, complain, say, shell
from jeroboam.deploy.actions import revive
from jeroboam.deploy.clock import steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.diagnosis import diagnosis, evidence
from jeroboam.deploy.leftovers.removal import end
from jeroboam.deploy.patience import patiently
from jeroboam.deploy.problems import CloudProblem
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait.loop import marker, watch
from jeroboam.deploy.wait.notices import Kind, Notice, notices
from jeroboam.deploy.wait.state import Progress
from jeroboam.deploy.wait.verdict import QUIET_SECONDS, STALL_SECONDS, Verdict, awaited, of_heat, verdict

LET_GO = frozenset({"heat-let-go", "heat-let-go-delete"})
REVIVALS = 3
"""How often a stack that Heat let go of is taken up again before that is the user's business."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What to wait for, and how: `after` is the marker, `minutes` None for as long as it takes.

    `revive` where a stack that Heat let go of may be updated with its own template, or told again to go.
    `resume` is the command that watches it again. `patience` is for how many seconds after Heat is done its
    nodes are waited for, None where they are not; `go_on` is then the command that waits for them again.
    """

    action: str
    after: str | None
    begun: bool
    minutes: float | None
    form: Lines
    revive: bool
    resume: str
    patience: float | None = None
    go_on: str | None = None


def follow(cloud: Cloud, stack: Stack, wait: Wait) -> tuple[Verdict, Progress]:
    """Show how a stack gets on until it is over; exits with 5 when time is up, 130 for Ctrl-C.

    It also exits with 5 when Heat gave no usable answer for too long. The stack is left as it is, and how to
    go on is said.
    """
    clock = steady()
    began = clock.now()
    watched = _Watched(cloud, stack)
    try:
        with screen(wait.form) as shown, refusals():
            watched.until_over(wait, shown, began)
    except KeyboardInterrupt:
        doing = "it goes on" if watched.progress.completed is None else "Heat is done, and its nodes go on"
        say(f"left the stack '{stack.name}' as it is; {doing} without you")
        say(f"  {_again(watched.progress, wait)}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except Failure as failure:
        hint = _again(watched.progress, wait)
        told = f"{failure.hint}; {hint}" if failure.hint else hint
        raise Failure(failure.message, told, failure.notes) from failure
    outcome = verdict(watched.progress)
    if outcome is Verdict.WAITING:
        after = elapsed(clock.now() - began)
        _unanswered(watched.progress)
        if watched.progress.completed is None:
            say(f"'{stack.name}' is still in progress after {after}; it goes on")
        else:
            say(f"Heat is done with '{stack.name}'; after {after} not all of its nodes are ready; they go on")
        say(f"  {_again(watched.progress, wait)}")
        raise typer.Exit(Exit.UNFINISHED)
    return outcome, watched.progress


def _unanswered(progress: Progress) -> None:
    """Says what Heat gave in the place of answers, where that is why the wait ends, or how it ended."""
    problem, since = progress.problem, progress.unanswered
    if problem is not None and since is not None:
        lasted = elapsed(progress.at - since)
        message = f"no usable answer for {lasted}, though asked on: {problem.message}"
        complain(message, problem.hint, problem.notes)


def _again(progress: Progress, wait: Wait) -> str:
    if progress.completed is not None and wait.go_on is not None:
        return f"to wait for them again: {wait.go_on}"
    return f"to watch it again: {wait.resume}"


class _Watched:
    """A stack that is watched, and what was last seen of it."""

    def __init__(self, cloud: Cloud, stack: Stack) -> None:
        self._cloud = cloud
        self.progress = Progress(stack.action, stack, False, 0.0)

    def until_over(self, wait: Wait, shown: Screen, began: float) -> None:
        """Returns when it is over, or the time is; takes the stack up again where Heat let go of it."""
        for _ in range(REVIVALS if wait.revive else 0):
            if not self._let_go(wait, shown, began):
                return
            wait = self._revived(wait, shown, began)
        self._let_go(replace(wait, revive=False), shown, began)

    def _let_go(self, wait: Wait, shown: Screen, began: float) -> bool:
        """Whether Heat let go of the stack, which ends the watch where it may be revived."""
        before: Progress | None = None
        silence = _Silence(self._cloud)
        rounds = watch(
            self._cloud, self.progress.stack, wait.action, wait.after, steady(),
            begun=wait.begun, patience=wait.patience,
        )  # fmt: skip
        for progress, heard in rounds:
            self.progress = progress
            told = [*notices(before, progress, heard), *silence.words(progress, heard.at)]
            shown.show(progress, told, heard.at - began)
            before = progress
            waiting = verdict(progress) is Verdict.WAITING
            if waiting and wait.minutes is not None and heard.at - began >= wait.minutes * 60:
                return False
            if wait.revive and silence.let_go and of_heat(progress) is Verdict.WAITING:
                return True
        return False

    def _revived(self, wait: Wait, shown: Screen, began: float) -> Wait:
        """Has Heat take up the stack, and gives what to wait for then."""
        stack, clock = self.progress.stack, steady()

        def tell(text: str, kind: Kind = Kind.OUTAGE) -> None:
            shown.show(self.progress, [Notice(kind, stack.name, text)], clock.now() - began)

        try:
            after = patiently(lambda: marker(self._cloud, stack), tell, insist=True)
            if wait.action == "DELETE":
                end(self._cloud, stack, clock)
                tell(f"{stack.name}: told again to go, so that Heat takes it up again", Kind.REVIVED)
                return replace(wait, after=after, begun=True)
            patiently(lambda: revive(self._cloud, stack), tell)
        except CloudProblem as problem:
            # What ends the wait is what the stack comes to.
            tell(f"{stack.name}: Heat was not told to take it up again: {problem.message}")
            return wait
        tell(f"{stack.name}: updated with its own template, so that Heat takes it up again", Kind.REVIVED)
        return replace(wait, action="UPDATE", after=after, begun=False)


class _Silence:
    """Watches for silence: says what is waited for, ever more seldom, and has the cause looked for."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._told: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
        self.let_go = False
        self._rest()

    def _rest(self) -> None:
        self._next_word, self._next_look, self.let_go = QUIET_SECONDS, STALL_SECONDS, False

    def words(self, progress: Progress, now: float) -> list[Notice]:
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
            text = f"{name}: nothing has changed for {elapsed(quiet)}; waiting for {whom or 'Heat'}"
            said.append(Notice(Kind.QUIET, name, text))
        if quiet >= self._next_look:
            self._next_look = quiet + STALL_SECONDS
            said += self._look(progress)
        return said

    def _look(self, progress: Progress) -> list[Notice]:
        try:
            found = diagnosis(evidence(self._cloud, progress.stack), datetime.now(UTC)).findings
        except CloudProblem:
            return []
        self.let_go = any(finding.cause in LET_GO for finding in found)
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

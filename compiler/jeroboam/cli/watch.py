"""Events of waiting on the screen: shown as they come, and what to do where the wait ends early."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import typer

from jeroboam.cli.screens import ProgressFormat, Screen, screen
from jeroboam.cli.terminal import CommandError, Exit, complain, say
from jeroboam.deploy.clock import steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.durations import elapsed
from jeroboam.deploy.retry import consumed
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait.follow import Wait, follow
from jeroboam.deploy.wait.notices import Moved
from jeroboam.deploy.wait.state import Progress
from jeroboam.deploy.wait.verdict import WaitOutcome, verdict


class Watch:
    """A wait on the screen: entered around it, it says how to go on where somebody ends it by Ctrl-C.

    `resume` is the command that watches the stack again, `go_on` the one that waits for its nodes once Heat
    is done, where there is one.
    """

    def __init__(self, form: ProgressFormat, resume: str, go_on: str | None = None) -> None:
        self._form = form
        self._resume = resume
        self._go_on = go_on
        self._screen: Screen | None = None
        self._progress: Progress | None = None

    def begin(self, stack: Stack, action: str) -> None:
        """Heat works on a stack from now on."""
        self._progress = Progress(action, stack, False, 0.0)

    def show(self, moved: Moved) -> None:
        """One round."""
        self._progress = moved.progress
        if self._screen is None:
            self._screen = screen(self._form)
            self._screen.__enter__()
        try:
            self._screen.show(moved.progress, moved.notices, moved.seconds)
        except CommandError as error:
            # Standard output is closed; the stack does not mind.
            hint = self._again(moved.progress)
            told = f"{error.hint}; {hint}" if error.hint else hint
            raise CommandError(error.message, told, error.notes) from error

    def end(self) -> None:
        """The wait is over; lines may be printed again."""
        self._close(None, None, None)
        self._progress = None

    def unfinished(self, progress: Progress, seconds: float) -> typer.Exit:
        """Says where things stand when the time is up, and gives what the command exits with."""
        self._close(None, None, None)
        name, after = progress.stack.name, elapsed(seconds)
        _say_unanswered(progress)
        if progress.completed is None:
            say(f"'{name}' is still in progress after {after}; it goes on")
        else:
            say(f"Heat is done with '{name}'; after {after} not all of its nodes are ready; they go on")
        say(f"  {self._again(progress)}")
        return typer.Exit(Exit.UNFINISHED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(kind, error, trace)
        progress = self._progress
        if isinstance(error, KeyboardInterrupt) and progress is not None:
            doing = "it goes on" if progress.completed is None else "Heat is done, and its nodes go on"
            say(f"left the stack '{progress.stack.name}' as it is; {doing} without you")
            say(f"  {self._again(progress)}")
            raise typer.Exit(Exit.INTERRUPTED) from None

    def _close(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shown, self._screen = self._screen, None
        if shown is not None:
            shown.__exit__(kind, error, trace)

    def _again(self, progress: Progress) -> str:
        if progress.completed is not None and self._go_on is not None:
            return f"to wait for them again: {self._go_on}"
        return f"to watch it again: {self._resume}"


def watched(cloud: Cloud, stack: Stack, wait: Wait, watch: Watch) -> WaitOutcome:
    """Shows how a stack gets on until it is over; exits with 5 when time is up, 130 for Ctrl-C.

    It also exits with 5 when Heat gave no usable answer for too long. The stack is left as it is, and how to
    go on is said.
    """
    clock = steady()
    began = clock.now()
    with watch:
        watch.begin(stack, wait.action)
        progress = consumed(follow(cloud, stack, wait, clock), watch.show)
        outcome = verdict(progress)
        if outcome is WaitOutcome.WAITING:
            raise watch.unfinished(progress, clock.now() - began)
        watch.end()
    return outcome


def _say_unanswered(progress: Progress) -> None:
    """Says what Heat gave in the place of answers, where that is why the wait ends, or how it ended."""
    problem, since = progress.problem, progress.unanswered
    if problem is not None and since is not None:
        lasted = elapsed(progress.at - since)
        message = f"no usable answer for {lasted}, despite retries: {problem.message}"
        complain(message, problem.hint, problem.notes)

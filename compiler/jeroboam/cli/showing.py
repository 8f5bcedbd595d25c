"""What deployments, rolls and repairs have in common on the screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from jeroboam import escape
from jeroboam.cli.diagnose import print_diagnosis
from jeroboam.cli.preflight import findings_text, summary
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.terminal import CommandError, Exit, result, say, say_lines
from jeroboam.cli.watch import Watch
from jeroboam.deploy.api_text import render
from jeroboam.deploy.durations import elapsed
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.events import ApiChanged, ApiPlanned, Checked, Declined, Diagnosed
from jeroboam.deploy.roll.events import Staged
from jeroboam.deploy.types import Note
from jeroboam.deploy.wait.notices import Moved
from jeroboam.model.client import ClientError
from jeroboam.serialize import json_line


@contextmanager
def resumable(name: str, watch: Watch, command: Callable[[], str]) -> Iterator[None]:
    """Whatever cuts the run in the block off says the `command` that goes on with it.

    Raises Exit after Ctrl-C, and CommandError where cloud or COE fail, neither of which knows that command.
    """
    try:
        yield
    except KeyboardInterrupt:
        watch.end()
        say(f"left '{name}' as it is; to go on: {command()}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except (CloudError, ClientError) as error:
        on = f"to go on: {command()}"
        raise CommandError(error.message, f"{error.hint}; {on}" if error.hint else on, error.notes) from error


def shown(event: object, name: str, watch: Watch) -> bool:
    """Shows an event of the cluster `name`, if it is one of any deployment; whether it was.

    Exits where the user did not agree.
    """
    if not isinstance(event, Moved):
        watch.end()
    match event:
        case Moved():
            watch.show(event)
        case Note(text):
            say(text)
        case Checked(findings):
            if said := findings_text(findings, sys.stderr):
                say_lines(said.rstrip("\n"))
            say(f"{name}: preflight: {summary(findings)}")
        case Diagnosed(diagnosis):
            print_diagnosis(diagnosis)
        case ApiPlanned(stack, changes):
            say_lines(render(stack.name, changes).rstrip("\n"))
        case ApiChanged(stack):
            say(f"{stack.name}: the cluster's API has what the spec asks of it")
        case Declined():
            raise typer.Exit(Exit.DONE)
        case _:
            return False
    return True


def show_staged(event: Staged, name: str, form: ProgressFormat, seconds: float, kind: str = "roll") -> None:
    """Shows a stage that nodes of the cluster `name` have come to, `seconds` after the run began."""
    if form is not ProgressFormat.NDJSON:
        who = ", ".join(event.nodes) or name
        say(f"{elapsed(seconds):>6}  [{event.done}/{event.count}] {escape.line(who)}: {event.text}")
        return
    told = {"stage": event.stage, "text": event.text, "done": event.done, "count": event.count}
    for node in event.nodes or ("",):
        result(json_line({"seconds": seconds, "stack": name, "kind": kind, "subject": node, **told}))

"""What deployments and rolls have in common on the screen."""

from __future__ import annotations

import sys

import typer

from jeroboam.cli.diagnose import print_diagnosis
from jeroboam.cli.preflight import findings_text, summary
from jeroboam.cli.terminal import Exit, say, say_lines
from jeroboam.cli.watch import Watch
from jeroboam.deploy.api_text import render
from jeroboam.deploy.events import ApiChanged, ApiPlanned, Checked, Declined, Diagnosed
from jeroboam.deploy.types import Note
from jeroboam.deploy.wait.notices import Moved


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

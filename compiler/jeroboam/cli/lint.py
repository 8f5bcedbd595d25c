"""`lint-hot`: any template for Heat, judged."""

from __future__ import annotations

from typing import Annotated

import typer

from jeroboam.cli.inputs import OutsideOption
from jeroboam.cli.reporting import ReportFormat, print_report, shown
from jeroboam.cli.strict import ErrorOnOption, strict
from jeroboam.cli.terminal import Exit, say, standard_input
from jeroboam.diagnostics import has_errors
from jeroboam.diagnostics.text import summary
from jeroboam.lint import lint_hot


def lint(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Templates; '-' is standard input.")],
    environment: Annotated[
        list[str] | None,
        typer.Option(
            "-e",
            "--environment",
            metavar="ENV",
            help="An environment that says what types stand for; repeatable, later ones win.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How findings are printed.")
    ] = ReportFormat.TEXT,
    allow_outside: OutsideOption = False,
    error_on: ErrorOnOption = None,
    strictly: Annotated[bool, typer.Option("--strict", help="Warnings are errors here.")] = False,
) -> None:
    """Report what Heat or a service would refuse of any template.

    FILE is a Heat Orchestration Template (HOT) of any version, whoever wrote it. It is judged offline, by
    a snapshot of Heat's own resource types, functions and constraints: types, properties and values,
    references, functions of other versions, parameters, secrets in clear, limits, and what Nova and Neutron
    refuse. Templates that it nests are judged too; their parameters are properties of the type.

    What only a cloud knows, such as whether an image is there, is not judged. Findings are the result, and
    go to standard output in the formats that 'validate' has.

    Examples:
      jeroboam lint-hot stack.yaml
      jeroboam lint-hot -e registry.yaml stack.yaml       types that an environment maps are known
      jeroboam lint-hot --error-on security hot/*.yaml    no secret in clear passes
      jeroboam lint-hot --format github hot/*.yaml
      jeroboam compile prod.yaml -o - | jeroboam lint-hot -

    Exit status:
      0  no errors; there may be warnings
      3  a template has errors, or what --error-on or --strict makes one
    """
    judged = strict(error_on, warnings=strictly)
    readings = {
        path: judged(
            lint_hot(
                path,
                standard_input() if path == "-" else None,
                environments=environment or (),
                allow_outside=allow_outside,
            )
        )
        for path in dict.fromkeys(files)
    }
    print_report(readings, form)
    for path, reading in readings.items():
        say(f"{shown(path)}: {summary(reading.diagnostics) or 'valid'}")
    if any(has_errors(reading.diagnostics) for reading in readings.values()):
        raise typer.Exit(Exit.INVALID_SPEC)

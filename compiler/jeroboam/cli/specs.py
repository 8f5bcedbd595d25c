"""`validate` and `show`: a spec judged, and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

import typer

from jeroboam import escape
from jeroboam.cli.changed import ChangedOption, concerned, given
from jeroboam.cli.inputs import OutsideOption
from jeroboam.cli.reporting import ReportFormat, print_report, report, shown
from jeroboam.cli.strict import ErrorOnOption, StrictOption, strict
from jeroboam.cli.terminal import Exit, result, say, standard_input
from jeroboam.cli.today import today
from jeroboam.diagnostics import Severity, has_errors
from jeroboam.diagnostics.text import summary
from jeroboam.parts.artifacts import image
from jeroboam.pipeline import compile_spec, resolve_spec
from jeroboam.serialize import json_text, yaml_text
from jeroboam.source import SpecResult
from jeroboam.spec import judged

NOT_BUILT_YET = ("JB0401", "JB0402")
"""Codes that speak of this release, not of the spec."""
TEMPLATE = "JB0117"
"""The code for a cluster template where a cluster is needed."""


class ShowFormat(StrEnum):
    """How a resolved spec is printed."""

    YAML = "yaml"
    JSON = "json"


def validate(
    specs: Annotated[
        list[str] | None,
        typer.Argument(metavar="SPEC...", help="Clusters or cluster templates; '-' is standard input."),
    ] = None,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How findings are printed.")
    ] = ReportFormat.TEXT,
    allow_outside: OutsideOption = False,
    error_on: ErrorOnOption = None,
    strictly: StrictOption = False,
    changed: ChangedOption = False,
) -> None:
    """Report everything that is wrong with specs.

    All problems come in one run, each with its file, line and column, a code, and what to do about it.
    A cluster is judged as 'compile' judges it, up to the limits of Heat and Nova; a cluster template for
    what it holds.

    Findings are the result, and go to standard output: as text for people, as JSON, as SARIF 2.1.0 for code
    scanning, as JUnit's XML, or as workflow commands that GitHub shows in a pull request. A finding that is
    no error can be accepted in the spec, under 'accepted_findings' with the reason; it is not told then.

    With --changed, which hooks use, SPEC... are files of any kind. Those that are specs are judged, and those
    that Git knows and that are made from one of the files: from a template, or a script that it names.

    Examples:
      jeroboam validate prod.yaml
      jeroboam validate clusters/*.yaml
      jeroboam validate --error-on security clusters/*.yaml      no dangerous setting passes
      jeroboam validate --strict clusters/*.yaml                 no warning passes that is not accepted
      jeroboam validate --format sarif prod.yaml > jeroboam.sarif
      jeroboam validate --format github clusters/*.yaml
      generate-spec | jeroboam validate -

    Exit status:
      0  no errors; there may be warnings and notes
      3  a spec has errors, or what --error-on or --strict makes one
    """
    taken = concerned(specs) if changed else given(specs)
    judged = strict(error_on, warnings=strictly)
    readings = {spec: judged(_judged(spec, allow_outside=allow_outside)) for spec in taken}
    print_report(readings, form)
    for spec, reading in readings.items():
        say(f"{shown(spec)}: {summary(reading.diagnostics) or 'valid'}")
    if any(has_errors(reading.diagnostics) for reading in readings.values()):
        raise typer.Exit(Exit.INVALID_SPEC)


def show(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    form: Annotated[ShowFormat, typer.Option("--format", help="How it is printed.")] = ShowFormat.YAML,
    allow_outside: OutsideOption = False,
) -> None:
    """Print a cluster as the compiler understands it.

    The template is merged in, and every default and every version that will be installed is filled in, in the
    order of the schema. What is installed besides stands at the end, as comments of the YAML, or in JSON as
    'installs': the downloads of nodes with their versions, and the container images.

    Examples:
      jeroboam show prod.yaml
      jeroboam show --format json prod.yaml | jq .masters.flavor
      jeroboam show --format json prod.yaml | jq -r '.installs.images[]'
      diff <(jeroboam show staging.yaml) <(jeroboam show prod.yaml)
    """
    stdin = standard_input() if spec == "-" else None
    reading = resolve_spec(spec, stdin=stdin, allow_outside=allow_outside, today=today())
    report(spec, reading)
    if reading.value is None:
        raise typer.Exit(Exit.INVALID_SPEC)
    found, model = reading.value
    registry = model.spec.artifacts.image_registry
    installs = {
        "downloads": {download.name: download.version for download in model.downloads},
        "images": {name: image(reference, registry) for name, reference in model.images.items()},
    }
    if form is ShowFormat.JSON:
        result(json_text({**found, "installs": installs}))
    else:
        result(yaml_text(found) + _comments(installs))


def _comments(installs: Mapping[str, Mapping[str, str]]) -> str:
    """What is installed, below a spec that compiles as before: no property of it says so."""
    lines = ["", "# What is installed:"]
    for kind, entries in installs.items():
        lines += (
            [f"#   {kind}:", *(f"#     {name}: {what}" for name, what in entries.items())] if entries else []
        )
    return escape.lines(lines)


def _judged(spec: str, *, allow_outside: bool) -> SpecResult[Any]:
    """What `compile` finds, save that a template may be one and a COE may lack its driver."""
    stdin = standard_input() if spec == "-" else None
    reading: SpecResult[Any] = compile_spec(spec, stdin=stdin, allow_outside=allow_outside, today=today())
    if any(finding.code == TEMPLATE for finding in reading.diagnostics):
        return judged(spec, stdin, allow_outside=allow_outside)
    softened = (
        replace(finding, severity=Severity.WARNING) if finding.code in NOT_BUILT_YET else finding
        for finding in reading.diagnostics
    )
    return replace(reading, diagnostics=tuple(softened))

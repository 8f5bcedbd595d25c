"""`diagnose`: why a stack failed or does not move, as text, data, a page, or an archive to hand on."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected, existing
from jeroboam.cli.files import PRIVATE, PUBLIC, written
from jeroboam.cli.inputs import ClusterArgument, OutsideOption, cluster_named
from jeroboam.cli.secrets_file import held_beside
from jeroboam.cli.terminal import CommandError, Exit, colours, failing, painted, result, say, say_lines
from jeroboam.deploy.diagnosis import Diagnosis, Verdict, diagnosis, evidence
from jeroboam.deploy.diagnosis.bundle import bundle as packed
from jeroboam.deploy.diagnosis.data import data
from jeroboam.deploy.diagnosis.page import page
from jeroboam.deploy.diagnosis.text import WIDTH, text
from jeroboam.deploy.gather_endings import HeldSecrets, endings
from jeroboam.serialize import json_text


class DiagnosisFormat(StrEnum):
    """How a diagnosis is printed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


_HEAD = re.compile(r"^(?P<name>\S+: )(?P<verdict>failed|stuck|working|well)(?=: )")
_VERDICTS = {"failed": "1;31", "stuck": "1;31", "working": "1;33", "well": "1;32"}
_NUMBER = re.compile(r"^\d+\. .*")
_LABEL = re.compile(r"^   (?:where|said|next):")
_STATE = re.compile(r"^(?P<name>  \S+ +)(?P<state>failed|silent)(?= )")
_NARROWEST = 40
_STATES = {"failed": "31", "silent": "33"}


def diagnose(
    cluster: ClusterArgument,
    form: Annotated[
        DiagnosisFormat, typer.Option("--format", help="How to print it.")
    ] = DiagnosisFormat.TEXT,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to this file.", show_default=False),
    ] = None,
    bundle: Annotated[
        str | None,
        typer.Option(
            "--bundle",
            metavar="FILE",
            help="Also write all evidence, without secrets, as a tar.gz.",
            show_default=False,
        ),
    ] = None,
    secrets: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The cluster's secrets file, to see what of it has ended.  "
            "[default: <name>.secrets.yaml beside SPEC, if there]",
            show_default=False,
        ),
    ] = None,
    allow_outside: OutsideOption = False,
    cloud: CloudOption = None,
    region: RegionOption = None,
) -> None:
    """Explain why a stack failed or is stuck.

    Asks every service: Heat for resources, events and node signals, Nova for servers, faults and consoles,
    Cinder and Octavia for what is in error, and for quotas that are used up. The evidence is matched against
    a table of known causes; the root cause comes first, each with what to do next. A service that is down or
    gives no answer is listed, and the others are asked anyway. Certificates, CAs and credentials that have
    ended, or end within a month (a CA: a year), are named too: those that nodes tell of on their consoles,
    the API's own, and those in the secrets file and in the folder of 'credentials'.

    '--format html' writes one self-contained page with a timeline of every resource and of the nodes' steps.
    The archive of '--bundle' holds all evidence to attach to a support request: passwords, tokens, private
    keys, signal credentials, hidden parameters and user data are removed. Nothing in the cloud is changed.

    Examples:
      jeroboam diagnose prod
      jeroboam diagnose clusters/prod.yaml
      jeroboam diagnose prod --format html -o prod.html
      jeroboam diagnose prod --format json | jq -r '.findings[0].cause'
      jeroboam diagnose prod --bundle prod.tar.gz

    Exit status:
      0  nothing is wrong
      1  the stack failed, is stuck, or something in it is broken; or it could not be asked
      3  the spec has errors
      5  still in progress, and nothing is wrong
    """
    name, spec = cluster_named(cluster, allow_outside=allow_outside)
    connection = connected(cloud, region)
    stack = existing(connection, name)
    facts = evidence(connection, stack)
    ends = endings(connection, stack, _held(stack.name, spec, secrets))
    found = diagnosis(facts, datetime.now(UTC), ends)
    printed = output is None or output == "-"
    shown = _formatted(found, form, _width(sys.stdout if printed else None))
    if output is None or output == "-":
        result(_coloured(shown, sys.stdout) if form is DiagnosisFormat.TEXT else shown)
    else:
        with failing("write", output):
            written(output, shown, PUBLIC)
    if bundle is not None:
        with failing("write", bundle):
            written(bundle, packed(facts, found), PRIVATE)
        say(f"{bundle}: all evidence, without secrets; it does hold names and addresses")
    codes = {Verdict.WELL: Exit.DONE, Verdict.WORKING: Exit.UNFINISHED}
    raise typer.Exit(codes.get(found.verdict, Exit.FAILED))


def _held(name: str, spec: str | None, secrets: str | None) -> HeldSecrets | None:
    """The secrets file; one that is not asked for and cannot be read is told of, and no obstacle."""
    try:
        return held_beside(name, spec, secrets)
    except CommandError as error:
        if secrets is not None:
            raise
        say(f"warning: {error.message}")
        return None


def print_diagnosis(found: Diagnosis) -> None:
    """Say a diagnosis to standard error, for a command that failed already."""
    say_lines(_coloured(text(found, _width(sys.stderr)).rstrip("\n"), sys.stderr))


def _formatted(found: Diagnosis, form: DiagnosisFormat, width: int) -> str:
    match form:
        case DiagnosisFormat.TEXT:
            return text(found, width)
        case DiagnosisFormat.JSON:
            return json_text(data(found))
        case DiagnosisFormat.HTML:
            return page(found)


def _width(stream: IO[str] | None) -> int:
    """The width of lines for `stream`: a terminal's own, where it is narrower than usual."""
    if stream is None or not stream.isatty():
        return WIDTH
    # A terminal that does not know its size says 0.
    columns = os.get_terminal_size(stream.fileno()).columns or WIDTH
    return max(_NARROWEST, min(WIDTH, columns))


def _coloured(text: str, stream: IO[str]) -> str:
    if not colours(stream):
        return text
    lines, title = [], False
    for line in text.split("\n"):
        # A title may go on over further lines, up to the first label.
        title = bool(_NUMBER.match(line)) or (title and line.startswith("   ") and not _LABEL.match(line))
        lines.append(painted(line, "1", stream) if title else _coloured_line(line, stream))
    return "\n".join(lines)


def _coloured_line(line: str, stream: IO[str]) -> str:
    if head := _HEAD.match(line):
        return (
            head["name"] + painted(head["verdict"], _VERDICTS[head["verdict"]], stream) + line[head.end() :]
        )
    if label := _LABEL.match(line):
        return painted(label[0], "36", stream) + line[label.end() :]
    if state := _STATE.match(line):
        return state["name"] + painted(state["state"], _STATES[state["state"]], stream) + line[state.end() :]
    return line

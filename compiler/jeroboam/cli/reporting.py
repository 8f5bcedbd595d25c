"""What was found in specs, printed: as messages beside a result, or as the result itself."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import IO, Any

from jeroboam.__about__ import __version__
from jeroboam.cli.terminal import colours, painted, result, say, say_lines
from jeroboam.diagnostics import Diagnostic, has_errors
from jeroboam.diagnostics.data import data
from jeroboam.diagnostics.github import github
from jeroboam.diagnostics.junit import junit
from jeroboam.diagnostics.sarif import sarif
from jeroboam.diagnostics.text import summary, text
from jeroboam.diagnostics.types import limited
from jeroboam.serialize import json_text
from jeroboam.source import SpecResult
from jeroboam.source.files import STDIN

_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36"}
_HEADING = re.compile(r"(error|warning|note)(?=\[JB\d{4}\]: )")
_MARK = re.compile(r"^(?P<margin> +\| +)(?P<mark>\^+)")


class ReportFormat(StrEnum):
    """How diagnostics are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


def report(spec: str, reading: SpecResult[Any]) -> None:
    """Say what was found in `spec`, and how much of it where it has errors."""
    if reading.diagnostics:
        say_lines(_coloured(text(limited(reading.diagnostics), reading.sources), sys.stderr))
    say_count(spec, reading)


def say_count(spec: str, reading: SpecResult[Any]) -> None:
    """Say how much was found in `spec` where it has errors."""
    if has_errors(reading.diagnostics):
        say(f"{shown(spec)}: {summary(reading.diagnostics)}")


def print_report(readings: Mapping[str, SpecResult[Any]], form: ReportFormat) -> None:
    """Print what was found in specs, by name; what a shared template causes is told once."""
    result(_formatted(readings, form))


def shown(spec: str) -> str:
    """A spec's name as messages have it."""
    return STDIN if spec == "-" else spec


def _formatted(readings: Mapping[str, SpecResult[Any]], form: ReportFormat) -> str:
    by_spec: dict[str, list[Diagnostic]] = {}
    told: set[Diagnostic] = set()
    for spec, reading in readings.items():
        by_spec[shown(spec)] = [d for d in dict.fromkeys(limited(reading.diagnostics)) if d not in told]
        told.update(reading.diagnostics)
    found = [d for of_spec in by_spec.values() for d in of_spec]
    match form:
        case ReportFormat.TEXT:
            sources = {name: source for r in readings.values() for name, source in r.sources.items()}
            return _coloured(text(found, sources), sys.stdout)
        case ReportFormat.JSON:
            return json_text(data(found))
        case ReportFormat.SARIF:
            return json_text(sarif(found, __version__))
        case ReportFormat.GITHUB:
            return github(found)
        case ReportFormat.JUNIT:
            return junit(by_spec.items())


def _coloured(text: str, stream: IO[str]) -> str:
    if not colours(stream):
        return text
    return "\n".join(_coloured_line(line, stream) for line in text.split("\n"))


def _coloured_line(line: str, stream: IO[str]) -> str:
    mark = _MARK.match(line)
    if mark:
        return mark["margin"] + painted(mark["mark"], _COLOURS["error"], stream) + line[mark.end() :]
    return _HEADING.sub(lambda found: painted(found[0], _COLOURS[found[0]], stream), line, count=1)

"""`preflight`: whether a cloud can hold a cluster."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import IO, Annotated

import typer

from jeroboam import escape
from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.inputs import OutsideOption, compiled
from jeroboam.cli.terminal import Exit, painted, result, say
from jeroboam.deploy.preflight import IDS, CheckResult, failed, nearest, without
from jeroboam.deploy.preflight import preflight as findings
from jeroboam.deploy.stacks import find
from jeroboam.serialize import json_text

_COLOURS = {"error": "1;31", "warning": "1;33", "unchecked": "1;36"}
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="ID", help="Preflight check to skip; repeatable.", show_default=False),
]


class FindingsFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


def preflight(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    ignore: IgnoreOption = None,
    form: Annotated[
        FindingsFormat, typer.Option("--format", help="How findings are printed.")
    ] = FindingsFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Check whether a cloud can hold a cluster; nothing is created.

    Checks images, flavors, networks, volume types, zones, the load-balancer service, Heat itself, and every
    quota against the sum of what the cluster needs. All errors are reported in one run, each with the id of
    its check, its place in the spec and how to fix it. If the cluster's stack exists already, only what it
    needs in addition is checked. 'deploy' does the same before it starts.

    What this user is not allowed to ask is reported as unchecked, and is no failure.

    Examples:
      jeroboam preflight prod.yaml
      jeroboam preflight --os-cloud staging prod.yaml
      jeroboam preflight --ignore dns --ignore image-distro prod.yaml
      jeroboam preflight --format json prod.yaml | jq '.[] | select(.level == "error")'

    Exit status:
      0  nothing stands against it; there may be warnings
      1  a check failed, or the cloud could not be asked
      2  wrong usage
      3  the spec has errors
    """
    require_known(ignore or ())
    asked = compiled(spec, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    existing = find(cloud, asked.bundle.name)
    found = without(findings(cloud, asked.model, asked.bundle, existing), ignore or ())
    if form is FindingsFormat.JSON:
        result(_json(found))
    else:
        result(findings_text(found, sys.stdout))
    say(f"{asked.bundle.name}: {summary(found)}")
    if failed(found):
        raise typer.Exit(Exit.FAILED)


def require_known(ignored: Iterable[str]) -> None:
    """Refuse an id to ignore that no check has."""
    for unknown in ignored:
        if unknown not in IDS:
            close = nearest(unknown)
            raise typer.BadParameter(
                f"there is no check '{unknown}'" + (f"; did you mean '{close}'?" if close else ""),
                param_hint="'--ignore'",
            )


def findings_text(found: Sequence[CheckResult], stream: IO[str]) -> str:
    """What is not ok, as text for `stream`, on which colours depend."""
    return "".join(_text(finding, stream) for finding in found if finding.level in _COLOURS)


def summary(found: Sequence[CheckResult]) -> str:
    """How many checks ended how, each counted once, by its worst finding."""
    worst = {finding.id: "ok" for finding in found}
    for level in ("unchecked", "warning", "error"):
        worst |= {finding.id: level for finding in found if finding.level == level}
    count = Counter(worst.values())
    plural = "check" if count["ok"] == 1 else "checks"
    parts = [f"{count['ok']} {plural} passed", f"{count['error']} failed"]
    if count["warning"]:
        parts.append(f"{count['warning']} with warnings")
    if count["unchecked"]:
        parts.append(f"{count['unchecked']} could not be checked")
    return ", ".join(parts)


def _text(finding: CheckResult, stream: IO[str]) -> str:
    level = str(finding.level)
    lines = [finding.message]
    if finding.pointer:
        lines.append(f"  = at {finding.pointer}")
    if finding.hint:
        lines.append(f"  = help: {finding.hint}")
    return f"{painted(level, _COLOURS[level], stream)}[{finding.id}]: {escape.lines(lines)}"


def _json(found: Sequence[CheckResult]) -> str:
    return json_text(
        [
            {
                "id": finding.id,
                "level": str(finding.level),
                "message": finding.message,
                "hint": finding.hint,
                "pointer": finding.pointer,
            }
            for finding in found
        ]
    )

"""`preflight`: whether a cloud can hold a cluster."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import IO, Annotated

import typer

from jeroboam import escape
from jeroboam.cli.clouds import CloudOption, RegionOption, connected, refusals
from jeroboam.cli.inputs import OutsideOption, cluster
from jeroboam.cli.terminal import Exit, painted, result, say, say_lines
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.preflight import IDS, Finding, failed, nearest, without
from jeroboam.deploy.preflight import preflight as findings
from jeroboam.deploy.stacks import find
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.model.types import ClusterModel
from jeroboam.serialize import json_text

_COLOURS = {"error": "1;31", "warning": "1;33", "unchecked": "1;36"}
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="ID", help="A check to leave out; may be given again.", show_default=False
    ),
]


class Form(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


def preflight(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    ignore: IgnoreOption = None,
    form: Annotated[Form, typer.Option("--format", help="How findings are printed.")] = Form.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Ask a cloud whether a cluster can be made there; nothing is created.

    Images, flavors, networks, volume types, zones, the load-balancer service, Heat itself, and every quota
    against the sum of what the cluster needs. All that is wrong comes in one run, each with the id of its
    check, its place in the spec and what to do about it. Where the cluster's stack exists already, only
    what it needs more is judged. 'deploy' does the same before it begins.

    What this user is not allowed to ask is said to be unchecked, and does not fail.

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
    bundle, model = cluster(spec, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    with refusals():
        existing = find(cloud, bundle.name)
    found = _found(cloud, model, bundle, existing, ignore or ())
    if form is Form.JSON:
        result(_json(found))
    else:
        print_findings(found, result, sys.stdout)
    say(f"{model.spec.name}: {summary(found)}")
    if failed(found):
        raise typer.Exit(Exit.FAILED)


def checked(
    cloud: Cloud, model: ClusterModel, bundle: Bundle, existing: Stack | None, ignored: Sequence[str]
) -> bool:
    """Say what stands against making the cluster, or updating the stack `existing`; whether nothing does.

    Raises BadParameter for an id in `ignored` that no check has.
    """
    require_known(ignored)
    found = _found(cloud, model, bundle, existing, ignored)
    print_findings(found, lambda text: say_lines(text.rstrip("\n")) if text else None, sys.stderr)
    say(f"{bundle.name}: preflight: {summary(found)}")
    return not failed(found)


def require_known(ignored: Iterable[str]) -> None:
    """Refuse an id to ignore that no check has."""
    for unknown in ignored:
        if unknown not in IDS:
            close = nearest(unknown)
            raise typer.BadParameter(
                f"there is no check '{unknown}'" + (f"; did you mean '{close}'?" if close else ""),
                param_hint="'--ignore'",
            )


def _found(
    cloud: Cloud, model: ClusterModel, bundle: Bundle, existing: Stack | None, ignored: Iterable[str]
) -> tuple[Finding, ...]:
    return without(findings(cloud, model, bundle, existing), ignored)


def print_findings(found: Sequence[Finding], write: Callable[[str], None], stream: IO[str]) -> None:
    """Write what is not ok as text; `stream` is where it ends up, for colours."""
    write("".join(_text(finding, stream) for finding in found if finding.level in _COLOURS))


def summary(found: Sequence[Finding]) -> str:
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


def _text(finding: Finding, stream: IO[str]) -> str:
    level = str(finding.level)
    lines = [finding.message]
    if finding.pointer:
        lines.append(f"  = at {finding.pointer}")
    if finding.hint:
        lines.append(f"  = help: {finding.hint}")
    return f"{painted(level, _COLOURS[level], stream)}[{finding.id}]: {escape.lines(lines)}"


def _json(found: Sequence[Finding]) -> str:
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

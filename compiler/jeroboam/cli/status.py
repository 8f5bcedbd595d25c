"""`status`: where a stack stands, once or until it is over."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from jeroboam import escape
from jeroboam.cli.clouds import CloudOption, RegionOption, connected, existing
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.terminal import CommandError, Exit, result, say
from jeroboam.cli.watch import Watch, watched
from jeroboam.deploy.connection import Cloud, watch_command
from jeroboam.deploy.retry import LOGIN_PAUSES, patiently
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait.follow import Wait
from jeroboam.deploy.wait.loop import marker, snapshot
from jeroboam.deploy.wait.state import Progress
from jeroboam.escape import shell
from jeroboam.hot.contract import OutputName
from jeroboam.serialize import json_text


class StatusFormat(StrEnum):
    """How a status is printed; ndjson only while watching."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


def status(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The stack: a cluster's name.")],
    watch: Annotated[
        bool, typer.Option("-w", "--watch", help="Keep watching until it is complete or failed.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", min=0, help="How long to watch.", show_default=False),
    ] = None,
    form: Annotated[StatusFormat, typer.Option("--format", help="How it is printed.")] = StatusFormat.TEXT,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Show the state of a cluster's stack and of each node.

    With --watch it shows progress as 'deploy' does: bars on a terminal, a line per change in a pipe. It
    resumes the wait of an interrupted 'deploy', and changes nothing: if Heat has stalled it says so, and
    'deploy' is what makes Heat resume.

    Examples:
      jeroboam status prod
      jeroboam status prod --watch --timeout 30
      jeroboam status prod --format json | jq '.nodes[] | select(.ready | not)'

    Exit status:
      0  complete
      1  failed, or there is no such stack
      5  in progress, or watched for ten minutes without a usable answer
    """
    cloud = connected(os_cloud, os_region_name)
    stack = existing(cloud, name)
    if watch and stack.status == "IN_PROGRESS":
        again = watch_command(cloud, name)
        _watch(cloud, stack, timeout, form, again)
        stack = existing(cloud, stack.id, insist=True)
    elif form is not StatusFormat.NDJSON:
        progress = patiently(lambda: snapshot(cloud, stack), say, pauses=LOGIN_PAUSES)
        result(_json(progress) if form is StatusFormat.JSON else _text(progress))
    _exit(stack)


def _watch(cloud: Cloud, stack: Stack, minutes: float | None, form: StatusFormat, again: str) -> None:
    lines = ProgressFormat.NDJSON if form is StatusFormat.NDJSON else ProgressFormat.TEXT
    after = patiently(lambda: marker(cloud, stack), say, insist=True)
    watched(cloud, stack, Wait(stack.action, after, True, minutes, revive=False), Watch(lines, again))


def _exit(stack: Stack) -> None:
    if stack.status == "IN_PROGRESS":
        raise typer.Exit(Exit.UNFINISHED)
    if stack.status == "FAILED":
        say(f"  why: {shell('jeroboam', 'diagnose', stack.name)}")
        raise CommandError(f"the stack '{stack.name}' is {stack.action}_FAILED: {stack.reason}")


def _text(progress: Progress) -> str:
    stack = progress.stack
    since = stack.updated or stack.created
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    ready = sum(node.ready for node in progress.nodes)
    lines = [
        f"{stack.name}  {stack.action}_{stack.status}, begun {minutes} min ago",
        f"  resources  {progress.done} of {len(progress.resources)} done",
        f"  nodes      {ready} of {len(progress.nodes)} ready",
        *(f"  {name:<10} {value}" for name, value in _outputs(stack).items() if value),
    ]
    if progress.nodes:
        width = max(len(node.name) for node in progress.nodes)
        lines += ["", *(f"  {node.name:<{width}}  {node.doing}" for node in progress.nodes)]
    return escape.lines(lines)


def _outputs(stack: Stack) -> dict[str, Any]:
    return {
        "api": stack.outputs.get(OutputName.API_URL),
        "version": stack.outputs.get(OutputName.COE_VERSION),
    }


def _json(progress: Progress) -> str:
    stack = progress.stack
    return json_text(
        {
            "name": stack.name,
            "id": stack.id,
            "action": stack.action,
            "status": stack.status,
            "reason": stack.reason,
            "created": stack.created.isoformat(),
            "updated": stack.updated.isoformat() if stack.updated else None,
            "resources": {"done": progress.done, "all": len(progress.resources)},
            "nodes": [
                {
                    "name": node.name,
                    "group": node.role,
                    "server": node.server,
                    "ready": node.ready,
                    "failed": node.failed,
                    "doing": node.doing,
                    "step": node.last.step if node.last else None,
                    "steps": node.last.steps if node.last else None,
                }
                for node in progress.nodes
            ],
            "outputs": stack.outputs,
        }
    )

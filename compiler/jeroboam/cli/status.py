"""`status`: where a stack stands, once or until it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import typer

from jeroboam import escape
from jeroboam.cli.clouds import CloudOption, RegionOption, connected, existing
from jeroboam.cli.coe import ApiOption, reached_at
from jeroboam.cli.inputs import ClusterArgument, OutsideOption, cluster_named
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.secrets_file import held_beside
from jeroboam.cli.terminal import CommandError, Exit, result, say
from jeroboam.cli.watch import Watch, watched
from jeroboam.deploy.clusters import login
from jeroboam.deploy.connection import Cloud, watch_command
from jeroboam.deploy.door import opened
from jeroboam.deploy.gather_endings import HeldSecrets, endings
from jeroboam.deploy.nodes import Node
from jeroboam.deploy.retry import LOGIN_PAUSES, patiently
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait.follow import Wait
from jeroboam.deploy.wait.loop import marker, snapshot
from jeroboam.deploy.wait.state import Progress
from jeroboam.errors import JeroboamError
from jeroboam.escape import shell
from jeroboam.hot.contract import OutputName, parse_identity
from jeroboam.hot.parameters import OUT
from jeroboam.model.client import Member
from jeroboam.secrets.endings import Ending, lines
from jeroboam.serialize import json_text


class StatusFormat(StrEnum):
    """How a status is printed; ndjson only while watching."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


def status(
    cluster: ClusterArgument,
    watch: Annotated[
        bool, typer.Option("-w", "--watch", help="Keep watching until it is complete or failed.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", min=0, help="How long to watch.", show_default=False),
    ] = None,
    form: Annotated[StatusFormat, typer.Option("--format", help="How it is printed.")] = StatusFormat.TEXT,
    secrets: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The cluster's secrets file, to ask the COE too.  "
            "[default: <name>.secrets.yaml beside SPEC, if there]",
            show_default=False,
        ),
    ] = None,
    api: ApiOption = None,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Show the state of a cluster's stack and of each node.

    Asks Heat, and with the cluster's secrets file its COE too: what each node was made from, whether it is
    ready, and whether the COE counts it, or since when it does not. A node is behind where one made now would
    be another; 'roll' makes it anew, and 'repair' what is dead. It says what ends when: CAs and join tokens
    in the secrets file, your credentials in this folder, the certificate of the API, and the application
    credential of the cloud add-ons.

    With --watch it shows progress as 'deploy' does: bars on a terminal, a line per change in a pipe. It
    resumes the wait of an interrupted 'deploy', and changes nothing: if Heat has stalled it says so, and
    'deploy' is what makes Heat resume.

    Examples:
      jeroboam status prod
      jeroboam status clusters/prod.yaml
      jeroboam status prod --watch --timeout 30
      jeroboam status prod --format json | jq '.nodes[] | select(.ready | not)'

    Exit status:
      0  complete
      1  failed, or there is no such stack
      3  the spec has errors
      5  in progress, or watched for ten minutes without a usable answer
    """
    name, spec = cluster_named(cluster, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    stack = existing(cloud, name)
    if watch and stack.status == "IN_PROGRESS":
        again = watch_command(cloud, name)
        _watch(cloud, stack, timeout, form, again)
        stack = existing(cloud, stack.id, insist=True)
    elif form is not StatusFormat.NDJSON:
        progress = patiently(lambda: snapshot(cloud, stack), say, pauses=LOGIN_PAUSES)
        held = held_beside(stack.name, spec, secrets)
        at = reached_at(api)
        said = _asked(cloud, stack, held, at)
        ends = endings(cloud, stack, held, at)
        shown = as_json if form is StatusFormat.JSON else as_text
        result(shown(progress, said, ends))
    _exit(stack)


class CoeAnswer(NamedTuple):
    """What the COE says of its members, by name; `problem` is why it says nothing."""

    members: Mapping[str, Member]
    problem: str = ""


NOT_ASKED = CoeAnswer({})
LATE = timedelta(days=30)
"""Masters renew what has 90 days left."""
STALE = timedelta(days=2)
"""Masters take a snapshot every day, or more often."""


SILENT = timedelta(days=36)
"""After so long off, a kubelet's certificate may have ended: it renews one of a year at 70 to 90 % of it."""


def _asked(cloud: Cloud, stack: Stack, held: HeldSecrets | None, at: tuple[str, int] | None) -> CoeAnswer:
    """The COE, where the secrets file is at hand; without one it is not asked."""
    identity = parse_identity(stack.outputs.get(OutputName.CLUSTER))
    if identity is None or held is None:
        return NOT_ASKED
    try:
        with opened(cloud, stack, identity.name, identity.coe, held.values, at) as client:
            return CoeAnswer({member.name: member for member in client.members()})
    except JeroboamError as error:
        return CoeAnswer({}, error.message)


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


def as_text(progress: Progress, coe: CoeAnswer = NOT_ASKED, ends: Sequence[Ending] = ()) -> str:
    """Where a stack and each of its nodes stand, as lines."""
    stack, now = progress.stack, datetime.now(UTC)
    since = stack.updated or stack.created
    minutes = int((now - since).total_seconds() // 60)
    ready = sum(node.ready for node in progress.nodes)
    told = [
        f"{stack.name}  {stack.action}_{stack.status}, begun {minutes} min ago",
        f"  resources  {progress.done} of {len(progress.resources)} done",
        f"  nodes      {ready} of {len(progress.nodes)} ready",
        *(f"  {name:<10} {value}" for name, value in _outputs(stack, progress.nodes).items() if value),
        *([f"  coe        cannot be asked: {coe.problem}"] if coe.problem else []),
        *(f"  ends       {line}" for line in lines(ends, now)),
        *_ends(coe.members.values(), now),
        *_silent(coe.members.values(), now),
        *_why(stack, ends, now),
        *_snapshots(coe.members.values(), now),
    ]
    if progress.nodes:
        width = max(len(node.name) for node in progress.nodes)
        said = {node.name: _made(node, stack) + _counted(node, coe) for node in progress.nodes}
        told += ["", *(f"  {node.name:<{width}}  {node.doing}{said[node.name]}" for node in progress.nodes)]
        behind = sum(_behind(node, stack) is True for node in progress.nodes)
        if behind:
            verb = "is" if behind == 1 else "are"
            count = f"{behind} of {len(progress.nodes)} nodes"
            told.append(f"  {count} {verb} behind what new ones are made from")
        missed = sum(_missed(node, coe) for node in progress.nodes) if coe.members else 0
        if missed:
            which = "1 node is" if missed == 1 else f"{missed} nodes are"
            again = shell("jeroboam", "repair", stack.name)
            told.append(f"  {which} missed by the COE; what is dead is made anew by: {again}")
    return escape.lines(told)


def _why(stack: Stack, ends: Iterable[Ending], now: datetime) -> Iterator[str]:
    if any(ending.has_ended(now) or ending.ends_soon(now) for ending in ends):
        yield f"  what to do: {shell('jeroboam', 'diagnose', stack.name)}"


def _silent(members: Iterable[Member], now: datetime) -> Iterator[str]:
    """Nodes that have been away for so long that they may have no way back."""
    for member in members:
        since = _time(member.since)
        if since and now - since > SILENT:
            yield (
                f"  {member.name} is not ready since {since:%Y-%m-%d}: its kubelet's certificate may have "
                f"ended; then: {shell('jeroboam', 'roll')} SPEC --node {member.name} --no-drain"
            )


def _made(node: Node, stack: Stack) -> str:
    """What a node was made from, and whether one made now would be another."""
    made = node.made_from
    if made is None:
        return ""
    behind = ", behind" if _behind(node, stack) else ""
    return f"  {made.coe_version} on {made.system or 'an unknown system'}{behind}"


def _counted(node: Node, coe: CoeAnswer) -> str:
    """What the COE says of a node, where that is not that all is well."""
    if not coe.members:
        return ""
    member = coe.members.get(node.name)
    if member is None:
        return "; the COE does not know it"
    since = f" since {when:%Y-%m-%d %H:%M} UTC" if (when := _time(member.since)) else ""
    said = [f"not ready{since}: {member.why}"] if not member.ready else []
    said += ["closed by a roll" if member.ours else "gets no new work"] if not member.takes_work else []
    return f"; the COE: {', '.join(said)}" if said else ""


def _ends(members: Iterable[Member], now: datetime) -> list[str]:
    """When the first certificate of a master ends; those that should have been renewed by now."""
    ends = sorted((end, it.name) for it in members if (end := _time(it.certificates_end)))
    late = [(end, name) for end, name in ends if end - now < LATE]
    if not late:
        return [f"  certificates are renewed before {end:%Y-%m-%d} ({name})" for end, name in ends[:1]]
    return [
        f"  certificates of {name} {'ended' if end <= now else 'end'} on {end:%Y-%m-%d %H:%M} UTC "
        "and are not renewed; there: journalctl -u jeroboam-upkeep"
        for end, name in late
    ]


def _snapshots(members: Iterable[Member], now: datetime) -> list[str]:
    """When the cluster's state was last copied; the masters that should have done so since."""
    taken = sorted((time, it.name) for it in members if (time := _time(it.last_snapshot)))
    last = [f"  snapshots  the last on {time:%Y-%m-%d %H:%M} UTC ({name})" for time, name in taken[-1:]]
    stale = [
        f"  snapshots  none of {name} since {time:%Y-%m-%d %H:%M} UTC; there: journalctl -u jeroboam-snapshot"
        for time, name in taken
        if now - time > STALE
    ]
    return last + stale


def _time(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    return None


def _missed(node: Node, coe: CoeAnswer) -> bool:
    """Whether the COE does without a node that said that it was ready, or that gave up."""
    member = coe.members.get(node.name)
    return (node.ready or node.failed) and (member is None or not member.ready)


def _behind(node: Node, stack: Stack) -> bool | None:
    configs, held = (stack.outputs.get(name) for name in (OutputName.NODE_CONFIGS, OutputName.HELD_NODES))
    return node.behind(configs, held, stack.parameters)


def _outputs(stack: Stack, nodes: tuple[Node, ...]) -> dict[str, Any]:
    return {
        "api": stack.outputs.get(OutputName.API_URL),
        "out": stack.parameters.get(OUT.name),
        "version": _version(stack.outputs.get(OutputName.COE_VERSION), nodes),
        "login": login(stack) if OutputName.BASTION_ADDRESS in stack.outputs else None,
    }


def _version(new: Any, nodes: tuple[Node, ...]) -> str:
    """What nodes were made from, and what new ones get where that is another version."""
    counted = Counter(node.made_from.coe_version for node in nodes if node.made_from)
    if counted.keys() == {new} and counted.total() == len(nodes):
        return str(new)
    said = [f"{version} on {count} node{'s'[: count > 1]}" for version, count in sorted(counted.items())]
    if said and counted.total() < len(nodes):
        said.append(f"unknown on {len(nodes) - counted.total()}")
    return "; ".join([", ".join(said), *([f"new nodes get {new}"] if new else [])]).removeprefix("; ")


def as_json(progress: Progress, coe: CoeAnswer = NOT_ASKED, ends: Sequence[Ending] = ()) -> str:
    """The same as JSON."""
    stack, now = progress.stack, datetime.now(UTC)
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
                    "made_from": node.made_from._asdict() if node.made_from else None,
                    "behind": _behind(node, stack),
                    "coe": _member(coe.members.get(node.name)),
                }
                for node in progress.nodes
            ],
            "coe_problem": coe.problem or None,
            "ends": [
                {
                    "kind": ending.kind.value,
                    "name": ending.name,
                    "end": ending.end.isoformat(),
                    "source": ending.source,
                    "ended": ending.has_ended(now),
                    "soon": ending.ends_soon(now),
                }
                for ending in ends
            ],
            "outputs": stack.outputs,
        }
    )


def _member(member: Member | None) -> dict[str, Any] | None:
    if member is None:
        return None
    return {
        "ready": member.ready,
        "takes_work": member.takes_work,
        "closed_by_roll": member.ours,
        "leader": member.leader,
        "version": member.version,
        "why": member.why,
        "certificates_end": member.certificates_end or None,
        "last_snapshot": member.last_snapshot or None,
        "since": member.since or None,
    }

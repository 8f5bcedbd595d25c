"""What nodes reported before an update, where it would pass for the word of servers that the update makes.

Heat keeps the last report of each node name for good and counts them all, whose servers ever they were. One
FAILURE among them fails every later wait, even if its node is gone (heat/engine/resources/wait_condition.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.nodes import SERVER
from jeroboam.deploy.plan.types import Change, ChangeKind
from jeroboam.deploy.types import NodeReport, Stack, StackResource

HEARD_SECONDS = 60.0
"""How long Heat may take to write down a signal that it has accepted."""
_PAUSE = 1.0
_NOBODY = ""


def servers(stack: Stack, found: Iterable[StackResource]) -> dict[str, str]:
    """The ids of a cluster's servers by their names."""
    return {f"{stack.name}-{r.name}": r.physical_id for r in found if r.type == SERVER and r.physical_id}


def coming(changes: Iterable[Change], live: Mapping[str, str]) -> dict[str, str]:
    """The names of the servers that an update makes, each with the id of the one that it replaces.

    A rebuilt one keeps its id, and what it said before is nobody's word any more.
    """
    return {
        change.server: live.get(change.server, _NOBODY) if change.kind is ChangeKind.REPLACE else _NOBODY
        for change in changes
        if change.type == SERVER and (change.kind in (ChangeKind.ADD, ChangeKind.REPLACE) or change.erased)
    }


def amended(
    reports: Iterable[NodeReport], come: Mapping[str, str], stay: Mapping[str, str]
) -> tuple[NodeReport, ...]:
    """The reports that have to stand otherwise before an update, as they are to stand.

    `come` is from `coming`, `stay` the ids of the servers that the update leaves, by name. What is set aside:
    all that servers said in whose place others come, and that nodes failed that are gone or go. What counts
    again: the word of a server that was to be replaced, and was not.
    """
    found = []
    for report in reports:
        if report.void_of is None:
            failed = report.final and report.status != "SUCCESS"
            if report.node in come:
                found.append(replace(report, void_of=come[report.node]))
            elif failed and report.node not in stay:
                found.append(replace(report, void_of=_NOBODY))
        elif report.final and report.void_of == stay.get(report.node):
            found.append(replace(report, void_of=None))
    return tuple(found)


def set_aside(cloud: Cloud, stack: Stack, changes: tuple[Change, ...], tell: Callable[[str], None]) -> None:
    """Makes what nodes reported true for the update that does `changes`, before it is sent.

    Returns when Heat has written it down. Raises CloudError, also where Heat does not within HEARD_SECONDS.
    """
    found = stacks.resources(cloud, stack)
    live = servers(stack, found)
    removed = {
        change.server for change in changes if change.kind is ChangeKind.REMOVE and change.type == SERVER
    }
    _set_aside(cloud, found, coming(changes, live), live, removed, tell)


def set_aside_for(cloud: Cloud, stack: Stack, names: Iterable[str], tell: Callable[[str], None]) -> None:
    """The same for an update that makes servers of these names, of which there are none now."""
    found = stacks.resources(cloud, stack)
    _set_aside(cloud, found, dict.fromkeys(names, _NOBODY), servers(stack, found), frozenset(), tell)


def _set_aside(
    cloud: Cloud,
    found: tuple[StackResource, ...],
    come: Mapping[str, str],
    live: Mapping[str, str],
    removed: Collection[str],
    tell: Callable[[str], None],
) -> None:
    stay = {name: id_ for name, id_ in live.items() if name not in come and name not in removed}
    for handle in stacks.handles(found):
        due = amended(stacks.every_report(cloud, handle), come, stay)
        for report in due:
            stacks.signal(cloud, handle, report)
            if report.final:
                tell(f"{report.node}: {_words(report, new=report.node in come)}")
        _await(cloud, handle, due)


def _await(cloud: Cloud, handle: StackResource, due: tuple[NodeReport, ...]) -> None:
    until = time.monotonic() + HEARD_SECONDS
    while due:
        written = {report.node: report.void_of for report in stacks.every_report(cloud, handle)}
        due = tuple(report for report in due if written.get(report.node) != report.void_of)
        if due and time.monotonic() > until:
            raise CloudError(
                f"Heat accepted a signal to '{handle.name}', but did not store it within {HEARD_SECONDS:g} s",
                "look at the Orchestration service: its engine may not run",
            )
        if due:
            time.sleep(_PAUSE)


def _words(report: NodeReport, *, new: bool) -> str:
    if report.void_of is None:
        return "its server was not replaced after all: what it reported counts again"
    what = "that it was ready" if report.status == "SUCCESS" else f"that it failed ({report.reason})"
    why = "a new server of that name is to report itself" if new else "its server goes, or is gone"
    return f"it reported {what}, which no longer counts: {why}"

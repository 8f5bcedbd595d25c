"""What failed to be made and was never of use: replacing it loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from jeroboam.deploy.plan.effects import PORT, SERVER, VOLUME
from jeroboam.deploy.plan.types import Change, ChangeKind, PropertyChange
from jeroboam.deploy.types import FAILED, NodeReport, StackResource
from jeroboam.hot.flat import Key

_LOST = (ChangeKind.REPLACE, ChangeKind.REMOVE)
_NOTE = "its creation failed and its node was never ready: no data is lost"


def failed_to_be_made(changes: Iterable[Change], live: Mapping[Key, StackResource]) -> tuple[Change, ...]:
    """What goes of the nodes' servers, ports and volumes and is in Heat's CREATE_FAILED."""
    return tuple(
        change
        for change in changes
        if change.kind in _LOST
        and change.type in (SERVER, PORT, VOLUME)
        and change.key in live
        and (live[change.key].action, live[change.key].status) == ("CREATE", FAILED)
    )


def marked(
    changes: Iterable[Change], live: Mapping[Key, StackResource], reports: Iterable[NodeReport]
) -> Iterator[Change]:
    """`changes`, those marked that lose nothing; `reports` are final ones, with those set aside.

    What has no id was never there. What has one, a server in ERROR for instance, was of use to a node that
    reported itself ready: one that is to be replaced may still be there until its replacement is made.
    """
    every = tuple(changes)
    ready = {r.node for r in reports if r.status == "SUCCESS" and r.void_of != ""}
    unmade = {
        change.key
        for change in failed_to_be_made(every, live)
        if change.server not in ready or not (live[change.key].physical_id or change.type == SERVER)
    }
    for change in every:
        if change.key in unmade:
            causes = (*change.causes, PropertyChange("", None, None, _NOTE))
            yield replace(change, causes=causes, unmade=True)
        else:
            yield change

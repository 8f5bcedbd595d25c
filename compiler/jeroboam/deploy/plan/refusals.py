"""What a plan may not do unasked: cost a master, or the data on a volume whose node stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jeroboam.deploy.plan.effects import PORT, SERVER, VOLUME
from jeroboam.deploy.plan.types import Change, ChangeKind, RefusedChange
from jeroboam.hot.contract import MASTER, parse_node_id

_LOST = (ChangeKind.REPLACE, ChangeKind.REMOVE)


def losses(changes: Iterable[Change], allowed: Iterable[str] = ()) -> tuple[RefusedChange, ...]:
    """One for each node or volume that would be lost and is not named; a node's name stands for all of it.

    What never came to be is no loss: a create that failed at a master is mended by the next update.
    """
    # A node's own word goes before that of its port and its volume.
    every = sorted(changes, key=lambda change: change.type != SERVER)
    named = frozenset(filter(None, allowed))
    leaving = {c.node for c in every if c.kind is ChangeKind.REMOVE and c.type == SERVER}
    found: dict[str, RefusedChange] = {}
    for change in every:
        if change.unmade:
            continue
        if {change.node, change.server, change.resource, _in_the_cloud(change)} & named:
            continue
        for refusal in _refused(change, leaving):
            # A lost node is one loss, however many of its resources go with it.
            found.setdefault(refusal.name, refusal)
    return tuple(found.values())


def _refused(change: Change, leaving: set[str]) -> Iterator[RefusedChange]:
    node = change.server or change.node
    if _is_master(change.node):
        if change.type == SERVER and (change.kind in _LOST or change.erased):
            verb = "rebuilt" if change.erased else f"{change.kind}d"
            yield RefusedChange(node, f"the master {node} would be {verb}{_why(change)}")
        elif change.type in (PORT, VOLUME) and change.kind in _LOST:
            yield RefusedChange(node, f"{change.resource} of a master would be {change.kind}d{_why(change)}")
    elif change.type == VOLUME and (
        change.kind is ChangeKind.REPLACE or (change.kind is ChangeKind.REMOVE and change.node not in leaving)
    ):
        message = f"the volume {change.resource} would be {change.kind}d{_why(change)}, and {node} would stay"
        yield RefusedChange(change.resource, message)


def _is_master(node: str) -> bool:
    found = parse_node_id(node)
    return found is not None and found[0] == MASTER


def _why(change: Change) -> str:
    causes = [cause.path.split("/")[0] for cause in change.causes if cause.path and not cause.harmless]
    return f" because of {', '.join(dict.fromkeys(causes))}" if causes else ""


def _in_the_cloud(change: Change) -> str:
    """What a volume is named in Cinder, a port in Neutron: by its server's name."""
    return change.server + change.resource.removeprefix(change.node).removesuffix("-volume")

"""The servers of nodes, as Nova has them: which of them run, and stopping those that do."""

from __future__ import annotations

from functools import partial

from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.types import RollNode
from jeroboam.deploy.roll.under_way import Roll, Steps
from jeroboam.deploy.types import Note

STOP_SECONDS = 180.0
"""For how long a server may take to stop before it is taken out as it is."""


DETACHES = frozenset(
    {"ACTIVE", "PAUSED", "SHUTOFF", "VERIFY_RESIZE", "SOFT_DELETED", "SHELVED", "SHELVED_OFFLOADED", "GONE"}
)
"""States in which Nova takes a volume off a server (`detach_volume`, nova/compute/api.py)."""


def may_answer(roll: Roll, masters: tuple[RollNode, ...]) -> bool:
    """Whether one of these masters is up, as far as Nova and itself have said. Raises CloudError."""
    return any(node.ready and runs(roll, node) for node in masters)


def runs(roll: Roll, node: RollNode) -> bool:
    """Whether its server is up. Raises CloudError."""
    return _status(roll, node) == "ACTIVE"


def _status(roll: Roll, node: RollNode) -> str:
    """What Nova says of its server; GONE where it has none such."""
    if not node.server:
        return "GONE"
    try:
        with asking(f"ask Nova for the server '{node.name}'"):
            return str(roll.cloud.sdk.compute.get_server(node.server).status)
    except CloudError as error:
        if error.missing:
            return "GONE"
        raise


def stopped(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    """Has guests end in order: what they have to flush is flushed, and their volumes come off cleanly."""
    for node in nodes:
        yield from retried(partial(_stop, roll, node))
    until = roll.clock.now() + STOP_SECONDS
    for node in nodes:
        while (yield from retried(partial(runs, roll, node), insist=True)):
            if roll.clock.now() > until:
                yield Note(
                    f"{node.name}: it did not stop within {STOP_SECONDS:g} s, and is taken out as it is"
                )
                break
            roll.clock.sleep(2.0)


def let_go(roll: Roll, nodes: tuple[RollNode, ...]) -> Steps:
    """Has Nova delete servers that it takes no volume off, such as one in ERROR.

    Heat would ask it to until the update's time is up; of a server that is gone nothing has to be taken.
    """
    stuck = []
    for node in nodes:
        if (yield from retried(partial(_status, roll, node))) not in DETACHES:
            stuck.append(node)
            yield from retried(partial(_delete, roll, node))
    until = roll.clock.now() + STOP_SECONDS
    for node in stuck:
        while (yield from retried(partial(_status, roll, node), insist=True)) != "GONE":
            if roll.clock.now() > until:
                yield Note(f"{node.name}: Nova has not deleted its server within {STOP_SECONDS:g} s")
                break
            roll.clock.sleep(2.0)


def _delete(roll: Roll, node: RollNode) -> None:
    with asking(f"delete the server '{node.name}'"):
        roll.cloud.sdk.compute.delete_server(node.server)


def _stop(roll: Roll, node: RollNode) -> None:
    # It may have stopped since: Nova refuses then.
    if runs(roll, node):
        with asking(f"stop the server '{node.name}'"):
            roll.cloud.sdk.compute.stop_server(node.server)

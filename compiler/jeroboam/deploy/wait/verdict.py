"""Whether waiting is over, and when silence is worth a word."""

from __future__ import annotations

from enum import StrEnum

from jeroboam.deploy.types import COMPLETE, CONDITION, FAILED, IN_PROGRESS
from jeroboam.deploy.wait.state import Progress, unready

QUIET_SECONDS = 60.0
"""How long nothing may change before the user is told what is waited for; doubles each time."""
STALL_SECONDS = 120.0
"""How long nothing may change before the cause is looked for."""


class WaitOutcome(StrEnum):
    """How waiting stands; UNREADY where Heat is done, and a node gave up or said nothing for too long."""

    WAITING = "waiting"
    COMPLETE = "complete"
    FAILED = "failed"
    UNREADY = "unready"
    GONE = "gone"


def verdict(progress: Progress) -> WaitOutcome:
    """How the action that is waited for ended, if it did; what an earlier one ended as does not count."""
    ended = of_heat(progress)
    if ended is not WaitOutcome.COMPLETE or progress.patience is None:
        return ended
    if progress.completed is None:
        # A report whose event came late may not have been asked for yet.
        return WaitOutcome.WAITING
    missing = unready(progress)
    if not missing:
        return WaitOutcome.COMPLETE
    # While Heat is away nodes report to nobody; what they tell when it is back counts.
    late = progress.unanswered is None and progress.at - progress.completed > progress.patience
    return WaitOutcome.UNREADY if late or any(node.failed for node in missing) else WaitOutcome.WAITING


def of_heat(progress: Progress) -> WaitOutcome:
    """The same by Heat's word alone, whatever its nodes are at."""
    stack = progress.stack
    if stack.action == "DELETE" != progress.action:
        # Whoever deletes it has the last word, also before it is gone.
        return WaitOutcome.GONE
    if not progress.begun or stack.status == IN_PROGRESS:
        return WaitOutcome.WAITING
    if stack.action == progress.action:
        if stack.status == COMPLETE:
            return WaitOutcome.GONE if stack.action == "DELETE" else WaitOutcome.COMPLETE
        return WaitOutcome.FAILED if stack.status == FAILED else WaitOutcome.WAITING
    # A create or update that failed and was rolled back; or someone else took over.
    return (
        WaitOutcome.FAILED if stack.action == "ROLLBACK" or stack.status == FAILED else WaitOutcome.COMPLETE
    )


def awaited(progress: Progress) -> tuple[str, ...]:
    """What is being waited for, in words, the slowest kind first."""
    busy = [r for r in progress.resources.values() if r.status == IN_PROGRESS]
    silent = [node for node in progress.nodes if not node.ready and not node.failed]
    words = [f"{node.name}: {node.doing}" for node in silent if node.server == COMPLETE]
    words += [f"{r.name} ({r.type})" for r in busy if r.type != CONDITION]
    return tuple(words)

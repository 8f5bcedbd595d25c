"""Drains nodes: they get no more work, and what runs there is asked to leave until nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import DeployError
from jeroboam.model.client import Client, ClientError

PAUSE_SECONDS = 5.0
"""Between two rounds."""
SILENT_MINUTES = 10.0
"""For how long a COE that does not answer is told something again."""


def drained(
    client: Client, names: tuple[str, ...], minutes: float, clock: Clock, again: str
) -> Iterator[str]:
    """Drains the nodes, and yields what is left of each as that changes.

    `again` is the command that goes on. Raises DeployError once it took `minutes`, and ClientError.
    """
    if not names:
        return
    until, before = clock.now() + minutes * 60, ""
    # All are closed before any is drained, or what leaves one would come to the next.
    for ask in (client.close, client.drain):
        while left := {name: found for name in names if (found := _said(ask, name))}:
            text = "; ".join(f"{name}: {', '.join(words)}" for name, words in left.items())
            if text != before:
                before = text
                yield f"draining; left are {text}"
            if clock.now() > until:
                raise DeployError(
                    f"not drained within {minutes:g} minutes: {text}",
                    f"see what holds it, then go on: {again}; or let it end with the server: "
                    f"{again} --no-drain; it gets no new work meanwhile",
                )
            clock.sleep(PAUSE_SECONDS)
    yield "drained"


def insisted(names: Iterable[str], tell: Callable[[str], None], clock: Clock) -> Iterator[str]:
    """Tells the COE something of each node, again while it is silent; yields why. Raises ClientError."""
    until, said = clock.now() + SILENT_MINUTES * 60, ""
    for name in names:
        while True:
            try:
                tell(name)
                break
            except ClientError as error:
                if not error.unreachable or clock.now() > until:
                    raise
                if error.message != said:
                    said = error.message
                    yield f"{name}: {said}; asking again"
            clock.sleep(PAUSE_SECONDS)


def _said(ask: Callable[[str], tuple[str, ...] | None], name: str) -> tuple[str, ...]:
    """What is left of a node, or why that cannot be told at the moment."""
    try:
        return ask(name) or ()
    except ClientError as error:
        if not error.unreachable:
            raise
        return (error.message,)

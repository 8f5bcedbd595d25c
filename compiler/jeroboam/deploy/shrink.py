"""Workers that an update removes: drained before it, and forgotten by their COE after it."""

from __future__ import annotations

from collections.abc import Generator

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.drain import drained, insisted
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.nodes import SERVER
from jeroboam.deploy.plan.types import ChangeKind, Plan
from jeroboam.deploy.types import Note
from jeroboam.hot.contract import MASTER, parse_node_id
from jeroboam.model.client import Client, ClientError, Member


def leaving(plan: Plan) -> tuple[str, ...]:
    """The names of the workers that go for good."""
    return tuple(
        change.server
        for change in plan.changes
        if change.type == SERVER
        and change.kind is ChangeKind.REMOVE
        and not change.unmade
        and (parsed := parse_node_id(change.node)) is not None
        and parsed[0] != MASTER
    )


def emptied(
    client: Client, names: tuple[str, ...], minutes: float, clock: Clock, again: str
) -> Generator[Note, None, None]:
    """Drains those of the nodes that the COE knows and that are well. Raises DeployError and ClientError.

    One that is not ready runs nothing that could be moved by asking it.
    """
    known = _members(client, names, again)
    ready = tuple(member.name for member in known if member.ready)
    for text in drained(client, ready, minutes, clock, again):
        yield Note(f"{', '.join(ready)}: {text}")
    yield from map(Note, insisted([member.name for member in known], client.leave, clock))


def forgotten(client: Client, names: tuple[str, ...]) -> Generator[Note, None, None]:
    """Has the COE forget the nodes, whose servers are gone; what it refuses is told, and no failure."""
    for name in names:
        try:
            client.forget(name)
        except ClientError as error:
            yield Note(f"{name}: its server is gone, and the cluster still lists it: {error.message}")


def _members(client: Client, names: tuple[str, ...], again: str) -> tuple[Member, ...]:
    try:
        return tuple(member for member in client.members() if member.name in names)
    except ClientError as error:
        raise DeployError(
            f"{', '.join(names)} cannot be drained, as the cluster's API cannot be asked: {error.message}",
            f"run it from where the API is reached, or through a tunnel with --api; or remove them with what "
            f"runs there: {again} --no-drain",
        ) from error

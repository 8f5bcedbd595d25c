"""A swarm, node by node: drained, demoted, removed and taken back, by whichever manager answers.

Rules of the swarm: manager/controlapi/node.go and manager/role_manager.go of swarmkit. A manager is demoted
before it is removed; the leader, when demoted, hands over first; none that the quorum needs is demoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import monotonic, sleep
from typing import Any

from jeroboam.clients.swarm import nodes as of
from jeroboam.clients.swarm.api import DockerApi, OutdatedError
from jeroboam.clients.swarm.nodes import MANAGER, SwarmNode
from jeroboam.clients.swarm.rotating import SwarmRotation
from jeroboam.clients.swarm.services import obstacles, running
from jeroboam.model.client import ClientError, Member
from jeroboam.model.rotation import AfterPhase, JoinToken, Values

PAUSE_SECONDS = 2.0
WAIT_SECONDS = 60.0
"""How long the swarm may take for what it was asked; a node without a sign of life is down after 15."""
_CHANGES = 5
_SETTLED = ("ready", "down")


class SwarmClient:
    """The `Client` of a swarm."""

    def __init__(self, api: DockerApi, addresses: Mapping[str, str]) -> None:
        self._api, self._rotation, self._addresses = api, SwarmRotation(api), addresses

    def members(self) -> tuple[Member, ...]:
        """One for each name; a node that is down and whose name a living one has is its predecessor."""
        return of.members(self._api.nodes())

    def problems(self, away: frozenset[str]) -> tuple[str, ...]:
        """Managers that are not reachable, no leader, and too few managers without those that are `away`."""
        return of.problems(self._api.nodes(), away)

    def obstacles(self, name: str) -> tuple[str, ...]:
        """By the services; containers that belong to none cannot be seen by the managers' API."""
        nodes = self._api.nodes()
        node = of.named(nodes, name)
        if node is None:
            return ()
        tasks, services = self._api.tasks(node.id), self._api.services()
        found = [*obstacles(node, nodes, tasks, services)]
        if node.votes and self._api.autolocked():
            found.append(
                "the swarm is locked: a manager that comes back with its data waits for the unlock key"
            )
        return (
            *found,
            "containers that belong to no service stop with the node; the managers do not know them",
        )

    def objections(self, version: str) -> tuple[str, ...]:  # noqa: ARG002
        """None: managers of one version take nodes of another."""
        return ()

    def close(self, name: str) -> None:
        """Availability `drain`, and a label with the one before; nothing where it is drained already."""
        self._change(name, of.closed)

    def drain(self, name: str) -> tuple[str, ...]:
        """Swarm moves tasks as soon as a node is closed; nothing of them is left on one that is down."""
        node = of.named(self._api.nodes(), name)
        if node is None or node.state != "ready":
            return ()
        tasks = self._api.tasks(node.id)
        return running(tasks, self._api.services()) if any(task.runs for task in tasks) else ()

    def leave(self, name: str) -> None:
        """A manager gives up its vote either way, and its lead; the only one keeps what it knows."""
        nodes = self._api.nodes()
        node = of.named(nodes, name)
        if node is None or not node.votes or sum(one.votes for one in nodes) == 1:
            return
        self._change(name, of.demoted)
        self._until(lambda: not self._votes(node.id), f"{name!r} is still a manager")

    def remove_vote(self, name: str) -> None:
        """Nothing: it gave it up as it left, and a dead one's is taken as it is forgotten."""

    def forget(self, name: str) -> None:
        """All nodes of the name that are down: a dead manager is demoted first. One that lives stays."""
        try:
            self._until(lambda: self._settled(name), f"{name!r} is not yet down")
        except ClientError as error:
            if not error.unreachable:
                raise
        for node in (one for one in self._api.nodes() if one.name == name and one.state == "down"):
            self._remove(node)

    def open(self, name: str) -> None:
        """The availability before, the vote too, where `close` and `leave` took them."""
        self._change(name, of.opened)

    def survivor(self) -> str:
        """The manager that is reached; one whose swarm is locked or has ended knows nothing to go on with."""
        name, state = self._api.reached()
        if state not in ("active", "pending"):
            raise ClientError(
                f"{name!r} is in no swarm that it could go on with: Docker calls its state {state}",
                "if it was, it may be again after: systemctl restart docker.service",
            )
        return name

    def go_on_alone(self, mark: str) -> str:
        """Docker first, by its own word; then the manager's timer has etcd follow, which a label asks for."""
        name = self.survivor()
        try:
            nodes = self._api.nodes()
        except ClientError as error:
            if not error.unreachable:
                raise
            self._api.begin_alone(self._addresses[name])
            return "the swarm begins anew from what it knows"
        if of.went_alone(nodes, mark):
            return ""
        self._change(name, partial(of.alone, mark=mark))
        return "the swarm has gone on; its etcd follows within two minutes"

    def after_phase(self, what: AfterPhase, tokens: tuple[JoinToken, ...], values: Values) -> Iterator[str]:  # noqa: ARG002
        """The swarm makes all anew itself."""
        return self._rotation.after_phase(what)

    def users_of_old(self, what: str, old: Values) -> tuple[str, ...]:  # noqa: ARG002
        """None is known; refused is what could not end."""
        return self._rotation.ready_for(what)

    def _change(self, name: str, change: Callable[[SwarmNode], Mapping[str, Any] | None]) -> None:
        for _ in range(_CHANGES):
            node = of.named(self._api.nodes(), name)
            spec = change(node) if node else None
            if node is None or spec is None:
                return
            try:
                self._api.update(node, spec)
            except OutdatedError:
                sleep(PAUSE_SECONDS / 10)
            else:
                return
        raise ClientError(f"the node {name!r} is changed by somebody else all the time", unreachable=True)

    def _remove(self, node: SwarmNode) -> None:
        def removed() -> bool:
            now = next((one for one in self._api.nodes() if one.id == node.id), None)
            if now is None:
                return True
            # Without a vote, as after a swarm has gone on alone, nobody can be demoted.
            if not now.votes:
                self._api.remove(now)
            elif now.role == MANAGER:
                self._api.update(now, of.demoted(now) or now.spec)
            return False

        self._until(removed, f"the swarm does not let {node.name!r} go")

    def _votes(self, node_id: str) -> bool:
        return any(one.id == node_id and one.votes for one in self._api.nodes())

    def _settled(self, name: str) -> bool:
        """Whether one of the name is down, or none is there; a new leader calls all unknown for a while."""
        states = [node.state for node in self._api.nodes() if node.name == name]
        return not states or ("down" in states and all(state in _SETTLED for state in states))

    def _until(self, done: Callable[[], bool], otherwise: str) -> None:
        error = ClientError(otherwise, unreachable=True)
        end = monotonic() + WAIT_SECONDS
        while monotonic() < end:
            try:
                if done():
                    return
            except ClientError as later:
                if not later.unreachable:
                    raise
                error = later
            sleep(PAUSE_SECONDS)
        raise error

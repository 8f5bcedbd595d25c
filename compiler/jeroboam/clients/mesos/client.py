"""A Mesos, node by node: agents are drained, marked gone and reactivated; masters are asked how they are.

A drain is Mesos' own (docs/maintenance.md, "Automatic Node Draining"): the agent gets no more work and its
tasks are killed, each with its own grace period. It can be undone once it is over, so `mark_gone` is not
asked for with it: only an agent whose server is gone is marked so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic, sleep
from typing import Any, TypeVar

from jeroboam.clients.mesos.agents import (
    DRAINED,
    OUR_GRACE,
    MesosAgent,
    MesosTask,
    agents_of,
    at,
    tasks_of,
)
from jeroboam.clients.mesos.api import MesosApi
from jeroboam.model.client import ClientError, Member

PAUSE_SECONDS = 3.0
WAIT_SECONDS = 100.0
"""How long a master may believe that an agent is there: 75 seconds (docs/configuration/master.md)."""
T = TypeVar("T")
_RECOVERED = "registrar/log/recovered"


class MesosClient:
    """The `Client` of a Mesos; `addresses` are those of nodes, by the names of their servers."""

    def __init__(self, api: MesosApi, addresses: Mapping[str, str]) -> None:
        self._api = api
        self._addresses = addresses
        self._names = {address: name for name, address in addresses.items()}

    def members(self) -> tuple[Member, ...]:
        """Masters by what each says of itself, agents by what the leader says of them."""
        leads = self._leader()
        masters = [self._master(address, leads) for address in self._api.masters]
        agents = self._agents()
        each = (at(agents, address) for address in dict.fromkeys(agent.address for agent in agents))
        workers = [self._worker(agent) for agent in each if agent]
        return tuple(sorted((*masters, *workers), key=lambda member: member.name))

    def problems(self, away: frozenset[str]) -> tuple[str, ...]:
        """Masters that do not answer or have not caught up, and too few of them without those `away`."""
        leads = self._leader()
        masters = [self._master(address, leads) for address in self._api.masters]
        found = [
            f"master {master.name!r} is not ready: {master.why}"
            for master in masters
            if not master.ready and master.name not in away
        ]
        left, needed = [m for m in masters if m.ready and m.name not in away], len(masters) // 2 + 1
        if not any(master.leader for master in masters):
            found.append("no master leads")
        if len(masters) > 1 and len(left) < needed:
            without = f" without {', '.join(map(repr, sorted(away)))}" if away else ""
            found.append(f"{len(left)} of {len(masters)} masters are left{without}, Mesos needs {needed}")
        return tuple(found)

    def obstacles(self, name: str) -> tuple[str, ...]:
        """Tasks are killed before their frameworks know; persistent volumes go with the server."""
        agent = self._agent(name)
        if agent is None:
            return ()
        tasks = [task.name for task in self._tasks(agent) if not task.ended]
        killed = f"{len(tasks)} tasks are killed, and start elsewhere if their frameworks do so"
        lost = [f"the persistent volume {volume!r} is on this agent, and is lost" for volume in agent.volumes]
        return (*([killed] if tasks else []), *lost)

    def close(self, name: str) -> None:
        """Begins its drain; what somebody else drains stays theirs, and what they deactivated does."""
        agent = self._agent(name)
        if agent is None or agent.recovered or agent.drain:
            return
        ours = {} if agent.deactivated else {"max_grace_period": OUR_GRACE}
        self._api.call("DRAIN_AGENT", agent_id={"value": agent.id}, mark_gone=False, **ours)

    def drain(self, name: str) -> tuple[str, ...]:
        """Mesos kills the tasks itself; their ends have to be acknowledged by their frameworks too."""
        agent = self._agent(name)
        if agent is None or agent.drain == DRAINED or not agent.ready:
            return ()
        tasks = self._tasks(agent)
        named = [f"{task.name} (its end is not acknowledged)" if task.ended else task.name for task in tasks]
        return tuple(sorted(named)) or (("operations that have not finished",) if agent.drain else ())

    def objections(self, version: str) -> tuple[str, ...]:  # noqa: ARG002
        """None: masters and agents of two versions get along while nothing deprecated is used."""
        return ()

    def leave(self, name: str) -> None:
        """Nothing: a master that ends hands over by ZooKeeper, and comes back under its number."""

    def remove_vote(self, name: str) -> None:
        """Nothing: who votes is in the configuration of each master."""

    def forget(self, name: str) -> None:
        """Marks its agents gone that the master has no connection to; their ids never come back.

        One whose server stopped without a drain counts for a while as if it were there.
        """
        address = self._addresses.get(name, name)
        end = monotonic() + WAIT_SECONDS
        while True:
            agents = [agent for agent in self._agents() if agent.address == address]
            gone = [agent for agent in agents if not agent.active]
            for agent in gone:
                self._api.call("MARK_AGENT_GONE", agent_id={"value": agent.id})
            if gone or not agents or monotonic() > end:
                return
            sleep(PAUSE_SECONDS)

    def open(self, name: str) -> None:
        """Reactivates an agent that we drained; a drain under way has to end first."""
        agent = self._agent(name)
        if agent is None or not (agent.drain and agent.ours):
            return
        if agent.drain != DRAINED:
            raise ClientError(f"{name!r} is being drained, which cannot be cancelled", unreachable=True)
        self._api.call("REACTIVATE_AGENT", agent_id={"value": agent.id})

    def _agents(self) -> tuple[MesosAgent, ...]:
        return self._read("GET_AGENTS", agents_of)

    def _agent(self, name: str) -> MesosAgent | None:
        return at(self._agents(), self._addresses.get(name, name))

    def _tasks(self, agent: MesosAgent) -> tuple[MesosTask, ...]:
        return tuple(task for task in self._read("GET_TASKS", tasks_of) if task.agent == agent.id)

    def _leader(self) -> str:
        """The address of the master that leads."""
        return self._read("GET_MASTER", _leading)

    def _read(self, kind: str, read: Callable[[Any], T]) -> T:
        try:
            return read(self._api.call(kind))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ClientError(f"the answer of Mesos to {kind} is none") from error

    def _worker(self, agent: MesosAgent) -> Member:
        return Member(
            name=self._names.get(agent.address, agent.address),
            manager=False,
            ready=agent.ready,
            takes_work=not agent.deactivated,
            ours=bool(agent.drain) and agent.ours,
            version=agent.version,
            why=agent.why,
        )

    def _master(self, address: str, leads: str) -> Member:
        inner, version, why = self._api.inner.get(address, address), "", ""
        try:
            version = self._api.version(address)
            caught_up = self._api.metrics(address).get(_RECOVERED) == 1
            why = "" if caught_up else "its log has not caught up with the other masters'"
        except ClientError as error:
            why = error.message
        name, leader = self._names.get(inner, address), leads in (address, inner)
        return Member(name, manager=True, ready=not why, leader=leader, version=version, why=why, by_us=True)


def _leading(answer: Any) -> str:
    return str(answer["master_info"]["address"]["ip"])

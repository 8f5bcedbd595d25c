"""The agents of Mesos as its leading master lists them, and the mark of those that we drain.

Fields: GET_AGENTS and GET_TASKS in include/mesos/v1/master/master.proto of Mesos 1.11. An agent is called by
its address, for that is its `--hostname` here; one that is unreachable for 75 seconds is not listed any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jeroboam.escape import escaped

OUR_GRACE = {"seconds": 365 * 24 * 3600, "nanos": 17}
"""Marks a drain as ours: longer than any task's own grace period, so that it bounds none."""
_MARK = OUR_GRACE["seconds"] * 10**9 + OUR_GRACE["nanos"]
DRAINED = "DRAINED"
_ENDED = frozenset(
    f"TASK_{state}" for state in ("FINISHED", "FAILED", "KILLED", "ERROR", "LOST", "DROPPED", "GONE")
)


@dataclass(frozen=True, slots=True)
class MesosAgent:
    """An agent, by the id that its work directory keeps.

    `active` where it is connected and offers what it has. `drain` is empty, DRAINING or DRAINED, `ours` where
    we asked for it; `deactivated` is so with both. `recovered` where it has not been heard of since another
    master leads. `volumes` are the persistent ones on it, each with its role.
    """

    id: str
    address: str
    version: str
    active: bool
    deactivated: bool
    drain: str
    ours: bool
    recovered: bool = False
    volumes: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it works, as far as the master says; of one that is drained it does not say."""
        return not self.recovered and (self.active or self.deactivated)

    @property
    def why(self) -> str:
        """What is wrong with it; empty where nothing is."""
        if self.ready:
            return ""
        if self.recovered:
            return "the leading master has not heard of it since it leads"
        return "the master has lost its connection to it"


@dataclass(frozen=True, slots=True)
class MesosTask:
    """A task that has not ended for its framework; `ended` where nothing of it runs."""

    name: str
    agent: str
    ended: bool


def agents_of(answer: Any) -> tuple[MesosAgent, ...]:
    """The agents of GET_AGENTS. Raises AttributeError, KeyError, TypeError or ValueError if it is none."""
    listed = (_agent(raw) for raw in answer.get("agents") or ())
    recovered = (_recovered(raw) for raw in answer.get("recovered_agents") or ())
    return (*listed, *recovered)


def tasks_of(answer: Any) -> tuple[MesosTask, ...]:
    """The tasks of GET_TASKS, without those that are over. Raises as `agents_of` does."""
    return tuple(
        MesosTask(
            escaped(str(raw.get("name") or raw["task_id"]["value"])),
            str(raw["agent_id"]["value"]),
            str(raw["state"]) in _ENDED,
        )
        for raw in answer.get("tasks") or ()
    )


def _agent(raw: Mapping[str, Any]) -> MesosAgent:
    info, drain = raw["agent_info"], raw.get("drain_info") or {}
    grace = ((drain.get("config") or {}).get("max_grace_period") or {}).get("nanoseconds", 0)
    return MesosAgent(
        id=str(info["id"]["value"]),
        address=str(info["hostname"]),
        version=escaped(str(raw.get("version", ""))),
        active=bool(raw["active"]),
        deactivated=bool(raw.get("deactivated")),
        drain=str(drain.get("state", "")),
        ours=int(grace) == _MARK,
        volumes=tuple(_volumes(raw.get("total_resources") or ())),
    )


def _recovered(raw: Mapping[str, Any]) -> MesosAgent:
    return MesosAgent(
        str(raw["id"]["value"]), str(raw["hostname"]), "", False, False, "", False, recovered=True
    )


def _volumes(resources: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for one in resources:
        volume = ((one.get("disk") or {}).get("persistence") or {}).get("id")
        if volume:
            yield escaped(str(volume))


def at(agents: Iterable[MesosAgent], address: str) -> MesosAgent | None:
    """The agent of an address: of several the one that offers what it has, or that is connected."""
    found = [agent for agent in agents if agent.address == address]
    return max(found, key=lambda agent: (agent.active, agent.ready), default=None)

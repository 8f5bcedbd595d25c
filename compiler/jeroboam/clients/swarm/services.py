"""What runs in a swarm: which tasks are still on a node, and what a drain of it costs them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jeroboam.clients.swarm.nodes import ACTIVE, SwarmNode
from jeroboam.escape import escaped

_ENDED = frozenset({"complete", "shutdown", "failed", "rejected", "remove", "orphaned"})
"""States of a task after which nothing of it runs (swarmkit, api/types.proto)."""
_LOCAL = ("", "local")


@dataclass(frozen=True, slots=True)
class Service:
    """A service: whether each node has a task of it, where it may run, and what it keeps on a node."""

    id: str
    name: str
    everywhere: bool
    constraints: tuple[str, ...]
    local: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a service; `slot` counts those of a replicated one, 0 where each node has one."""

    service: str
    slot: int
    state: str

    @property
    def runs(self) -> bool:
        """Whether something of it is on its node, or on its way there."""
        return self.state not in _ENDED


def services_of(answer: Any) -> tuple[Service, ...]:
    """Services of an answer of /services. Raises as `nodes_of` does if it is none."""
    return tuple(map(_service, answer))


def tasks_of(answer: Any) -> tuple[Task, ...]:
    """Tasks of an answer of /tasks. Raises as `nodes_of` does if it is none."""
    return tuple(
        Task(str(raw.get("ServiceID", "")), int(raw.get("Slot") or 0), str(raw["Status"]["State"]))
        for raw in answer
    )


def _service(raw: Mapping[str, Any]) -> Service:
    spec = raw["Spec"]
    task, mode = spec.get("TaskTemplate") or {}, spec.get("Mode") or {}
    mounts = (task.get("ContainerSpec") or {}).get("Mounts") or ()
    return Service(
        id=str(raw["ID"]),
        name=escaped(str(spec["Name"])),
        everywhere="Global" in mode or "GlobalJob" in mode,
        constraints=tuple((task.get("Placement") or {}).get("Constraints") or ()),
        local=tuple(escaped(str(mount.get("Source", ""))) for mount in mounts if _is_local(mount)),
    )


def _is_local(mount: Mapping[str, Any]) -> bool:
    driver = ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name") or ""
    return mount.get("Type") == "bind" or (mount.get("Type") == "volume" and driver in _LOCAL)


def running(tasks: Sequence[Task], services: Sequence[Service]) -> tuple[str, ...]:
    """The names of the tasks that have not ended, as `docker node ps` has them."""
    names = {service.id: service.name for service in services}
    return tuple(
        sorted(
            f"{names.get(task.service, task.service)}{f'.{task.slot}' if task.slot else ''}"
            for task in tasks
            if task.runs
        )
    )


def obstacles(
    node: SwarmNode, nodes: Sequence[SwarmNode], tasks: Sequence[Task], services: Sequence[Service]
) -> Iterator[str]:
    """What the services with a task on a node lose when it is drained."""
    here = {task.service for task in tasks if task.runs}
    others = [other for other in nodes if other.name != node.name and other.ready]
    others = [other for other in others if other.availability == ACTIVE]
    for service in sorted((one for one in services if one.id in here), key=lambda one: one.name):
        yield from (f"the service {service.name!r} {text}" for text in _losses(service, others))


def _losses(service: Service, others: Sequence[SwarmNode]) -> Iterator[str]:
    if service.everywhere:
        yield "runs on every node: its task here has no successor meanwhile"
    elif not any(_fits(other, service.constraints) for other in others):
        where = f" that fits {', '.join(map(escaped, service.constraints))}" if service.constraints else ""
        yield f"has no other node{where}: its tasks wait meanwhile"
    for source in service.local:
        yield f"keeps {source or 'a volume'!r} on this node: its tasks leave it behind"
    if any(_by_id(text) for text in service.constraints):
        yield "is bound to this node's id, which the new server does not have"


def _by_id(constraint: str) -> bool:
    key, _, equal = constraint.partition("==")
    return bool(equal) and key.strip().lower() == "node.id"


def _fits(node: SwarmNode, constraints: Sequence[str]) -> bool:
    """As swarmkit's manager/constraint does it: names of labels in their case, all else in any."""
    return all(_matches(node, text) for text in constraints)


def _matches(node: SwarmNode, text: str) -> bool:
    sign = "==" if "==" in text else "!="
    key, _, wanted = (part.strip() for part in text.partition(sign))
    if key.lower() == "node.ip":
        return _in_range(node.address, wanted) == (sign == "==")
    return (_value(node, key).lower() == wanted.lower()) == (sign == "==")


def _value(node: SwarmNode, key: str) -> str:
    for prefix, labels in (("node.labels.", node.labels), ("engine.labels.", node.engine_labels)):
        if key.lower().startswith(prefix):
            return labels.get(key[len(prefix) :], "")
    known = {
        "node.id": node.id,
        "node.hostname": node.name,
        "node.role": node.role,
        "node.platform.os": node.platform[0],
        "node.platform.arch": node.platform[1],
    }
    return known.get(key.lower(), "")


def _in_range(address: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False

"""What was gathered of a stack, and what follows from it: immutable facts, times in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jeroboam.deploy.types import Event, NodeReport, Stack, StackResource
from jeroboam.topology.types import Topology


@dataclass(frozen=True, slots=True)
class Server:
    """A server as Nova has it; `resource` is empty where no resource of the stack knows it.

    `state` is Nova's status (ACTIVE, BUILD, ERROR …), `fault` its message where it has one.
    """

    id: str
    name: str
    resource: str
    state: str
    fault: str
    created: datetime | None
    launched: datetime | None


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume as Cinder has it, with what Cinder told its user about it, newest first."""

    id: str
    name: str
    resource: str
    state: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer as Octavia has it; `parts` are those below it that are not well."""

    id: str
    name: str
    resource: str
    provisioning: str
    operating: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """A port as Neutron has it; `resource` is empty where the stack does not know it.

    `binding` is its vif_type where Neutron tells it (to administrators, as a rule), `owner` its device_owner.
    """

    id: str
    name: str
    resource: str
    owner: str
    device: str
    binding: str


@dataclass(frozen=True, slots=True)
class Address:
    """A floating IP of the stack as Neutron has it."""

    id: str
    resource: str
    address: str
    state: str


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a limit of the project is used, in the service's own unit."""

    service: str
    name: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Console:
    """The last lines of a server's console, by the server's name."""

    server: str
    lines: tuple[str, ...]


REPORTS = "what nodes reported on"
"""How the question for the signals of a handle begins, which is named after it."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """A question that got no answer, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that could be found out about a stack, without secrets.

    `limits` are the time limits of its wait conditions, by name; `engines` are Heat's engines that are down,
    where the user may know. What could not be asked is in `unasked`. `topology` is None where the template is
    not one of ours, or could not be asked for.
    """

    stack: Stack
    resources: tuple[StackResource, ...]
    events: tuple[Event, ...]
    reports: tuple[NodeReport, ...]
    limits: Mapping[str, timedelta]
    servers: tuple[Server, ...]
    volumes: tuple[Volume, ...]
    balancers: tuple[Balancer, ...]
    ports: tuple[Port, ...]
    addresses: tuple[Address, ...]
    quotas: tuple[Quota, ...]
    consoles: tuple[Console, ...]
    engines: tuple[str, ...]
    unasked: tuple[Unasked, ...]
    topology: Topology | None = None


class Verdict(StrEnum):
    """How it stands with a stack."""

    WELL = "well"
    WORKING = "working"
    STUCK = "stuck"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause, where it shows, the words that gave it away and what to do: commands or spec properties.

    `cause` is an id of the table of known causes, `source` who said `quote`.
    """

    cause: str
    title: str
    where: tuple[str, ...]
    quote: str
    source: str
    next: tuple[str, ...]
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that failed; `time` is of its first failure in this operation, `attempts` how often it did.

    `consequence` where something else failed first and took it along.
    """

    stack: str
    resource: str
    type: str
    id: str
    reason: str
    time: datetime
    attempts: int
    consequence: bool


class NodeState(StrEnum):
    """How far a node is."""

    READY = "ready"
    FAILED = "failed"
    WORKING = "working"
    SILENT = "silent"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node: what it is at, and when it was last heard of (None: never).

    `step` is the last step that it named, as "4/9 40-install", empty where it named none.
    """

    name: str
    role: str
    server: str
    state: NodeState
    doing: str
    step: str
    heard: datetime | None


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A bar of the timeline; `end` is None while it goes on.

    `outcome` is done, failed, working, or of a node boot or step; `kind` the resource's type, or "node".
    """

    lane: str
    kind: str
    label: str
    start: datetime
    end: datetime | None
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a stack, first cause first."""

    stack: Stack
    asked: datetime
    began: datetime
    verdict: Verdict
    headline: str
    findings: tuple[Finding, ...]
    failures: tuple[Failure, ...]
    nodes: tuple[NodeRow, ...]
    spans: tuple[TimeSpan, ...]
    quotas: tuple[Quota, ...]
    unasked: tuple[Unasked, ...]
    topology: Topology | None = None

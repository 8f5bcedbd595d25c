"""Driver and Platform: the two protocols that plug-ins implement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from jeroboam.diagnostics import Outcome
from jeroboam.model.access import ClusterAccess, Credentials
from jeroboam.model.applied import AppliedFiles
from jeroboam.model.rotation import Rotation
from jeroboam.model.support import Support
from jeroboam.model.types import Capability, ClusterModel, NodeConfig, UserData
from jeroboam.spec.change.types import Rules
from jeroboam.spec.types import ClusterSpec


@dataclass(frozen=True, slots=True)
class Driver:
    """One per COE: what runs on which role. Never learns the distro.

    `name` is what a spec says under `coe`. `plan` makes the cluster that a spec asks for, and says all that
    this COE finds wrong with it (JB04xx). `credentials` is what a user of a running cluster is given: files,
    and whose the certificate in them is. `changes` are its own rules of what a change does to a cluster.
    `state_volume` is the property of `masters` that puts the state of a lone master on a volume, with which
    another server goes on; empty where there is none. `applied` is what the API of a cluster is to hold,
    where that can change while it runs. `support` tells of a full version until when upstream supports it, or
    None where no day is known. `copying` are the files with which the cluster's client copies its state,
    beside those of `credentials`. `rotations` are those of its secrets, each for clusters that have them.
    `never_alone` says why a cluster of a spec cannot go on from one master that is left; empty where it can.
    """

    name: str
    plan: Callable[[ClusterSpec], Outcome[ClusterModel]]
    credentials: Callable[[ClusterAccess], Credentials]
    changes: Rules = field(default_factory=dict)
    state_volume: str = ""
    applied: Callable[[ClusterModel], AppliedFiles] | None = None
    workers_first: bool = False
    support: Callable[[str], Support | None] | None = None
    copying: Credentials | None = None
    rotations: tuple[Rotation, ...] = ()
    never_alone: Callable[[ClusterSpec], str] | None = None


class Platform(Protocol):
    """One per distro: how its nodes are configured at first boot. Never learns the COE."""

    @property
    def name(self) -> str:
        """What a spec says under `distro`."""

    @property
    def provides(self) -> frozenset[Capability]:
        """The capabilities of nodes that boot from a current image of this distro."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Codes of the diagnostics shown for every cluster on this distro; each takes `distro`."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What scripts need to know about the distro (paths, commands); part of the node's environment."""

    def user_data(self, node: NodeConfig, heat_bytes: int) -> UserData:
        """The document that a server boots with, `heat_bytes` kept free for Heat's values."""

"""What a roll asks of a running cluster, whichever its COE is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from jeroboam.errors import JeroboamError


class ClientError(JeroboamError):
    """A cluster's own API could not be asked, or refused.

    `unreachable` where it gave no answer, or one that says that it cannot at the moment: the same request may
    succeed later.
    """

    def __init__(self, message: str, hint: str | None = None, *, unreachable: bool = False) -> None:
        super().__init__(message, hint)
        self.unreachable = unreachable


@dataclass(frozen=True, slots=True)
class Door:
    """How to get in at a cluster's API.

    `host` and `port` are what to connect to: the API itself, or the near end of a tunnel to it. `address` is
    what its certificate is for. `masters` are the masters' addresses, where they are known. `folder` holds
    the files that the driver's `credentials` has, under their names, readable by us alone. `addresses` are
    those of nodes in the cluster's network by the names of their servers, for a COE that knows no names;
    `inner` those of the masters, in the order of `masters`.
    """

    cluster: str
    scheme: str
    host: str
    port: int
    address: str
    masters: tuple[str, ...]
    folder: Path
    addresses: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A node as its COE counts it, under the name of its server.

    `manager` where it is a master, `leader` the one of them that leads. `ready` where it does its work; `why`
    says what is wrong where it does not. `takes_work` where the COE may give it more; `ours` where we told it
    not to. `version` is that of the COE's program on it, empty where unknown. `certificates_end` is when the
    first of the certificates that it renews itself ends, as ISO 8601 has it in UTC (2027-11-28T12:00:00Z);
    empty where it has none, or does not say. `last_snapshot` is when it last copied the cluster's state,
    likewise. `since` is since when at the latest it has not been ready, in the same form; empty where it is
    ready, or the COE does not know. `by_us` where what is said of it is how we reach it ourselves, and not
    what the cluster knows.
    """

    name: str
    manager: bool
    ready: bool
    takes_work: bool = True
    ours: bool = False
    leader: bool = False
    version: str = ""
    why: str = ""
    certificates_end: str = ""
    last_snapshot: str = ""
    since: str = ""
    by_us: bool = False


class Client(Protocol):
    """A running cluster. Every method may be called again, after a kill too; each raises ClientError."""

    def members(self) -> tuple[Member, ...]:
        """Its nodes, by name; what the COE lists and knows to be gone, too."""

    def problems(self, away: frozenset[str]) -> tuple[str, ...]:
        """What is not healthy of the cluster as a whole, a sentence each.

        Of its own parts and of its quorum; not of the nodes that are `away`, and not of users' work.
        """

    def obstacles(self, name: str) -> tuple[str, ...]:
        """What will be lost by a drain of a node, or will not leave it, a sentence each; nothing is done."""

    def objections(self, version: str) -> tuple[str, ...]:
        """What speaks against this version of the COE, as far as the cluster knows; a sentence each."""

    def close(self, name: str) -> None:
        """Has the COE give a node no more work, and marks it as closed by us; nothing if it is unknown."""

    def drain(self, name: str) -> tuple[str, ...]:
        """Asks what runs on a closed node to leave it, respecting what users allow; returns what is left.

        One round, which waits for nothing: to be called until nothing is left, or time is up.
        """

    def leave(self, name: str) -> None:
        """What a drained node has to give up before its server stops: a vote, a lead."""

    def remove_vote(self, name: str) -> None:
        """Has the quorum do without a stopped master in whose place no other server comes."""

    def forget(self, name: str) -> None:
        """Has the COE forget a node whose server is gone; nothing if it is unknown."""

    def open(self, name: str) -> None:
        """Takes back what `close` did, where we did it; somebody else's mark stays."""


@runtime_checkable
class Copier(Protocol):
    """A client that can copy the whole of its cluster's state, and have a new one begin from that."""

    def snapshot(self, write: Callable[[bytes], None]) -> None:
        """Gives a snapshot to `write`, part after part, and sees that it is whole. Raises ClientError."""

    def check(self, snapshot: Path) -> None:
        """Raises ClientError for a file that is no whole snapshot of this cluster, and OSError."""

    def give(self, snapshot: Path) -> bool:
        """Sends a snapshot to a first master that waits for it; False where none does, or the line broke.

        Raises ClientError where it is refused, OSError where the file cannot be read.
        """


@runtime_checkable
class Survivor(Protocol):
    """A client whose cluster can go on from one master that is left, with all that this one knows."""

    def survivor(self) -> str:
        """The master that is reached, by the name of its server, whether or not there is a quorum.

        Raises ClientError, unreachable where none answers.
        """

    def go_on_alone(self, mark: str) -> str:
        """Has the master that is reached be the whole quorum; what is still missing, empty once it is so.

        To be called again until then, with the same `mark`, 12 hexadecimal digits, and with another one when
        a master that has joined since is gone. The other masters have to be gone. Raises ClientError.
        """


Connect: TypeAlias = Callable[[Door], Client]
"""What a COE's folder here exports as PLUGIN. It asks nothing yet; the library is imported when called."""

"""Rotations of a living cluster's secrets: their phases, as a driver has them, and what its COE then does.

A phase gives nodes that are made anew other values of some secrets; after it the COE may have to do something
by itself. What was old and what is new is kept until the last phase has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from jeroboam.model.types import RoleKind

Values: TypeAlias = Mapping[str, str]
"""Values of secrets, base64, by name."""


class AfterPhase(StrEnum):
    """What a COE does once nodes have the values of a phase."""

    REWRITE_SECRETS = "rewrite-secrets"
    """Every Secret is written once more, with the key that is now the first."""
    RENEW_JOIN_TOKENS = "renew-join-tokens"
    """The API knows the tokens of the new key, and no others."""
    ROTATE_JOIN_TOKENS = "rotate-join-tokens"
    """The COE makes itself new tokens."""
    ROTATE_CA = "rotate-ca"
    """The COE makes itself a new CA, of which each node then gets a certificate."""
    ROTATE_UNLOCK_KEY = "rotate-unlock-key"
    RESTART_ADDONS = "restart-addons"
    """What logs in to the cloud is begun anew, with the credential that is now the cluster's."""
    DELETE_CREDENTIAL = "delete-credential"
    """Not the COE but the cloud does it: the old application credential is deleted, and refused."""


def before(secret: str) -> str:
    """The name, among the values that a rotation's client is given, of what a secret was before it."""
    return f"{secret}_before"


def _unchanged(old: Values, _: Values) -> Values:
    return old


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a rotation: `title` in a few words, and the secrets' `values` by those before and the new.

    `made_anew` are the kinds of nodes whose secrets change with it. `waits` says why it does not follow the
    one before unasked, empty where it does.
    """

    title: str
    values: Callable[[Values, Values], Values] = _unchanged
    then: AfterPhase | None = None
    waits: str = ""
    made_anew: tuple[RoleKind, ...] = (RoleKind.MASTER,)


@dataclass(frozen=True, slots=True)
class Rotation:
    """How one secret of a cluster is replaced while it is used; `secrets` are all whose values change.

    Without any it is the COE's own, and no node is made anew. `derived` are short-lived secrets that are made
    afresh with them; `summary` is a sentence on what it is. `of_cloud` where the new value is the cloud's.
    """

    what: str
    summary: str
    secrets: tuple[str, ...]
    phases: tuple[Phase, ...]
    derived: tuple[str, ...] = ()
    of_cloud: bool = False


@dataclass(frozen=True, slots=True)
class JoinToken:
    """A token with which nodes join; `end` is when it does, as ISO 8601 has it in UTC."""

    id: str
    secret: str
    end: str


@runtime_checkable
class Rotator(Protocol):
    """A Client whose COE takes part in rotations; both methods raise ClientError."""

    def after_phase(self, what: AfterPhase, tokens: tuple[JoinToken, ...], values: Values) -> Iterator[str]:
        """Does it, a sentence as it goes on; may be called again, after a kill too.

        `values` are those of all secrets now.
        """

    def users_of_old(self, what: str, old: Values) -> tuple[str, ...]:
        """What is known to use the old value still, a sentence each, before it is refused.

        Raises ClientError also where the COE could not carry it out as it is now.
        """

"""Checks and their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

from jeroboam.deploy.preflight.facts import Facts, Network, Subnet, Unavailable
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.diagnostics import Pointer

T = TypeVar("T")


class Level(StrEnum):
    """The result of a check: `unchecked` if the cloud does not report what it needs."""

    OK = "ok"
    UNCHECKED = "unchecked"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One outcome of the check `id`; `pointer` is the place in the spec, where one is to blame."""

    id: str
    level: Level
    message: str
    hint: str | None = None
    pointer: Pointer | None = None


class CheckProblem(NamedTuple):
    """A problem, before it is attributed to a check."""

    message: str
    hint: str | None = None
    pointer: Pointer | None = None
    level: Level = Level.ERROR


class UnknownFactError(Exception):
    """A check needs a fact that could not be gathered."""


class Check(NamedTuple):
    """A check by its stable id; `what` is what holds when it passes, `needed` whether it has a meaning here.

    `judge` gives all that is wrong; it may raise UnknownFactError, also after it gave some.
    """

    id: str
    what: str
    needed: Callable[[Wanted], bool]
    judge: Callable[[Facts, Wanted], Iterable[CheckProblem]]


def known(fact: T | Unavailable) -> T:
    """The fact. Raises UnknownFactError where the cloud did not tell."""
    if isinstance(fact, Unavailable):
        raise UnknownFactError(fact.reason)
    return fact


def always(_: Wanted) -> bool:
    """For checks that every cluster needs."""
    return True


def findings(check: Check, facts: Facts, wanted: Wanted) -> tuple[CheckResult, ...]:
    """All findings of `check`; one `ok` finding if there are none."""
    found: list[CheckResult] = []
    try:
        for problem in check.judge(facts, wanted):
            found.append(  # noqa: PERF401 - what was found before UnknownFactError is kept
                CheckResult(check.id, problem.level, problem.message, problem.hint, problem.pointer)
            )
    except UnknownFactError as unknown:
        found.append(CheckResult(check.id, Level.UNCHECKED, str(unknown)))
    return tuple(found) or (CheckResult(check.id, Level.OK, check.what),)


def one_network(facts: Facts, reference: str | None) -> Network | None:
    """The network of that name or id. Raises UnknownFactError where the cloud did not tell."""
    found = known(facts.networks).get(reference or "", ())
    return found[0] if len(found) == 1 else None


def one_subnet(facts: Facts, reference: str | None) -> Subnet | None:
    """The subnet of that name or id. Raises UnknownFactError where the cloud did not tell."""
    found = known(facts.subnets).get(reference or "", ())
    return found[0] if len(found) == 1 else None


def one_thing(kind: str, reference: str | None, found: tuple[T, ...], where: str) -> Iterator[CheckProblem]:
    """That a name stands for exactly one thing."""
    if not found:
        yield CheckProblem(
            f"{kind} '{reference}' does not exist, or this project cannot see it",
            f"see 'openstack {kind} list'",
            where,
        )
    elif len(found) > 1:
        yield CheckProblem(
            f"{len(found)} {kind}s are named '{reference}'",
            "Heat refuses ambiguous names; write the id of the one that you mean",
            where,
        )

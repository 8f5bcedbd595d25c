"""All checks in their order, and what they find."""

from __future__ import annotations

from collections.abc import Iterable

from jeroboam.deploy.preflight import (
    access,
    balancer,
    flavors,
    heat,
    images,
    networks,
    quotas,
    releases,
    volumes,
)
from jeroboam.deploy.preflight.facts import Facts
from jeroboam.deploy.preflight.findings import Check, CheckResult, findings
from jeroboam.deploy.preflight.requirements import Wanted

SUBJECTS: tuple[tuple[str, tuple[Check, ...]], ...] = (
    ("Images", (*images.CHECKS, *releases.CHECKS)),
    ("Flavors", flavors.CHECKS),
    ("Access", access.CHECKS),
    ("Networks", networks.CHECKS),
    ("Volumes", volumes.CHECKS),
    ("Load balancer", balancer.CHECKS),
    ("Quotas", quotas.CHECKS),
    ("Heat", heat.CHECKS),
)
CHECKS = tuple(check for _, checks in SUBJECTS for check in checks)
IDS = tuple(check.id for check in CHECKS)


def judged(facts: Facts, wanted: Wanted) -> tuple[CheckResult, ...]:
    """What every check that has a meaning for this cluster finds, in their order."""
    return tuple(
        finding for check in CHECKS if check.needed(wanted) for finding in findings(check, facts, wanted)
    )


def without(found: Iterable[CheckResult], ignored: Iterable[str]) -> tuple[CheckResult, ...]:
    """Findings but those of the checks `ignored`. Raises KeyError with the first id that no check has."""
    ids = set(ignored)
    for unknown in sorted(ids - set(IDS)):
        raise KeyError(unknown)
    return tuple(finding for finding in found if finding.id not in ids)


def nearest(unknown: str) -> str | None:
    """The id that `unknown` is most likely a misspelling of."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(unknown.lower().replace("_", "-"), IDS, n=1, cutoff=0.6)), None)

"""Checks of what a project may use by name: key pair, availability zones, metadata items."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.deploy.preflight.facts import UNLIMITED, Facts
from jeroboam.deploy.preflight.findings import Check, CheckProblem, UnknownFactError, always, known
from jeroboam.deploy.preflight.requirements import Wanted


def _has_keypair(wanted: Wanted) -> bool:
    return wanted.model.spec.keypair is not None


def _keypair(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    name = wanted.model.spec.keypair
    if not known(facts.keypair):
        yield CheckProblem(
            f"keypair '{name}' does not exist; keypairs belong to a user, not to a project",
            f"create it as the user who deploys: 'openstack keypair create --public-key FILE {name}'",
            "/keypair",
        )


def _has_zones(wanted: Wanted) -> bool:
    return any(machine.availability_zones for machine in wanted.machines)


def _zones(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    zones = known(facts.zones)
    for machine in wanted.machines:
        missing = [f"'{zone}'" for zone in machine.availability_zones if zone not in zones]
        if missing:
            named = f"availability zone {', '.join(missing)} of {machine.name}"
            yield CheckProblem(
                f"{named} does not exist, or is not available",
                f"Nova's zones: {', '.join(zones) or 'none'}",
                f"{machine.origin}/availability_zone{'s' if machine.kind else ''}",
            )


def _metadata(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    quota = known(facts.compute).get("metadata_items")
    if quota is None:
        raise UnknownFactError("Nova does not report its limit on metadata items")
    if quota.limit != UNLIMITED and wanted.total.most_metadata > quota.limit:
        yield CheckProblem(
            f"a server has {wanted.total.most_metadata} metadata items; {quota.limit} are allowed",
            "shorten 'server_metadata' (two items are Jeroboam's own), or ask for a larger quota",
        )


CHECKS = (
    Check("keypair-exists", "the keypair exists for this user", _has_keypair, _keypair),
    Check("availability-zone", "Nova has each availability zone, and it is available", _has_zones, _zones),
    Check("server-metadata", "no server has more metadata items than Nova allows", always, _metadata),
)

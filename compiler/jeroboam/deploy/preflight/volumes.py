"""Checks of volume types, sizes and zones."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.deploy.preflight.facts import UNLIMITED, Facts
from jeroboam.deploy.preflight.findings import Check, CheckProblem, Level, UnknownFactError, known
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.diagnostics import Pointer
from jeroboam.model.types import Role
from jeroboam.spec.types import VolumeSpec


def wants_volumes(wanted: Wanted) -> bool:
    """Whether the cluster has any."""
    return bool(wanted.total.volumes)


def _each(wanted: Wanted) -> Iterator[tuple[Role, str, VolumeSpec, Pointer]]:
    for role in wanted.roles:
        for name, volume in (
            ("boot_volume", role.node.boot_volume),
            ("etcd_volume", role.etcd_volume),
            ("docker_volume", role.node.docker_volume),
        ):
            if volume is not None:
                yield role, name, volume, f"{role.origin}/{name}"


def _type(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    types = known(facts.volume_types)
    names = {name for kind in types for name in (kind.id, kind.name)}
    for role, purpose, volume, where in _each(wanted):
        if volume.type is not None and volume.type not in names:
            yield CheckProblem(
                f"volume type '{volume.type}' of the {purpose} of {role.name} does not exist, "
                "or this project has no access to it",
                f"Cinder's types: {', '.join(sorted(kind.name for kind in types)) or 'none'}",
                f"{where}/type",
            )


def _size(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    quota = known(facts.volume).get("per_volume_gigabytes")
    if quota is None:
        raise UnknownFactError("Cinder does not report how large one volume may be")
    for role, purpose, volume, where in _each(wanted):
        if quota.limit != UNLIMITED and volume.size > quota.limit:
            yield CheckProblem(
                f"the {purpose} of {role.name} has {volume.size} GiB; one volume may have {quota.limit}",
                "make it smaller, or ask for a larger quota 'per_volume_gigabytes'",
                f"{where}/size",
            )


def _zoned(wanted: Wanted) -> bool:
    return any(
        role.node.availability_zones or volume.availability_zones for role, _, volume, _ in _each(wanted)
    )


def _zone(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    zones = set(known(facts.volume_zones))
    for role, purpose, volume, where in _each(wanted):
        missing = [f"'{zone}'" for zone in volume.availability_zones if zone not in zones]
        if missing:
            yield CheckProblem(
                f"availability zone {', '.join(missing)} of the {purpose} of {role.name} does not exist in "
                "Cinder, or is not available",
                f"Cinder's zones: {', '.join(sorted(zones)) or 'none'}",
                f"{where}/availability_zones",
            )
    unsaid = {role.name: role for role, _, volume, _ in _each(wanted) if not volume.availability_zones}
    for role in unsaid.values():
        shared = zones & set(role.node.availability_zones)
        if shared and len(zones) > 1:
            yield CheckProblem(
                f"the volumes of {role.name} are created in Cinder's default zone, its servers in "
                f"{', '.join(role.node.availability_zones)}; Cinder has zones of the same names",
                "where Nova's cross_az_attach is off, volumes of another zone cannot be attached: set the "
                "volumes' own availability_zones",
                f"{role.origin}/availability_zones",
                Level.WARNING,
            )


CHECKS = (
    Check("volume-type", "each volume type exists and this project may use it", wants_volumes, _type),
    Check("volume-size", "no volume is larger than the project allows", wants_volumes, _size),
    Check("volume-zone", "the availability zones of servers and volumes are compatible", _zoned, _zone),
)

"""Checks of the flavors, and which others would fit."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.deploy.preflight.facts import Facts, Flavor
from jeroboam.deploy.preflight.findings import Check, CheckProblem, Level, always, known
from jeroboam.deploy.preflight.requirements import Floor, Machine, Wanted

LEAST_DISK = 10
"""GiB: what a spec's boot volume must have at least, so what a flavor's disk should have."""
_SHOWN = 3


def flavor_of(facts: Facts, machine: Machine) -> Flavor | None:
    """The flavor of such servers; as in Heat, an id goes before a name. Raises UnknownFactError."""
    flavors, reference = known(facts.flavors), machine.flavor
    by_id = next((flavor for flavor in flavors if flavor.id == reference), None)
    return by_id or next((flavor for flavor in flavors if flavor.name == reference), None)


def described(flavor: Flavor) -> str:
    """What a flavor has."""
    disk = f"{flavor.disk} GiB disk" if flavor.disk else "no disk"
    return f"{flavor.vcpus} vCPU, {flavor.ram} MiB, {disk}"


def fitting(flavors: tuple[Flavor, ...], vcpus: int, ram: int, disk: int) -> str:
    """A hint that names the smallest flavors with at least so much."""
    fit = sorted(
        (f for f in flavors if f.vcpus >= vcpus and f.ram >= ram and f.disk >= disk),
        key=lambda f: (f.ram, f.vcpus, f.disk, f.name),
    )
    if not fit:
        return f"no flavor of this cloud has {vcpus} vCPU, {ram} MiB and {disk} GiB: ask its operator for one"
    return "these fit: " + "; ".join(f"{flavor.name} ({described(flavor)})" for flavor in fit[:_SHOWN])


def _exists(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    for machine in wanted.machines:
        if flavor_of(facts, machine) is None:
            yield CheckProblem(
                f"flavor '{machine.flavor}' of {machine.name} does not exist, "
                "or this project has no access to it",
                fitting(known(facts.flavors), *least(wanted, machine)),
                f"{machine.origin}/flavor",
            )


def _minimum(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    flavors = known(facts.flavors)
    for machine in wanted.machines:
        flavor, floor = flavor_of(facts, machine), _floor(wanted, machine)
        if flavor is None:
            continue
        vcpus, ram, disk = least(wanted, machine)
        where, hint = f"{machine.origin}/flavor", fitting(flavors, vcpus, ram, disk)
        has = f"flavor '{flavor.name}' of {machine.name} ({described(flavor)})"
        if flavor.vcpus < floor.vcpus or flavor.ram < floor.ram:
            yield CheckProblem(
                f"{has} is too small: {floor.vcpus} vCPU and {floor.ram} MiB are needed ({floor.why})",
                hint,
                where,
            )
        elif flavor.ram < floor.roomy_ram:
            yield CheckProblem(
                f"{has} leaves little spare RAM: {floor.roomy_ram} MiB are recommended ({floor.why})",
                hint,
                where,
                Level.WARNING,
            )
        if 0 < flavor.disk < disk:
            yield CheckProblem(
                f"{has} has a small disk: the system and containers need {disk} GiB",
                hint,
                where,
                Level.WARNING,
            )


def _floor(wanted: Wanted, machine: Machine) -> Floor:
    return wanted.floors.get(machine.kind, Floor()) if machine.kind else Floor()


def least(wanted: Wanted, machine: Machine) -> tuple[int, int, int]:
    """vCPU, MiB and GiB of disk that a good flavor has; with a boot volume the disk does not count."""
    floor = _floor(wanted, machine)
    holds_containers = machine.kind is not None and machine.boot_volume is None
    return floor.vcpus, max(floor.ram, floor.roomy_ram), LEAST_DISK if holds_containers else 0


CHECKS = (
    Check("flavor-exists", "each flavor exists and this project has access to it", always, _exists),
    Check(
        "flavor-minimum",
        "flavors have the vCPUs, RAM and disk that the COE's nodes need (Kubernetes masters: 2 vCPU, 2 GiB)",
        always,
        _minimum,
    ),
)

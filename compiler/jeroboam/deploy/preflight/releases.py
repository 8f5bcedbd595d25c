"""Checks that the images' releases still have what the COE's nodes need."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.deploy.preflight.facts import Facts
from jeroboam.deploy.preflight.findings import Check, CheckProblem, UnknownFactError, known
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.diagnostics import CODES
from jeroboam.model.types import ImageRequirement


def _dated(wanted: Wanted) -> tuple[tuple[ImageRequirement, str], ...]:
    """Each requirement with the release that is the first without it, where the distro has one."""
    lost = wanted.image_rule.lost if wanted.image_rule else {}
    return tuple(
        (requirement, lost[requirement.capability])
        for requirement in wanted.model.image_requirements
        if requirement.capability in lost
    )


def _is_needed(wanted: Wanted) -> bool:
    return bool(_dated(wanted))


def _has(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    images, distro, silent = known(facts.images), wanted.model.spec.distro, set()
    for requirement, first in _dated(wanted):
        for role in wanted.roles:
            found = images[role.node.image]
            if role.kind is not requirement.kind or len(found) != 1:
                continue
            if not found[0].os_version:
                silent.add(role.node.image)
            elif _numbers(found[0].os_version) >= _numbers(first):
                yield CheckProblem(
                    f"image '{role.node.image}' of {role.name} is {distro} {found[0].os_version}, "
                    f"which has no {requirement.capability}; the first release without it is {first}",
                    CODES[requirement.lacking].hint,
                    f"{role.origin}/image",
                )
    if silent:
        names = ", ".join(f"'{name}'" for name in sorted(silent))
        raise UnknownFactError(f"{names} has no property os_version")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


CHECKS = (
    Check(
        "image-release",
        "no image is of a release that lacks what the COE's nodes need: cgroup v1, for most agents of Mesos "
        "(`os_version`)",
        _is_needed,
        _has,
    ),
)

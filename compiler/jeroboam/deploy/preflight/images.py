"""Checks of the images that nodes boot from."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.deploy.preflight.facts import Facts, Flavor, Image
from jeroboam.deploy.preflight.findings import Check, CheckProblem, UnknownFactError, always, known
from jeroboam.deploy.preflight.flavors import described, fitting, flavor_of, least
from jeroboam.deploy.preflight.requirements import Machine, Wanted
from jeroboam.spec.types import Arch

_ARCHITECTURES = {
    Arch.AMD64: frozenset({"x86_64", "amd64", "x64"}),
    Arch.ARM64: frozenset({"aarch64", "arm64"}),
}


def _exists(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    images = known(facts.images)
    for machine in wanted.machines:
        if not images[machine.image]:
            yield CheckProblem(
                f"image '{machine.image}' of {machine.name} does not exist, or this project cannot see it",
                "see 'openstack image list'; an image of another project must be shared and accepted",
                f"{machine.origin}/image",
            )


def _unique(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    images = known(facts.images)
    for machine in wanted.machines:
        found = images[machine.image]
        if len(found) > 1:
            yield CheckProblem(
                f"{len(found)} images are named '{machine.image}': {', '.join(i.id for i in found)}",
                "Heat refuses ambiguous names; write the id of the one that you mean",
                f"{machine.origin}/image",
            )


def _active(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    for machine, image in _each(facts, wanted):
        if image.status != "active":
            hint = "wait until it is active" if image.status in ("queued", "saving", "importing") else None
            yield CheckProblem(
                f"image '{machine.image}' of {machine.name} is {image.status}, not active",
                hint or f"use another image, or 'openstack image set --activate {image.id}'",
                f"{machine.origin}/image",
            )


def _distro(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    rule, distro, silent = wanted.image_rule, wanted.model.spec.distro, set()
    for machine, image in _each(facts, wanted):
        if image.os_distro is None or rule is None:
            silent.add(machine.image)
        elif image.os_distro.lower() not in rule.os_distro:
            yield CheckProblem(
                f"image '{machine.image}' of {machine.name} says os_distro={image.os_distro}, "
                f"but the spec says distro: {distro}",
                f"the user data is generated for {distro}: change 'image' or 'distro'",
                f"{machine.origin}/image",
            )
        elif rule.oldest and image.os_version and _version(image.os_version) < _version(rule.oldest):
            yield CheckProblem(
                f"image '{machine.image}' of {machine.name} is {distro} {image.os_version}; "
                f"the oldest that works is {rule.oldest}",
                None,
                f"{machine.origin}/image",
            )
    if silent:
        names = ", ".join(f"'{name}'" for name in sorted(silent))
        raise UnknownFactError(f"{names} has no property os_distro")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


def _arch(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    arch, silent = wanted.model.spec.arch, set()
    for machine, image in _each(facts, wanted):
        if image.architecture is None:
            silent.add(machine.image)
        elif image.architecture.lower() not in _ARCHITECTURES[arch]:
            yield CheckProblem(
                f"image '{machine.image}' of {machine.name} is for {image.architecture}, "
                f"but the spec says arch: {arch}",
                "change 'image' or 'arch'",
                f"{machine.origin}/image",
            )
    if silent:
        names = ", ".join(f"'{name}'" for name in sorted(silent))
        raise UnknownFactError(f"{names} has no property hw_architecture or architecture")


def _fits(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    for machine, image in _each(facts, wanted):
        flavor = flavor_of(facts, machine)
        if flavor is not None:
            vcpus, ram, disk = least(wanted, machine)
            needed = 0 if machine.boot_volume else max(disk, _disk(image))
            hint = fitting(known(facts.flavors), vcpus, max(ram, image.min_ram), needed)
            yield from _misfits(machine, image, flavor, hint)


def _misfits(machine: Machine, image: Image, flavor: Flavor, hint: str) -> Iterator[CheckProblem]:
    volume, where = machine.boot_volume, f"{machine.origin}/flavor"
    has = f"flavor '{flavor.name}' of {machine.name} ({described(flavor)})"
    needs = f"image '{machine.image}' needs"
    if flavor.ram < image.min_ram:
        yield CheckProblem(f"{has} has too little RAM: {needs} {image.min_ram} MiB", hint, where)
    if volume is not None:
        if volume.size < _disk(image):
            yield CheckProblem(
                f"the boot volume of {machine.name} has {volume.size} GiB, {needs} {_disk(image)}",
                f"set 'boot_volume.size' to {_disk(image)} or more",
                f"{machine.origin}/boot_volume/size",
            )
    elif flavor.disk == 0:
        bare, advice = (
            "the nodes have no boot volume",
            "give the nodes a 'boot_volume', or a flavor with a disk",
        )
        if machine.kind is None:
            bare, advice = "it boots from no volume", hint
        yield CheckProblem(f"{has} has no disk, and {bare}", advice, where)
    elif flavor.disk < _disk(image):
        yield CheckProblem(f"{has} has too small a disk: {needs} {_disk(image)} GiB", hint, where)


def _disk(image: Image) -> int:
    return max(image.min_disk, image.virtual_size)


def _each(facts: Facts, wanted: Wanted) -> Iterator[tuple[Machine, Image]]:
    """Each kind of server with its image, where that is clear."""
    images = known(facts.images)
    for machine in wanted.machines:
        if len(images[machine.image]) == 1:
            yield machine, images[machine.image][0]


CHECKS = (
    Check("image-exists", "each image exists and this project can see it", always, _exists),
    Check("image-unique", "no image name is ambiguous", always, _unique),
    Check("image-active", "each image is active", always, _active),
    Check("image-distro", "`os_distro` and `os_version` of each image agree with `distro`", always, _distro),
    Check("image-arch", "each image is for the architecture in `arch`", always, _arch),
    Check(
        "image-fits-flavor",
        "flavors or boot volumes have the RAM and disk that images need (`min_ram`, `min_disk`, real size)",
        always,
        _fits,
    ),
)

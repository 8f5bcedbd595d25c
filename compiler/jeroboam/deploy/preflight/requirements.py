"""What a cluster needs from a cloud: model, totals of its templates, requirements of COE and distro."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from jeroboam.deploy.resource_totals import Demand
from jeroboam.deploy.types import Stack
from jeroboam.diagnostics import Pointer
from jeroboam.model.types import ClusterModel, Role, RoleKind
from jeroboam.spec.types import VolumeSpec


class Floor(NamedTuple):
    """The minimum that a node needs, and the RAM below which little is left for containers; RAM in MiB."""

    vcpus: int = 1
    ram: int = 0
    roomy_ram: int = 0
    why: str = ""
    source: str = ""


class ImageRule(NamedTuple):
    """How images of a distro describe themselves, and the oldest release that works.

    `lost` has the first release without a capability that earlier ones had.
    """

    os_distro: tuple[str, ...]
    oldest: str | None = None
    lost: Mapping[str, str] = MappingProxyType({})


class Machine(NamedTuple):
    """Servers that are alike: a role's nodes, or the bastion, which is of no `kind`."""

    name: str
    origin: Pointer
    kind: RoleKind | None
    flavor: str
    image: str
    availability_zones: tuple[str, ...]
    boot_volume: VolumeSpec | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cluster's requirements: `total` for all of it, `more` for what its stack does not have yet.

    `existing` is the stack of its name; `types` are all resource types of the templates.
    """

    model: ClusterModel
    total: Demand
    more: Demand
    types: frozenset[str] = frozenset()
    existing: Stack | None = None
    floors: Mapping[RoleKind, Floor] = field(default_factory=dict)
    image_rule: ImageRule | None = None

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that have nodes."""
        return tuple(role for role in self.model.roles if role.indexes)

    @property
    def machines(self) -> tuple[Machine, ...]:
        """All servers by kind, the bastion last."""
        nodes = tuple(
            Machine(
                role.name, role.origin, role.kind, role.node.flavor, role.node.image,
                role.node.availability_zones, role.node.boot_volume,
            )
            for role in self.roles
        )  # fmt: skip
        bastion = self.model.spec.bastion
        if bastion is None:
            return nodes
        zones = (bastion.availability_zone,) if bastion.availability_zone else ()
        return (
            *nodes, Machine("the bastion", "/bastion", None, bastion.flavor, bastion.image, zones, None)
        )  # fmt: skip


def floors(coe: str) -> Mapping[RoleKind, Floor]:
    """What the COE's driver says in `flavors.json` that its nodes need; nothing where it says nothing."""
    rows = _data(f"jeroboam.drivers.{coe.replace('-', '_')}", "flavors.json") or {}
    return {RoleKind(kind): Floor(**row) for kind, row in rows.items()}


def image_rule(distro: str) -> ImageRule | None:
    """What the distro's platform says in `image.json` of its images; None where it says nothing."""
    row = _data(f"jeroboam.platforms.{distro.replace('-', '_')}", "image.json")
    return ImageRule(tuple(row["os_distro"]), row.get("oldest"), row.get("lost", {})) if row else None


def _data(package: str, name: str) -> Any:
    path = files(package).joinpath(name)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

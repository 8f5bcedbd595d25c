"""Asks Glance and Nova."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.preflight.facts import Flavor, Image, Quotas, QuotaUsage
from jeroboam.deploy.preflight.gather.queries import NOT_FOUND, UUID, Raw, every, get
from jeroboam.deploy.preflight.requirements import Wanted

_GIB = 1024**3
_COMPUTE = {
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "ram": ("maxTotalRAMSize", "totalRAMUsed"),
    "server_groups": ("maxServerGroups", "totalServerGroupsUsed"),
    "server_group_members": ("maxServerGroupMembers", None),
    "metadata_items": ("maxServerMeta", None),
}


def images(cloud: Cloud, wanted: Wanted) -> dict[str, tuple[Image, ...]]:
    """All images that each image's name or id in the spec stands for."""
    references = sorted({machine.image for machine in wanted.machines})
    ids = [reference for reference in references if UUID.fullmatch(reference)]
    service = cloud.sdk.image
    by_id = {raw["id"]: raw for raw in _found_images(service, "id", ids)}
    named = list(_found_images(service, "name", [name for name in references if name not in by_id]))
    return {
        reference: tuple(
            _image(raw)
            for raw in ([by_id[reference]] if reference in by_id else named)
            if reference in (raw["id"], raw["name"])
        )
        for reference in references
    }


def _found_images(service: Any, key: str, values: list[str]) -> Iterator[Raw]:
    if not values:
        return
    quoted = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    answer = get(service, "/images", **{key: f"in:{quoted}"})
    yield from answer["images"]
    while answer.get("next"):
        # The path begins with the version, which the service's endpoint has already.
        answer = get(service, re.sub(r"^/v2", "", answer["next"]))
        yield from answer["images"]


def _image(raw: Raw) -> Image:
    return Image(
        id=raw["id"],
        name=raw.get("name") or "",
        status=raw["status"],
        min_disk=raw.get("min_disk") or 0,
        min_ram=raw.get("min_ram") or 0,
        virtual_size=-(-(raw.get("virtual_size") or 0) // _GIB),
        os_distro=raw.get("os_distro"),
        os_version=raw.get("os_version"),
        architecture=raw.get("hw_architecture") or raw.get("architecture"),
    )


def flavors(cloud: Cloud) -> tuple[Flavor, ...]:
    """Every flavor that the project has access to."""
    return tuple(
        Flavor(raw["id"], raw["name"], raw["vcpus"], raw["ram"], raw["disk"])
        for raw in every(cloud.sdk.compute, "/flavors/detail", "flavors")
    )


def keypair(cloud: Cloud, name: str | None) -> bool:
    """Whether the user has the key pair."""
    from urllib.parse import quote

    if name is None:
        return False
    response = cloud.sdk.compute.get(f"/os-keypairs/{quote(name, safe='')}")
    if response.status_code == NOT_FOUND:
        return False
    from openstack.exceptions import raise_from_response

    raise_from_response(response)
    return True


def zones(service: Any) -> tuple[str, ...]:
    """The available zones of Nova or of Cinder, whose answers are alike."""
    answer = get(service, "/os-availability-zone")["availabilityZoneInfo"]
    return tuple(sorted({zone["zoneName"] for zone in answer if zone["zoneState"]["available"]}))


def compute(cloud: Cloud) -> Quotas:
    """Nova's limits for the project and what is used of them."""
    limits = get(cloud.sdk.compute, "/limits")["limits"]["absolute"]
    return {
        name: QuotaUsage(limits[limit], limits.get(used, 0) if used else 0)
        for name, (limit, used) in _COMPUTE.items()
        if limit in limits
    }

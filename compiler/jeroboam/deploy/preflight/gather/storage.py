"""Asks Cinder."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.preflight.facts import Quotas, QuotaUsage, VolumeType
from jeroboam.deploy.preflight.gather.queries import every, get


def volume_types(cloud: Cloud) -> tuple[VolumeType, ...]:
    """The volume types that the project may use."""
    return tuple(
        VolumeType(raw["id"], raw["name"]) for raw in every(cloud.sdk.block_storage, "/types", "volume_types")
    )


def default_type(cloud: Cloud) -> str:
    """The name of the type that a volume has where none is asked for."""
    return str(get(cloud.sdk.block_storage, "/types/default")["volume_type"]["name"])


def volume_quotas(cloud: Cloud) -> Quotas:
    """Cinder's quotas of the project, those of single types too."""
    project = cloud.sdk.session.get_project_id()
    quotas = get(cloud.sdk.block_storage, f"/os-quota-sets/{project}", usage="true")["quota_set"]
    return {
        name: QuotaUsage(quota["limit"], quota["in_use"] + quota["reserved"])
        for name, quota in quotas.items()
        if isinstance(quota, Mapping)
    }

"""Builds a cluster of any COE: the shared roles, security rules and secrets, and those that the COE adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from jeroboam.model.artifacts import Download, ManifestImage
from jeroboam.model.secrets import Secret
from jeroboam.model.types import (
    ApiEndpoint,
    ClusterModel,
    HeatValue,
    ImageRequirement,
    Role,
    RoleKind,
    SecretRef,
)
from jeroboam.parts import ports
from jeroboam.parts.artifacts import pinned
from jeroboam.parts.bastion import bastion
from jeroboam.parts.network import routed_cidrs
from jeroboam.parts.node import NodeParts, configured
from jeroboam.spec.types import Cidr, ClusterSpec, NodeSpec, VolumeSpec


class Nodes(Protocol):
    """What a COE gives nodes that are alike: the masters, or those of one group."""

    def __call__(self, node: NodeSpec, *, master: bool) -> NodeParts:
        """The parts of such a node."""


class SecretValues(Protocol):
    """The secrets that scripts of a role may read."""

    def __call__(self, *, master: bool) -> Mapping[str, HeatValue | str]:
        """Each by the name that scripts know it by; text, empty, for those there are not."""


def cluster(
    spec: ClusterSpec,
    *,
    version: str,
    api: ApiEndpoint,
    nodes: Nodes,
    rows: Iterable[ports.Row],
    secrets: Iterable[Secret],
    secret_values: SecretValues,
    facts: Mapping[str, ports.Fact] | None = None,
    numbers: Mapping[str, int] | None = None,
    etcd_volume: VolumeSpec | None = None,
    routed: tuple[Cidr, ...] | None = None,
    net_conf: str | None = None,
    image_requirements: tuple[ImageRequirement, ...] = (),
    images: Mapping[str, str] | None = None,
    manifest_images: tuple[ManifestImage, ...] = (),
    versions: Mapping[str, str] | None = None,
) -> ClusterModel:
    """The model of a cluster.

    `rows` are the COE's of the port matrix; `facts` and `numbers` are what these ask for besides what every
    cluster has. `etcd_volume` is each master's. `routed` are the ranges that nodes send from besides their
    own addresses, None for those that Flannel's backend routes; `net_conf` is Flannel's configuration.
    `images` are upstream's references by name, `manifest_images` and `versions` as in the model.
    """
    downloads: dict[str, Download] = {}
    sent_from = routed_cidrs(spec.container_network) if routed is None else routed

    def role(name: str, node: NodeSpec, origin: str, indexes: tuple[int, ...], *, master: bool) -> Role:
        volume = etcd_volume if master else None
        parts = nodes(node, master=master)
        wanted = (*parts.artifacts, *parts.for_restore)
        downloads.update((it.name, it) for it in pinned(wanted, spec.artifacts.pins))
        config = configured(
            spec, node, parts, secret_values(master=master),
            version=version, master=master, etcd_volume=volume is not None, api_port=api.port,
        )  # fmt: skip
        kind = RoleKind.MASTER if master else RoleKind.WORKER
        return Role(name, kind, origin, indexes, node, volume, sent_from, config)

    masters = tuple(range(spec.masters.count))
    return ClusterModel(
        spec=spec,
        coe_version=version,
        roles=(
            role("master", spec.masters.node, "/masters", masters, master=True),
            *(
                role(group.name, group.node, f"/node_groups/{index}", group.indexes, master=False)
                for index, group in enumerate(spec.node_groups)
            ),
        ),
        rules=ports.cluster_rules(
            spec, rows, api_port=api.port, routed=bool(sent_from), facts=facts or {}, numbers=numbers or {}
        ),
        api=api,
        secrets=_with_audience(secrets, secret_values(master=False)),
        flannel_net_conf=net_conf,
        image_requirements=image_requirements,
        bastion=bastion(spec),
        downloads=tuple(download for _, download in sorted(downloads.items())),
        images=dict(sorted((images or {}).items())),
        manifest_images=manifest_images,
        versions=versions or {},
    )


def _with_audience(secrets: Iterable[Secret], workers: Mapping[str, HeatValue | str]) -> tuple[Secret, ...]:
    """`secrets`, those that workers' scripts may read marked: the workers' key seals them."""
    shared = {value.name for value in workers.values() if isinstance(value, SecretRef)}
    return tuple(replace(secret, shared=secret.name in shared) for secret in secrets)

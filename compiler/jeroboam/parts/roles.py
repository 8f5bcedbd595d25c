"""The roles of any COE's cluster: the masters, then each node group."""

from __future__ import annotations

from typing import Protocol

from jeroboam.model.types import Capability, NodeConfig, Role, RoleKind
from jeroboam.spec.types import Cidr, ClusterSpec, ContainerNetworkSpec, NodeSpec, VolumeSpec


class Config(Protocol):
    """What a COE makes of a node."""

    def __call__(self, node: NodeSpec, *, master: bool) -> NodeConfig:
        """The configuration of nodes that are alike."""


def container_cidrs(containers: ContainerNetworkSpec) -> tuple[Cidr, ...]:
    """The containers' ranges, one or one of each family."""
    return (containers.cidr, *([containers.ipv6.cidr] if containers.ipv6 else []))


def routed_cidrs(containers: ContainerNetworkSpec) -> tuple[Cidr, ...]:
    """Those that nodes send from: packets that a backend encapsulates come from the node itself."""
    backend = containers.backend
    routed = backend and (backend.type in ("host-gw", "ipip") or backend.direct_routing)
    return container_cidrs(containers) if routed else ()


def cluster_roles(
    spec: ClusterSpec, config: Config, *, etcd_volume: VolumeSpec | None, routed: tuple[Cidr, ...]
) -> tuple[Role, ...]:
    """The roles; `etcd_volume` is each master's, `routed` are what all nodes send from besides."""
    masters = Role(
        name="master",
        kind=RoleKind.MASTER,
        origin="/masters",
        indexes=tuple(range(spec.masters.count)),
        node=spec.masters.node,
        etcd_volume=etcd_volume,
        routed_cidrs=routed,
        config=config(spec.masters.node, master=True),
    )
    groups = (
        Role(
            name=group.name,
            kind=RoleKind.WORKER,
            origin=f"/node_groups/{index}",
            indexes=group.indexes,
            node=group.node,
            etcd_volume=None,
            routed_cidrs=routed,
            config=config(group.node, master=False),
        )
        for index, group in enumerate(spec.node_groups)
    )
    return (masters, *groups)


def network_capabilities(network: ContainerNetworkSpec) -> frozenset[Capability]:
    """What the container network needs of a distro's kernel."""
    wireguard = network.backend is not None and network.backend.type == "wireguard"
    return frozenset({Capability.WIREGUARD}) if wireguard else frozenset()

"""The container network of any COE: its ranges, what nodes need for it, and what Flannel refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.model.types import Capability
from jeroboam.source.pointers import child
from jeroboam.spec.types import Cidr, ContainerNetworkSpec

_MODULES: Mapping[str, tuple[str, ...]] = {
    "vxlan": ("vxlan",),
    "wireguard": ("wireguard",),
    "ipip": ("ipip",),
    "udp": ("tun",),
}
# flanneld refuses a network of fewer subnets than these bits number (pkg/subnet/config.go of flannel v0.28).
_SUBNET_BITS = 2


def container_cidrs(containers: ContainerNetworkSpec) -> tuple[Cidr, ...]:
    """The containers' ranges, one or one of each family."""
    return (containers.cidr, *([containers.ipv6.cidr] if containers.ipv6 else []))


def routed_cidrs(containers: ContainerNetworkSpec) -> tuple[Cidr, ...]:
    """Those that nodes send from: packets that a backend encapsulates come from the node itself."""
    backend = containers.backend
    routed = backend and (backend.type in ("host-gw", "ipip") or backend.direct_routing)
    return container_cidrs(containers) if routed else ()


def has_flannel(containers: ContainerNetworkSpec) -> bool:
    """Whether Flannel connects the hosts' containers."""
    return containers.driver == "flannel"


def has_key(containers: ContainerNetworkSpec) -> bool:
    """Whether the tunnels between nodes share a key."""
    return containers.backend is not None and containers.backend.type == "wireguard"


def capabilities(containers: ContainerNetworkSpec) -> frozenset[Capability]:
    """What the container network needs of a distro's kernel."""
    return frozenset({Capability.WIREGUARD}) if has_key(containers) else frozenset()


def backend_modules(containers: ContainerNetworkSpec) -> tuple[str, ...]:
    """Kernel modules that Flannel's backend needs."""
    return _MODULES.get(containers.backend.type, ()) if containers.backend else ()


def too_few_subnets(at: Pointer, cidr: Cidr, subnet_len: int) -> Iterator[Diagnostic]:
    """A range that Flannel refuses to split; `at` is the pointer of the mapping that has `subnet_len`."""
    least = cidr.prefixlen + _SUBNET_BITS
    if subnet_len < least:
        yield diagnose("JB0415", child(at, "subnet_len"), subnet_len=subnet_len, least=least)

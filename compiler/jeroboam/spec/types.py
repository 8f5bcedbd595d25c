"""ClusterSpec: the merged spec with every default filled in, as typed immutable data.

Field names are the spec's property names. Each part that a later stage may complain about is found
again by its pointer: `/masters/flavor`, `/node_groups/<index>/count` (index in `node_groups`).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import TypeAlias

Cidr: TypeAlias = IPv4Network | IPv6Network
Frozen: TypeAlias = "str | int | float | bool | tuple[Frozen, ...] | Mapping[str, Frozen] | None"
"""Plain data, read-only: what a COE's own block is handed to its driver as."""


class Arch(StrEnum):
    """The architecture of all nodes, named as upstream download sites name it."""

    AMD64 = "amd64"
    ARM64 = "arm64"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that the spec names: `path` as written there, `text` decoded from UTF-8."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """Without its folders."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class VolumeSpec:
    """A Cinder volume: `size` in GiB; `type` is a volume type or None for the cloud's default.

    `availability_zones` are Cinder's, none for its default; Nova makes boot volumes and chooses theirs.
    """

    size: int
    type: str | None
    availability_zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HooksSpec:
    """Shell scripts that run before and after the built-in steps."""

    pre_bootstrap: tuple[TextFile, ...]
    post_bootstrap: tuple[TextFile, ...]


@dataclass(frozen=True, slots=True)
class FloatingIpSpec:
    """A floating IP that is there already."""

    id: str
    address: IPv4Address


@dataclass(frozen=True, slots=True)
class FurtherPortSpec:
    """A port of each node besides the one on the cluster's network; names or ids of what is there already.

    `vnic_type` is Neutron's. Without `security_groups` Neutron gives it the project's default one.
    """

    network: str
    subnet: str | None
    vnic_type: str
    security_groups: tuple[str, ...]
    port_security: bool


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """The node properties, alike for masters and node groups; lists and maps keep the spec's order."""

    flavor: str
    image: str
    availability_zones: tuple[str, ...]
    server_group_policy: str | None
    boot_volume: VolumeSpec | None
    docker_volume: VolumeSpec | None
    floating_ip: bool
    node_labels: Mapping[str, str]
    node_taints: tuple[str, ...]
    server_metadata: Mapping[str, str]
    security_groups: tuple[str, ...]
    ports: tuple[FurtherPortSpec, ...]
    kubelet_args: Mapping[str, str]
    hooks: HooksSpec
    config_drive: bool
    existing_floating_ips: tuple[FloatingIpSpec, ...] = ()
    """By index; what stands at a retired one is not used."""


@dataclass(frozen=True, slots=True)
class MastersSpec:
    """The masters: odd `count`, 1 to 7."""

    count: int
    node: NodeSpec
    etcd_volume: VolumeSpec | None


def first_indexes(count: int, retired: Collection[int]) -> tuple[int, ...]:
    """The first `count` indexes that are not retired, ascending."""
    gone = frozenset(retired)
    return tuple(itertools.islice((index for index in itertools.count() if index not in gone), count))


@dataclass(frozen=True, slots=True)
class NodeGroupSpec:
    """A node group; `retired` are indexes that no node may have."""

    name: str
    count: int
    retired: tuple[int, ...]
    node: NodeSpec

    @property
    def indexes(self) -> tuple[int, ...]:
        """The first `count` indexes that are not retired, ascending."""
        return first_indexes(self.count, self.retired)


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """The nodes' network. `cidr` is None for a `fixed_subnet` whose range the spec does not state."""

    external_network: str | None
    cidr: IPv4Network | None
    dns_nameservers: tuple[str, ...]
    ntp_servers: tuple[str, ...]
    fixed_network: str | None
    fixed_subnet: str | None
    router: str | None
    mtu: int | None
    port_security: bool
    ssh_allowed_cidrs: tuple[Cidr, ...]
    api_allowed_cidrs: tuple[Cidr, ...]
    node_port_allowed_cidrs: tuple[Cidr, ...]


@dataclass(frozen=True, slots=True)
class ApiSpec:
    """How the cluster's API is reached; `port` None means the COE's own.

    `floating_ip` is whether it has one, `existing_floating_ip` the one that is not made for it.
    """

    load_balancer: bool
    load_balancer_provider: str | None
    floating_ip: bool
    existing_floating_ip: FloatingIpSpec | None
    port: int | None
    dns_name: str | None
    extra_sans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BastionSpec:
    """The server that logins to the nodes go through; `floating_ip` as of the API."""

    flavor: str
    image: str
    availability_zone: str | None
    floating_ip: bool
    existing_floating_ip: FloatingIpSpec | None


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """Flannel's backend; a field is None where the type lacks the key or the spec is silent."""

    type: str
    vni: int | None
    port: int | None
    direct_routing: bool | None
    mtu: int | None
    gbp: bool | None = None
    mode: str | None = None
    keepalive: int | None = None


@dataclass(frozen=True, slots=True)
class Ipv6Spec:
    """The IPv6 half of a dual-stack container network."""

    cidr: IPv6Network
    subnet_len: int


@dataclass(frozen=True, slots=True)
class ContainerNetworkSpec:
    """The containers' network; `backend` is None unless `driver` is flannel."""

    driver: str
    cidr: IPv4Network
    subnet_len: int
    subnet_min: IPv4Address | None
    subnet_max: IPv4Address | None
    ipv6: Ipv6Spec | None
    backend: BackendSpec | None


@dataclass(frozen=True, slots=True)
class RegistrySpec:
    """A registry, as images' names have it: its mirrors in the order of trying, and the CA of its host."""

    host: str
    mirrors: tuple[str, ...]
    ca: TextFile | None


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """The container runtime; None is the runtime's own default."""

    storage_driver: str | None
    registry_mirrors: tuple[str, ...]
    insecure_registries: tuple[str, ...]
    log_max_size: str | None
    log_max_files: int | None
    cgroup_driver: str | None
    registries: tuple[RegistrySpec, ...] = ()
    registry_credentials: bool = False


@dataclass(frozen=True, slots=True)
class ProxySpec:
    """Outbound HTTP proxy; empty when all three are."""

    http: str | None
    https: str | None
    no_proxy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TlsSpec:
    """Certificates; `trusted_ca_files` are PEM texts for each node's trust store."""

    enabled: bool
    trusted_ca_files: tuple[TextFile, ...]
    verify_openstack_ca: bool


@dataclass(frozen=True, slots=True)
class ArtifactsSpec:
    """Where downloads come from; `pins` maps the name of a download or image to its SHA-256 in hex."""

    mirror: str | None
    image_registry: str | None
    pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TimeoutsSpec:
    """Minutes."""

    create_minutes: int
    node_bootstrap_minutes: int


@dataclass(frozen=True, slots=True)
class HeatSpec:
    """How the template is written: `layout` is `single` or `nested`."""

    layout: str
    template_version: str


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One cluster, complete. `options` is the block of its COE, defaults filled in, files read."""

    name: str
    description: str | None
    tags: tuple[str, ...]
    coe: str
    coe_version: str | None
    distro: str
    arch: Arch
    keypair: str | None
    ssh_authorized_keys: tuple[str, ...]
    masters: MastersSpec
    node_groups: tuple[NodeGroupSpec, ...]
    network: NetworkSpec
    api: ApiSpec
    container_network: ContainerNetworkSpec
    runtime: RuntimeSpec
    proxy: ProxySpec
    tls: TlsSpec
    artifacts: ArtifactsSpec
    timeouts: TimeoutsSpec
    hooks: HooksSpec
    heat: HeatSpec
    options: Mapping[str, Frozen]
    files: Mapping[str, TextFile]
    """Text of each file named inside `options`, by the path written there."""
    bastion: BastionSpec | None = None

    @property
    def nodes(self) -> int:
        """How many nodes it has, masters included."""
        return self.masters.count + sum(group.count for group in self.node_groups)

"""ClusterModel: what a cluster consists of, in no distro's and no orchestrator's terms.

A COE's driver makes one from a ClusterSpec; a distro's platform and the Heat target read it. Nothing
here names a distro or a Heat resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from jeroboam.diagnostics import Pointer
from jeroboam.model.artifacts import Download, ManifestImage
from jeroboam.model.secrets import Secret
from jeroboam.spec.types import Cidr, ClusterSpec, NodeSpec, VolumeSpec


class RoleKind(StrEnum):
    """The kind of a node; security rules are written between kinds."""

    MASTER = "master"
    WORKER = "worker"


class Capability(StrEnum):
    """A feature that nodes need and not every distro has; drivers require it, platforms provide it."""

    SYSTEMD = "systemd"
    CGROUP_V2 = "cgroup-v2"
    CGROUP_V1 = "cgroup-v1"
    WIREGUARD = "wireguard"


def keypair_parameter(kind: RoleKind) -> str:
    """The Heat parameter that names the keypair of a role's servers."""
    return f"{kind}_keypair"


def secrets_parameter(kind: RoleKind) -> str:
    """The Heat parameter with the digest of the secrets that a role's servers are made with."""
    return f"{kind}_seal_digest"


# --- nodes -------------------------------------------------------------------------------------


class HeatFact(StrEnum):
    """A value that only Heat knows, each one line of text without a single quote.

    Lists are space-separated `index=value` pairs in index order.
    """

    API_ADDRESS = "api-address"
    """IP that nodes reach the API at: the load balancer's VIP, else the first master's."""
    API_PUBLIC_ADDRESS = "api-public-address"
    """IP that users reach the API at: its floating IP, else the same as API_ADDRESS."""
    MASTER_ADDRESSES = "master-addresses"
    SUBNET_CIDR = "subnet-cidr"
    ETCD_VOLUMES = "etcd-volumes"
    DOCKER_VOLUMES = "docker-volumes"
    SIGNAL = "signal"
    """JSON: auth_url, user_id, password, project_id, domain_id, region_name, alarm_url."""
    CONFIG = "config"
    """Digest of what the node boots with, without Heat's values: which configuration it is made from."""
    SECRETS = "secrets"
    """Digest of the lasting secrets that the node is given, as they are sealed; empty where none was told."""
    PROGRESS = "progress"
    """The same for the progress handle."""
    SUBNET_ID = "subnet-id"
    EXTERNAL_NETWORK = "external-network"
    """Its id; its name where the nodes' network is not the stack's own; empty without one."""
    RESTORE = "restore"
    """What masters begin from in the place of the data that they have; empty where that is to stay."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """The base64 value of a Secret of the model."""

    name: str


HeatValue: TypeAlias = HeatFact | SecretRef


def placeholder(name: str) -> str:
    """What stands in user data until Heat puts the value of `name` there."""
    return f"@@{name}@@"


def literal(text: str) -> str:
    """Escapes text from the spec for a file that the node fills in: an `@{` in it is kept."""
    return text.replace("@{", "@{@}{")


def ended(text: str) -> str:
    """Text from the spec as a file's content: ends in a newline."""
    return text if text.endswith("\n") else text + "\n"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file placed before the bootstrap starts; owner root, `content` ends in a newline.

    `compared` is what of it a running node would lack, None for all, empty where it would lack nothing: what
    the COE's API is told as well is no reason to make a node anew.
    """

    path: str
    content: str
    mode: int = 0o644
    compared: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit placed in /etc/systemd/system; `enabled` ones are enabled and started."""

    name: str
    content: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """Everything a node of one role is given, alike for all nodes of the role.

    `environment` becomes /etc/jeroboam/cluster.env, `heat_values` /etc/jeroboam/heat.env. `told` names those
    values that a running cluster is told through the COE's API.
    """

    files: tuple[FileEntry, ...]
    units: tuple[Unit, ...]
    environment: Mapping[str, str]
    heat_values: Mapping[str, HeatValue]
    ssh_authorized_keys: tuple[str, ...]
    requires: frozenset[Capability]
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Role:
    """A set of nodes that share one configuration: the masters, or one node group.

    `origin` is the spec's pointer that asked for it; `routed_cidrs` are addresses that nodes send
    from besides their own (for port security).
    """

    name: str
    kind: RoleKind
    origin: Pointer
    indexes: tuple[int, ...]
    node: NodeSpec
    etcd_volume: VolumeSpec | None
    routed_cidrs: tuple[Cidr, ...]
    config: NodeConfig


@dataclass(frozen=True, slots=True)
class UserData:
    """What a server boots with: `fixed` + `heat`, one document; only `heat` holds placeholders.

    `placeholders` says what each stands for; `packed` are the files that the document carries in an
    encoded form, decoded. `escapes` are the characters that the document cannot hold as they are, each
    with what stands for it: whoever puts a value in place of a placeholder replaces them in it. `digest`
    tells two configurations apart. `files` are all that the node finds once it is unpacked, sorted by path,
    with placeholders where Heat puts a value.
    """

    suffix: str
    fixed: str
    heat: str
    placeholders: Mapping[str, HeatValue]
    packed: tuple[FileEntry, ...]
    escapes: tuple[tuple[str, str], ...] = ()
    digest: str = ""
    files: tuple[FileEntry, ...] = ()

    @property
    def text(self) -> str:
        """The document as embedded, placeholders in place."""
        return self.fixed + self.heat


# --- network -----------------------------------------------------------------------------------


class PeerKind(StrEnum):
    """Who may send: a role's nodes, the bastion, the nodes' subnet (load balancers), or an allow-list."""

    MASTER = "master"
    WORKER = "worker"
    BASTION = "bastion"
    SUBNET = "subnet"
    CIDR = "cidr"


RuleTarget: TypeAlias = RoleKind | Literal[PeerKind.BASTION]
"""Who is in a security group of the cluster's."""


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """Ingress to the nodes of a role, or to the bastion; `ports` is an inclusive range, None for all.

    `protocol` is tcp, udp, icmp, ipv6-icmp, an IP protocol number, or None for any. `cidr` is set for
    PeerKind.CIDR alone. `name` is unique per role and stable. `ipv6` is for packets between nodes' IPv6
    addresses; a range says itself which it is of.
    """

    name: str
    to: RuleTarget
    peer: PeerKind
    cidr: Cidr | None
    protocol: str | None
    ports: tuple[int, int] | None
    description: str
    origin: Pointer | None
    ipv6: bool = False


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """The cluster API as a load balancer and a health monitor see it; `health_path` None means plain TCP.

    `scheme` is that of its URL, https or http.
    """

    name: str
    port: int
    health_path: str | None
    scheme: str = "https"


@dataclass(frozen=True, slots=True)
class ImageRequirement:
    """A capability that nodes of a role need from their image; current images of the distro may lack it.

    `given` and `lacking` are codes of what is then said of a distro; each takes `distro`.
    """

    capability: Capability
    kind: RoleKind
    given: str
    lacking: str


@dataclass(frozen=True, slots=True)
class ClusterModel:
    """A whole cluster. `spec` carries what passes through unchanged (network, api, timeouts …)."""

    spec: ClusterSpec
    coe_version: str
    roles: tuple[Role, ...]
    rules: tuple[SecurityRule, ...]
    api: ApiEndpoint
    secrets: tuple[Secret, ...]
    flannel_net_conf: str | None
    """The Flannel configuration, JSON text as embedded; None with another network driver."""
    image_requirements: tuple[ImageRequirement, ...] = ()
    bastion: NodeConfig | None = None
    downloads: tuple[Download, ...] = ()
    """What nodes download, by name: each once, with the digest that they ask for, as upstream serves it."""
    images: Mapping[str, str] = field(default_factory=dict)
    """Upstream's reference of each container image that the cluster itself pulls, by its name."""
    manifest_images: tuple[ManifestImage, ...] = ()
    """Those that manifests of the spec name; no mirror of the spec's stands for their registry."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The version that is installed of what the spec may give one for, by the property, such as
    `kubernetes.addons.metrics_server.version`; the COE's own is `coe_version`."""

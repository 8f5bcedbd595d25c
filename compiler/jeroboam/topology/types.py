"""What a cluster consists of, as a reader sees it: one group for all nodes alike, ports by who may send."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GroupKind(StrEnum):
    """What the servers of a group are; each kind is in a security group of its own."""

    MASTER = "master"
    WORKER = "worker"
    BASTION = "bastion"


class SenderKind(StrEnum):
    """Where packets come from: any address, a range from the spec, or somewhere within the cluster."""

    ANYONE = "anyone"
    RANGE = "range"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Disk:
    """A volume of each node of a group; `size` in GiB, `type` empty for the cloud's default.

    `purpose` is boot, etcd or docker.
    """

    purpose: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class ExistingNetwork:
    """A network that is there already; `subnet` is empty where any of its subnets may be used."""

    name: str
    subnet: str


@dataclass(frozen=True, slots=True)
class ServerGroup:
    """Servers that are alike, by index; names and ids as the template has them.

    `policy` is Nova's for placing them, `floating_ips` how many of them have one, `networks` are those that
    they are on besides the cluster's own.
    """

    name: str
    kind: GroupKind
    indexes: tuple[int, ...]
    flavor: str
    image: str
    zones: tuple[str, ...]
    policy: str
    disks: tuple[Disk, ...]
    floating_ips: int
    networks: tuple[ExistingNetwork, ...]


@dataclass(frozen=True, slots=True)
class NodeNetwork:
    """The network that all nodes are on; `own` where the stack makes it.

    `cidr` is empty where only Neutron knows it, `mtu` 0 where Neutron chooses it. Without `secured`, ports
    have no security groups: every packet passes.
    """

    name: str
    subnet: str
    own: bool
    cidr: str
    mtu: int
    nameservers: tuple[str, ...]
    secured: bool


@dataclass(frozen=True, slots=True)
class ApiDoor:
    """Where the API is reached: `balancer` is Octavia's provider, empty for the one that the cloud chooses.

    Where that is None, it is the first master. `allowed` is who the listener lets in, empty for anyone.
    """

    scheme: str
    port: str
    balancer: str | None
    allowed: tuple[str, ...]
    floating_ip: bool

    @property
    def through(self) -> str:
        """What answers there."""
        if self.balancer is None:
            return "the first master"
        return f"load balancer ({self.balancer})" if self.balancer else "load balancer"


@dataclass(frozen=True, slots=True)
class OpenPort:
    """A rule of a security group: `sender` may reach servers of the kind `to`.

    `ports` is a port or a range, empty for all of a protocol.
    """

    to: GroupKind
    sender: str
    sender_kind: SenderKind
    protocol: str
    ports: str
    description: str

    @property
    def what(self) -> str:
        """The port as people write it: `22/tcp`, `30000-32767/udp`, `icmp`."""
        return f"{self.ports}/{self.protocol}" if self.ports else _ALL.get(self.protocol, self.protocol)


_ALL = {
    "tcp": "all tcp",
    "udp": "all udp",
    "sctp": "all sctp",
    "4": "IP in IP",
    "50": "IPsec",
    "ipv6-icmp": "icmp (IPv6)",
}


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """A resource of the stack, or those that all nodes of a group have alike.

    `name` has `#` in the place of the node's index where there are `indexes`; `needs` are names of rows.
    """

    name: str
    type: str
    indexes: tuple[int, ...]
    needs: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many resources it stands for."""
        return len(self.indexes) or 1


@dataclass(frozen=True, slots=True)
class Topology:
    """A cluster. `external` and `router` are names, empty without one; `own_router` if the stack makes it."""

    cluster: str
    coe: str
    version: str
    distro: str
    description: str
    external: str
    router: str
    own_router: bool
    network: NodeNetwork
    api: ApiDoor
    groups: tuple[ServerGroup, ...]
    ports: tuple[OpenPort, ...]
    resources: tuple[ResourceRow, ...]

    def of(self, kind: GroupKind) -> tuple[ServerGroup, ...]:
        """The groups of a kind."""
        return tuple(group for group in self.groups if group.kind is kind)

    @property
    def existing_networks(self) -> tuple[ExistingNetwork, ...]:
        """The networks that nodes are on besides the cluster's own, each subnet once."""
        return tuple(dict.fromkeys(network for group in self.groups for network in group.networks))

    @property
    def summary(self) -> str:
        """COE, version, distro, and how many there are of each."""
        masters, workers = (
            sum(len(group.indexes) for group in self.of(kind))
            for kind in (GroupKind.MASTER, GroupKind.WORKER)
        )
        groups = len(self.of(GroupKind.WORKER))
        told = [counted(masters, "master"), counted(workers, "worker")]
        if groups > 1:
            told[1] += f" in {groups} groups"
        return f"{self.coe} {self.version} on {self.distro} · {', '.join(told)}"


def counted(number: int, noun: str) -> str:
    """`1 master`, `3 masters`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""What is known of a cluster's surroundings, and what is found in them; ids are the services' own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Held:
    """What belongs to a stack: the ids of its resources, by type as Heat names it, nested stacks included.

    `retained` are the ids of the volumes that the stack's end leaves. All are empty where there is no stack.
    """

    cluster: str
    ids: Mapping[str, frozenset[str]]
    retained: frozenset[str]

    def of(self, kind: str) -> frozenset[str]:
        """The ids of one type."""
        return self.ids.get(kind, frozenset())

    @property
    def every(self) -> frozenset[str]:
        """All ids."""
        return frozenset[str]().union(*self.ids.values())


NETWORK, SUBNET, PORT = "OS::Neutron::Net", "OS::Neutron::Subnet", "OS::Neutron::Port"
ROUTER, INTERFACE = "OS::Neutron::Router", "OS::Neutron::RouterInterface"
GROUP, FLOATING_IP = "OS::Neutron::SecurityGroup", "OS::Neutron::FloatingIP"
SERVER, VOLUME, BALANCER = "OS::Nova::Server", "OS::Cinder::Volume", "OS::Octavia::LoadBalancer"
SERVER_GROUP = "OS::Nova::ServerGroup"


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A port; `device` is the id of whoever uses it, `owner` what that is, as Neutron says it."""

    id: str
    name: str
    network: str
    subnets: tuple[str, ...]
    owner: str
    device: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server; `cluster` is the value of its metadata `jeroboam-cluster`, empty without."""

    id: str
    name: str
    cluster: str


@dataclass(frozen=True, slots=True)
class FoundBalancer:
    """A load balancer of Octavia's."""

    id: str
    name: str
    vip_port: str
    vip_subnet: str


@dataclass(frozen=True, slots=True)
class FloatingIp:
    """A floating IP; `port` is empty while it is nobody's."""

    id: str
    address: str
    port: str
    description: str


@dataclass(frozen=True, slots=True)
class FoundVolume:
    """A volume of `size` GiB; `cluster` is the one that cinder-csi made it for, empty for others."""

    id: str
    name: str
    size: int
    cluster: str
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A security group."""

    id: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that may touch a cluster: what is on its networks, and what bears its name in the project.

    `claimed` are the ids of servers and volumes that other stacks of the project hold.
    """

    ports: tuple[FoundPort, ...] = ()
    servers: tuple[FoundServer, ...] = ()
    balancers: tuple[FoundBalancer, ...] = ()
    floating_ips: tuple[FloatingIp, ...] = ()
    volumes: tuple[FoundVolume, ...] = ()
    groups: tuple[Group, ...] = ()
    claimed: frozenset[str] = frozenset()


class LeftoverKind(StrEnum):
    """What is to be done about a finding, in the order in which it works."""

    FLOATING_IP = "floating IP"
    ATTACHED_FLOATING_IP = "floating IP in use"
    BALANCER = "load balancer"
    SERVER = "server"
    SERVER_PORT = "port of a server"
    PORT = "port"
    INTERFACE = "router interface"
    GROUPED_PORT = "port in a security group"
    GROUP = "security group"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that is not of the stack.

    `blocks` is what cannot be deleted because of it, empty for what is merely left behind. `owner` is the
    server, router or security group that it has to be taken from, where it is not itself to go. `certain`
    where it can only be this cluster's, or is on a network that goes with the cluster.
    """

    kind: LeftoverKind
    id: str
    name: str
    what: str
    blocks: str
    certain: bool
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What was found: in the way of the stack's end, left behind by it, and volumes with data."""

    blocking: tuple[Leftover, ...]
    behind: tuple[Leftover, ...]
    data: tuple[Leftover, ...]

"""What a cloud has and has free, as far as it reports: immutable facts, sizes in the APIs' own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple, TypeAlias

UNLIMITED = -1
"""How every service writes a quota that is none."""


class Unavailable(NamedTuple):
    """Why a fact is not known; `status` is the HTTP status, None without an answer."""

    reason: str
    status: int | None = None


NOT_ASKED = Unavailable("nothing in this cluster needs it")


class QuotaUsage(NamedTuple):
    """A limit, -1 for none, and how much of it is used or reserved."""

    limit: int
    used: int

    @property
    def free(self) -> int | None:
        """What is left, None where there is no limit."""
        return None if self.limit == UNLIMITED else self.limit - self.used


Quotas: TypeAlias = Mapping[str, QuotaUsage]


@dataclass(frozen=True, slots=True)
class Image:
    """A Glance image: `min_disk` and `virtual_size` in GiB (rounded up), `min_ram` in MiB."""

    id: str
    name: str
    status: str = "active"
    min_disk: int = 0
    min_ram: int = 0
    virtual_size: int = 0
    os_distro: str | None = None
    os_version: str | None = None
    architecture: str | None = None


@dataclass(frozen=True, slots=True)
class Flavor:
    """A Nova flavor: `ram` in MiB, `disk` in GiB, 0 for one without a disk of its own."""

    id: str
    name: str
    vcpus: int
    ram: int
    disk: int


@dataclass(frozen=True, slots=True)
class VolumeType:
    """A volume type that this project may use."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Network:
    """A Neutron network; `port_security` is whether ports on it may have security groups."""

    id: str
    name: str
    external: bool = False
    mtu: int | None = None
    port_security: bool = True


class Pool(NamedTuple):
    """An allocation pool, both ends included."""

    start: str
    end: str

    @property
    def addresses(self) -> int:
        """How many addresses it has."""
        return int(ip_address(self.end)) - int(ip_address(self.start)) + 1


@dataclass(frozen=True, slots=True)
class Subnet:
    """A Neutron subnet."""

    id: str
    name: str
    network_id: str
    cidr: str = ""
    dns_nameservers: tuple[str, ...] = ()
    pools: tuple[Pool, ...] = ()
    gateway: str | None = None
    dhcp: bool = True


@dataclass(frozen=True, slots=True)
class Router:
    """A Neutron router; `external` is the id of the network that its gateway is on."""

    id: str
    name: str
    external: str | None = None


class FloatingAddress(NamedTuple):
    """A floating IP; `port` is the one that it leads to, None while it is nobody's."""

    address: str
    port: str | None


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A Neutron security group."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class UserFacts:
    """How the user is logged in; `trusts_refused` is Keystone's answer where it forbids to manage trusts."""

    application_credential: bool = False
    federated: bool = False
    trusts_refused: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known of the cloud; each fact may be Unavailable.

    What a spec refers to by name or id is kept by that reference: all that match it. `exits` are the
    routers that the existing subnet is connected to, `neighbours` the subnets of the existing router,
    `port_subnets` all those of further ports' networks; `largest_mtu` is that of the project's own
    networks, None where it has none; `addresses` are those left on the external network; `taken` how
    many of the existing subnet's are in use. `zones` and `volume_zones` are available ones,
    `ahead` is by how many seconds this machine's clock is ahead of Keystone's,
    `floating_ips` by id those that the spec names and this project has.
    """

    images: Mapping[str, tuple[Image, ...]] | Unavailable = NOT_ASKED
    flavors: tuple[Flavor, ...] | Unavailable = NOT_ASKED
    keypair: bool | Unavailable = NOT_ASKED
    zones: tuple[str, ...] | Unavailable = NOT_ASKED
    compute: Quotas | Unavailable = NOT_ASKED
    networks: Mapping[str, tuple[Network, ...]] | Unavailable = NOT_ASKED
    subnets: Mapping[str, tuple[Subnet, ...]] | Unavailable = NOT_ASKED
    routers: Mapping[str, tuple[Router, ...]] | Unavailable = NOT_ASKED
    security_groups: Mapping[str, tuple[SecurityGroup, ...]] | Unavailable = NOT_ASKED
    port_subnets: tuple[Subnet, ...] | Unavailable = NOT_ASKED
    exits: tuple[Router, ...] | Unavailable = NOT_ASKED
    neighbours: tuple[Subnet, ...] | Unavailable = NOT_ASKED
    floating_ips: Mapping[str, FloatingAddress] | Unavailable = NOT_ASKED
    largest_mtu: int | Unavailable | None = NOT_ASKED
    addresses: int | Unavailable = NOT_ASKED
    taken: int | Unavailable = NOT_ASKED
    network: Quotas | Unavailable = NOT_ASKED
    volume_types: tuple[VolumeType, ...] | Unavailable = NOT_ASKED
    default_volume_type: str | Unavailable = NOT_ASKED
    volume_zones: tuple[str, ...] | Unavailable = NOT_ASKED
    volume: Quotas | Unavailable = NOT_ASKED
    providers: tuple[str, ...] | Unavailable = NOT_ASKED
    balancer: Quotas | Unavailable = NOT_ASKED
    template_versions: tuple[str, ...] | Unavailable = NOT_ASKED
    resource_types: frozenset[str] | Unavailable = NOT_ASKED
    stacks: int | Unavailable = NOT_ASKED
    ahead: float | Unavailable = NOT_ASKED
    login: UserFacts | Unavailable = NOT_ASKED

"""What the cloud says of its servers: all that a machine needs to become one."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Interface, ip_address
from typing import Any, NamedTuple

from tests.labs.nodes import firewall, floating
from tests.labs.nodes.balancer import Listener, Member

PORT_FIELDS = (
    *("id", "mac_address", "fixed_ips", "allowed_address_pairs"),
    *("security_groups", "port_security_enabled"),
)
"""What the firewall asks of a port."""
NOVA = "2.90"
"""The version of Nova's API: with user data, and attachments without a device's name."""

_SERVING = ("ACTIVE", "PENDING_UPDATE")
"""Of a load balancer's states, those in which Octavia's own go on serving: a new member interrupts nobody."""


class Subnet(NamedTuple):
    """A subnet of Neutron's, with what its network says."""

    id: str
    network: str
    mtu: int
    cidr: IPv4Network
    gateway: IPv4Address
    nameservers: tuple[IPv4Address, ...]
    ipv6: IPv6Interface | None = None
    """The gateway of the network's other subnet, whose addresses ports make of the router's word (SLAAC)."""


class Port(NamedTuple):
    """A port of a server, with its first address."""

    id: str
    mac: str
    address: IPv4Address
    subnet: Subnet


class Key(NamedTuple):
    """A key pair of a user."""

    name: str
    public: str


class Volume(NamedTuple):
    """A volume of Cinder's."""

    id: str
    gibibytes: int


class Server(NamedTuple):
    """A server that Nova calls ACTIVE."""

    id: str
    name: str
    project: str
    zone: str
    metadata: Mapping[str, str]
    user_data: str
    config_drive: bool
    key: Key | None
    distro: str
    """`os_distro` of its image."""
    vcpus: int
    memory: int
    """MiB, as its flavor has."""
    disk: int
    """GiB of its root, as its flavor has."""
    ports: tuple[Port, ...]


class Cloud:
    """The cloud, asked as its administrator; `connection` is an openstack.Connection."""

    def __init__(self, connection: Any) -> None:
        self._nova, self._neutron = connection.compute, connection.network
        self._glance, self._cinder = connection.image, connection.block_storage
        self._octavia = connection.load_balancer
        self._pages: dict[str, str] = {}

    def active(self, cluster: str) -> dict[str, str]:
        """Names of the servers of a cluster that run, by id."""
        query = {"all_tenants": "1", "status": "ACTIVE", "name": f"^{cluster}-"}
        answer = self._nova.get("/servers/detail", params=query, microversion=NOVA)
        answer.raise_for_status()
        return {
            server["id"]: server["name"]
            for server in answer.json()["servers"]
            if server["metadata"].get("jeroboam-cluster") == cluster
        }

    def is_stopped(self, identifier: str) -> bool:
        """Whether somebody has had a server stop, rather than deleted it."""
        answer = self._nova.get(f"/servers/{identifier}", microversion=NOVA)
        return bool(answer.ok and answer.json()["server"]["status"] == "SHUTOFF")

    def server(self, identifier: str) -> Server:
        """All of one server."""
        answer = self._nova.get(f"/servers/{identifier}", microversion=NOVA)
        answer.raise_for_status()
        said = answer.json()["server"]
        image = self._glance.get_image(said["image"]["id"])
        return Server(
            id=identifier,
            name=said["name"],
            project=said["tenant_id"],
            zone=said["OS-EXT-AZ:availability_zone"],
            metadata=said["metadata"],
            user_data=base64.b64decode(said.get("OS-EXT-SRV-ATTR:user_data") or "").decode(),
            config_drive=bool(said["config_drive"]),
            key=self._key(said["key_name"], said["user_id"]) if said["key_name"] else None,
            distro=image.os_distro,
            vcpus=said["flavor"]["vcpus"],
            memory=said["flavor"]["ram"],
            disk=said["flavor"]["disk"],
            ports=tuple(self._ports(identifier, list(_hardware_addresses(said)))),
        )

    def volumes(self, identifier: str) -> tuple[Volume, ...]:
        """The volumes attached to a server."""
        answer = self._nova.get(f"/servers/{identifier}/os-volume_attachments", microversion=NOVA)
        answer.raise_for_status()
        attached = (one["volumeId"] for one in answer.json()["volumeAttachments"])
        return tuple(Volume(one, self._cinder.get_volume(one).size) for one in attached)

    def ruleset(self) -> str:
        """What the cloud's security groups ask for at all ports, and where its floating IPs lead."""
        return self._firewall() + floating.ruleset(self._asked("floatingips"))

    def _firewall(self) -> str:
        ports = self._asked("ports", *PORT_FIELDS)
        groups = self._asked("security_groups", "id", "security_group_rules")
        return firewall.ruleset(
            map(firewall.link, ports),
            {group["id"]: tuple(map(firewall.rule, group["security_group_rules"])) for group in groups},
        )

    def _asked(self, what: str, *fields: str) -> list[Any]:
        answer = self._neutron.get(f"/{what.replace('_', '-')}", params={"fields": fields})
        answer.raise_for_status()
        found: list[Any] = answer.json()[what]
        return found

    def _key(self, name: str, user: str) -> Key:
        answer = self._nova.get(f"/os-keypairs/{name}", params={"user_id": user}, microversion=NOVA)
        answer.raise_for_status()
        return Key(name, answer.json()["keypair"]["public_key"])

    def _ports(self, server: str, order: list[str]) -> list[Port]:
        """In the order that Nova has plugged them in, which is that of the request."""
        ports = map(self.port, self._neutron.ports(device_id=server))
        return sorted(ports, key=lambda port: order.index(port.mac))

    def port(self, found: Any) -> Port:
        """A port as Neutron's client has it."""
        fixed = next(one for one in found.fixed_ips if ip_address(one["ip_address"]).version == 4)
        subnet = self.subnet(fixed["subnet_id"])
        return Port(found.id, found.mac_address, IPv4Address(fixed["ip_address"]), subnet)

    def listeners(self, cluster: str) -> dict[Listener, tuple[Member, ...]]:
        """The listeners of a cluster's load balancers, each with the members behind it."""
        return {
            Listener(
                found.id, balancer.vip_subnet_id, IPv4Address(balancer.vip_address), found.protocol_port
            ): self._members(found.default_pool_id)
            for balancer in self._octavia.load_balancers()
            if balancer.name.startswith(f"{cluster}-") and balancer.provisioning_status in _SERVING
            for found in self._octavia.listeners(load_balancer_id=balancer.id)
        }

    def _members(self, pool: str | None) -> tuple[Member, ...]:
        members = self._octavia.members(pool) if pool else ()
        page = self._page(pool) if pool else ""
        return tuple(Member(IPv4Address(member.address), member.protocol_port, page) for member in members)

    def _page(self, pool: str) -> str:
        """What the pool's health monitor asks members for; empty where it only connects, or there is none."""
        if pool not in self._pages:
            monitors = self._octavia.health_monitors(pool_id=pool)
            found = [it.url_path for it in monitors if it.type == "HTTPS" and it.url_path]
            if not found:
                return ""
            self._pages[pool] = found[0]
        return self._pages[pool]

    def subnet(self, identifier: str) -> Subnet:
        """A subnet and its network."""
        found = self._neutron.get_subnet(identifier)
        network = self._neutron.get_network(found.network_id)
        return Subnet(
            id=found.id,
            network=network.id,
            mtu=network.mtu or 1500,
            cidr=IPv4Network(found.cidr),
            gateway=IPv4Address(found.gateway_ip),
            nameservers=tuple(map(IPv4Address, found.dns_nameservers)),
            ipv6=next(
                (
                    IPv6Interface(f"{other.gateway_ip}/{other.cidr.partition('/')[2]}")
                    for other in self._neutron.subnets(network_id=network.id, ip_version=6)
                ),
                None,
            ),
        )


def _hardware_addresses(server: Mapping[str, Any]) -> Iterator[str]:
    """Those of a server's ports, in Nova's order."""
    yield from (one["OS-EXT-IPS-MAC:mac_addr"] for found in server["addresses"].values() for one in found)

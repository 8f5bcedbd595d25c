"""A network that was there before the cluster, with addresses of both families."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Network

from tests.cloud.clusters import OWN
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.nodes.flannel import NETWORK

NAME, SUBNET = "house", "house-ipv4"
SPEC = f"fixed_network: {NAME}\n  fixed_subnet: {SUBNET}"
"""Where the nodes are, in the spec's words."""
PODS = IPv6Network("fd50::/48")
"""What containers get besides flannel's usual range."""
DUAL_STACK = f"""\
container_network:
  {{driver: flannel, cidr: {NETWORK}, backend: {{type: vxlan}}, ipv6: {{cidr: "{PODS}"}}}}
"""
"""The property of a spec whose containers have addresses of both families."""


@contextmanager
def there() -> Iterator[None]:
    """The network with both subnets and a router, while the block runs."""
    with connect(settings(), OWN) as demo:
        neutron = demo.network
        network = neutron.create_network(name=NAME)
        router = neutron.create_router(name=NAME)
        subnets = [
            neutron.create_subnet(network_id=network.id, name=SUBNET, ip_version=4, cidr="10.60.0.0/24"),
            neutron.create_subnet(
                network_id=network.id,
                name="house-ipv6",
                ip_version=6,
                cidr="fd60::/64",
                ipv6_ra_mode="slaac",
                ipv6_address_mode="slaac",
            ),
        ]
        try:
            for subnet in subnets:
                neutron.add_interface_to_router(router, subnet_id=subnet.id)
            yield
        finally:
            for subnet in subnets:
                neutron.remove_interface_from_router(router, subnet_id=subnet.id)
            neutron.delete_router(router)
            neutron.delete_network(network)

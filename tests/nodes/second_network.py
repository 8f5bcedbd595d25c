"""A network besides the cluster's, on which DHCP tells a way out as well, and nodes with a port on each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.cloud.clusters import OWN
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran, until

NAME = "storage"
NODE = f"ports: [{{network: {NAME}}}]"
"""What a spec says of nodes."""
ELSEWHERE = "203.0.113.9"
"""An address that only a default route leads to."""


@contextmanager
def there() -> Iterator[None]:
    """The network with its subnet, while the block runs."""
    with connect(settings(), OWN) as demo:
        neutron = demo.network
        # A run that was cut off could not delete it.
        for left in neutron.networks(name=NAME):
            for port in neutron.ports(network_id=left.id):
                if port.device_owner.startswith("compute:"):
                    neutron.delete_port(port)
            neutron.delete_network(left)
        network = neutron.create_network(name=NAME)
        neutron.create_subnet(network_id=network.id, name=NAME, ip_version=4, cidr="10.70.0.0/24")
        try:
            yield
        finally:
            neutron.delete_network(network)


def leads_nowhere_else(machine: Machine) -> None:
    """The machine has both addresses, and what it sends elsewhere goes by its first port, as that one."""
    first, second = machine.server.ports
    told = "ip -4 route show default"
    # After a start, DHCP takes its time.
    assert until(lambda: ran(machine, told).count("default via") == 2, 60), ran(machine, told)
    addresses = ran(machine, "ip -o -4 address show")
    assert f" {first.address}/" in addresses
    assert f" {second.address}/" in addresses
    assert f" src {first.address} " in ran(machine, f"ip -o route get {ELSEWHERE}")


def leads_to(one: Machine, other: Machine) -> None:
    """The machines reach each other on the second network."""
    ran(one, f"ping -c 3 -I {one.server.ports[1].address} {other.server.ports[1].address}")

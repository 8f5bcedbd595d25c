"""The wires: a bridge for each of Neutron's networks, with its gateway, DHCP, and what goes to machines.

Everything is in the network namespace of this process, which has no way out of the machine.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from tests.labs.nodes import floating
from tests.labs.nodes.firewall import NAME_BYTES, wire_name
from tests.labs.nodes.place import CLOUD_ADDRESS, FOLDER, METADATA_ADDRESS
from tests.labs.nodes.servers import Port, Subnet

GATEWAY_MAC = "02:6a:65:72:6f:62"
"""Of every bridge: one without its own takes the lowest of its ports, which changes as nodes come."""


class Wire(NamedTuple):
    """One of Neutron's networks, set up here."""

    bridge: str
    hosts: Path
    """Where DHCP finds whose address is whose: a file for each port."""
    process: subprocess.Popen[bytes]


def prepare() -> None:
    """What is there before any network of a stack: addresses of the cloud's services, and floating IPs."""
    _ip("link", "set", "lo", "up")
    for address in (CLOUD_ADDRESS, METADATA_ADDRESS):
        _ip("addr", "add", f"{address}/32", "dev", "lo")
    # Only a way to begin with: before anything leaves, its destination is another (floating.py).
    _ip("route", "add", floating.RANGE, "dev", "lo", "src", CLOUD_ADDRESS)
    follow_connections()


def follow_connections() -> None:
    """What crosses a bridge is led through the chains that mark what belongs to a connection."""
    for version in ("ip", "ip6"):
        Path(f"/proc/sys/net/bridge/bridge-nf-call-{version}tables").write_text("1", encoding="ascii")


def enforce(ruleset: str) -> None:
    """Has nftables do it, and nothing of what it did before; `ruleset` is what `firewall.ruleset` makes."""
    subprocess.run(("nft", "--file", "-"), input=ruleset, text=True, check=True)


@contextmanager
def wire(subnet: Subnet) -> Iterator[Wire]:
    """A network with one subnet, for as long as the block runs."""
    bridge = f"br-{subnet.network[:NAME_BYTES]}"
    hosts = FOLDER / "run" / f"dhcp-{bridge}"
    hosts.mkdir(parents=True, exist_ok=True)
    for old in hosts.iterdir():
        old.unlink()
    _ip("link", "add", bridge, "address", GATEWAY_MAC, "type", "bridge")
    try:
        _ip("link", "set", bridge, "mtu", str(subnet.mtu), "up")
        _ip("addr", "add", f"{subnet.gateway}/{subnet.cidr.prefixlen}", "dev", bridge, "noprefixroute")
        # Who asks nodes from this side is outside of their network; a load balancer says that it is not.
        _ip("route", "add", str(subnet.cidr), "dev", bridge, "src", CLOUD_ADDRESS)
        if subnet.ipv6:
            _ip("addr", "add", str(subnet.ipv6), "dev", bridge, "nodad")
        process = subprocess.Popen(_dhcp(subnet, bridge, hosts))
        try:
            yield Wire(bridge, hosts, process)
        finally:
            process.terminate()
            process.wait()
    finally:
        _ip("link", "del", bridge)


def reserve(wire: Wire, port: Port) -> None:
    """Has DHCP answer the machine that the port is of."""
    dashed = str(port.address).replace(".", "-")
    reservation = f"{port.mac},{port.address},host-{dashed}\n"
    (wire.hosts / port.id).write_text(reservation, encoding="ascii")


@contextmanager
def tap(wire: Wire, port: Port) -> Iterator[str]:
    """The end of a virtual machine's wire."""
    name = wire_name(port.id)
    _ip("tuntap", "add", name, "mode", "tap")
    try:
        _ip("link", "set", name, "mtu", str(port.subnet.mtu), "master", wire.bridge, "up")
        yield name
    finally:
        with suppress(subprocess.CalledProcessError):
            _ip("link", "del", name)


def plug(wire: Wire, port: Port, pid: int, inside: str) -> str:
    """Leads the wire into the network of process `pid`, as `inside`; gives its name on this side."""
    name, mtu = wire_name(port.id), ("mtu", str(port.subnet.mtu))
    unplug(port)
    peer = ("peer", "name", inside, *mtu, "address", port.mac, "netns", str(pid))
    _ip("link", "add", name, *mtu, "type", "veth", *peer)
    _ip("link", "set", name, "master", wire.bridge, "up")
    return name


def unplug(port: Port) -> None:
    """Takes the port's wire away, if there is one: what is left of a node would answer to its address."""
    words = ("ip", "link", "del", wire_name(port.id))
    subprocess.run(words, stderr=subprocess.DEVNULL)


@contextmanager
def address(bridge: str, address: IPv4Address) -> Iterator[None]:
    """One more address of this side of a network, a load balancer's; several may ask for the same."""
    words = (f"{address}/32", "dev", bridge)
    subprocess.run(("ip", "addr", "replace", *words), check=True)
    try:
        yield
    finally:
        # Gone already with the network, or with another listener of the load balancer.
        subprocess.run(("ip", "addr", "del", *words), stderr=subprocess.DEVNULL)


def _dhcp(subnet: Subnet, bridge: str, hosts: Path) -> tuple[str, ...]:
    """As Neutron's agents do: it answers whom it knows, resolves its own names, and is a router of IPv6."""
    servers = ",".join(map(str, subnet.nameservers)) or str(subnet.gateway)
    ipv6 = subnet.ipv6 and subnet.ipv6.network
    router = (f"--dhcp-range={ipv6.network_address},ra-only,{ipv6.prefixlen}", "--enable-ra") if ipv6 else ()
    routes = f"{METADATA_ADDRESS}/32,{subnet.gateway},0.0.0.0/0,{subnet.gateway}"
    return (
        *("setpriv", "--pdeathsig", "KILL", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null"),
        *("--user=root", "--no-resolv", "--no-hosts", "--bind-interfaces", f"--interface={bridge}"),
        *("--except-interface=lo", "--domain=openstacklocal", "--log-facility=/dev/null"),
        f"--pid-file={hosts}.pid",
        f"--dhcp-leasefile={hosts}.leases",
        f"--dhcp-hostsdir={hosts}",
        f"--dhcp-range={subnet.cidr.network_address},static,{subnet.cidr.netmask},86400s",
        f"--dhcp-option-force=option:mtu,{subnet.mtu}",
        f"--dhcp-option=option:dns-server,{servers}",
        f"--dhcp-option=option:router,{subnet.gateway}",
        f"--dhcp-option=option:classless-static-route,{routes}",
        *router,
    )


def _ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True)

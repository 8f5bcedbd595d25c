"""The firewall of nodes' links, by packets between networks that nobody but these tests is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from tests.labs.nodes import firewall, network
from tests.labs.nodes.guest import Guest, plugged
from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.labs.nodes.servers import Port, Subnet
from tests.nodes.knocking import ICMP, TCP, UDP, Door, Sender, Target, here, tried

pytestmark = pytest.mark.nodes

SUBNET = Subnet(
    "s", "f12e3a11-test", 1450, IPv4Network("10.77.0.0/24"), IPv4Address("10.77.0.1"), nameservers=()
)
CONTAINERS, CONTAINER = "10.50.1.0/24", IPv4Address("10.50.1.5")
NAMES = ("master", "worker", "stranger", "unfiltered", "bare", "unknown")
OPEN, PUBLIC, SHUT = Door(TCP, 2377), Door(TCP, 22), Door(TCP, 2380)
UDP_OPEN, UDP_SHUT = Door(UDP, 4789), Door(UDP, 4790)
PING, ESP, AH = (Door(number, None) for number in (ICMP, 50, 51))
DOORS = {OPEN, PUBLIC, SHUT, UDP_OPEN, UDP_SHUT, PING, ESP, AH}


def _port(name: str) -> Port:
    last = NAMES.index(name) + 11
    address = IPv4Address(f"10.77.0.{last}")
    return Port(f"{last}{name}-of-the-test", f"02:00:00:00:00:{last}", address, SUBNET)


def _link(name: str) -> firewall.Link:
    """As Neutron would say it."""
    port = _port(name)
    allowed = (CONTAINERS, "fd50::/48") if name == "worker" else ()
    pairs = [{"mac_address": port.mac, "ip_address": each} for each in allowed]
    return firewall.link(
        {
            "id": port.id,
            "mac_address": port.mac,
            "fixed_ips": [] if name == "bare" else [{"ip_address": str(port.address)}],
            "allowed_address_pairs": pairs,
            "security_groups": [name],
            "port_security_enabled": name != "unfiltered",
        }
    )


def _rule(door: Door | None, version: int = 4, **more: Any) -> firewall.Rule:
    protocol, port = door or (None, None)
    said = {"direction": "ingress", "version": version, "prefix": None, "group": None, **more}
    return firewall.Rule(protocol=protocol, low=port, high=port, **said)


EGRESS = tuple(_rule(None, version, direction="egress") for version in (4, 6))
"""What Neutron gives to every new group."""
GROUPS = {
    "master": (
        *EGRESS,
        *(_rule(door, group="worker") for door in (OPEN, UDP_OPEN, ESP)),
        _rule(PUBLIC, prefix=IPv4Network(f"{CLOUD_ADDRESS}/32")),
        _rule(PING),
    ),
    "worker": EGRESS,
    "stranger": (*EGRESS, *(_rule(None, version, group="stranger") for version in (4, 6))),
}


def _enforce(groups: dict[str, tuple[firewall.Rule, ...]]) -> None:
    links = (_link(name) for name in NAMES if name != "unknown")
    network.enforce(firewall.ruleset(links, groups))


@pytest.fixture(scope="module")
def guests() -> Iterator[dict[str, Guest]]:
    with ExitStack() as kept:
        wire = kept.enter_context(network.wire(SUBNET))
        _enforce(GROUPS)
        yield {name: kept.enter_context(plugged(wire, _port(name))) for name in NAMES}


def _sender(guest: Guest, name: str, source: IPv4Address | None = None) -> Sender:
    return Sender(name, guest.run, source or guest.port.address, source)


def _opened(guest: Guest, *senders: Sender) -> list[set[Door]]:
    """Where each of them gets in at all; a packet of a door that is shut does not even arrive."""
    target = Target("target", guest.run, guest.port.address)
    found: list[set[Door]] = [set() for _ in senders]
    for sender, _, door, seen in tried(senders, [target], {"target": DOORS}):
        assert seen.arrived == seen.answered, (sender.name, door)
        if seen.answered:
            found[senders.index(sender)].add(door)
    return found


def test_a_door_is_open_to_the_group_that_its_rule_names(guests: dict[str, Guest]) -> None:
    knocking = [_sender(guests[name], name) for name in ("worker", "stranger")]
    assert _opened(guests["master"], *knocking) == [{OPEN, UDP_OPEN, ESP, PING}, {PING}]


def test_a_node_is_answered_and_asked_by_nobody(guests: dict[str, Guest]) -> None:
    # Who has no ports is known by his address: the worker has asked by ESP.
    assert _opened(guests["worker"], _sender(guests["master"], "master"))[0] <= {ESP}
    # That a packet was refused belongs to what the node had sent.
    refused = guests["worker"].run(
        f"exec 3<>/dev/udp/{_port('master').address}/4789; echo >&3; sleep 0.5; echo >&3"
    )
    assert "Connection refused" in refused.stderr


def test_this_sides_addresses_are_judged_by_themselves(guests: dict[str, Guest]) -> None:
    outside = IPv4Address("203.0.113.9")
    client = Sender("client", here, IPv4Address(CLOUD_ADDRESS))
    with network.address("lo", outside):
        outsider = Sender("outsider", here, outside, outside)
        assert _opened(guests["master"], client, outsider) == [{PUBLIC, PING}, {PING}]


def test_nobody_sends_from_addresses_that_are_not_his(guests: dict[str, Guest]) -> None:
    stranger, master = guests["stranger"], guests["master"]
    others = (_port("worker").address, CONTAINER)
    for address in others:
        stranger.run(f"ip addr add {address}/32 dev eth0").check_returncode()
    as_others = [_sender(stranger, f"stranger as {address}", address) for address in others]
    assert _opened(master, *as_others) == [set(), set()]
    for address in others:
        stranger.run(f"ip addr del {address}/32 dev eth0").check_returncode()


def test_nobody_sends_by_a_hardware_address_that_is_not_his(guests: dict[str, Guest]) -> None:
    stranger, change = guests["stranger"], "ip link set eth0 address"
    knocking = _sender(stranger, "stranger")
    stranger.run(f"{change} {_port('worker').mac}").check_returncode()
    assert _opened(guests["master"], knocking) == [set()]
    stranger.run(f"{change} {_port('stranger').mac}").check_returncode()
    assert _opened(guests["master"], knocking) == [{PING}]


def test_an_address_pair_is_the_ports_own(guests: dict[str, Guest]) -> None:
    worker, master = guests["worker"], guests["master"]
    worker.run(f"ip addr add {CONTAINER}/32 dev eth0").check_returncode()
    master.run(f"ip route add {CONTAINERS} via {_port('worker').address}").check_returncode()
    assert OPEN in _opened(master, _sender(worker, "worker", CONTAINER))[0]


def test_without_port_security_all_is_open_and_without_a_port_nothing(guests: dict[str, Guest]) -> None:
    stranger, unknown = (_sender(guests[name], name) for name in ("stranger", "unknown"))
    assert _opened(guests["unfiltered"], stranger, unknown) == [DOORS, set()]
    assert _opened(guests["unknown"], stranger) == [set()]


def test_a_port_without_an_address_says_nothing(guests: dict[str, Guest]) -> None:
    bare = _sender(guests["bare"], "bare")
    assert _opened(guests["unfiltered"], bare) == [set()]


def test_a_rule_that_comes_or_goes_is_followed(guests: dict[str, Guest]) -> None:
    stranger = _sender(guests["stranger"], "stranger")
    _enforce({**GROUPS, "master": (_rule(SHUT, group="stranger"),)})
    assert _opened(guests["master"], stranger) == [{SHUT}]
    _enforce(GROUPS)
    assert _opened(guests["master"], stranger) == [{PING}]


def test_who_comes_leaves_the_gateways_hardware_address_as_it_was(guests: dict[str, Guest]) -> None:
    """What nodes remember of it would be wrong, and their answers to this side would be lost."""
    asked = f"timeout 1 bash -c 'exec 3<>/dev/tcp/{SUBNET.gateway}/1'"
    shown = guests["worker"].run(f"{asked}; ip neigh show {SUBNET.gateway}").stdout
    assert f"lladdr {network.GATEWAY_MAC} " in shown

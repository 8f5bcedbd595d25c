"""Neutron's ports and rules as nftables is told them; `tests/nodes/test_firewall.py` sends packets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.labs.nodes.firewall import link, rule, ruleset

MASTERS, WORKERS = "5a1b-masters", "c0ffee-workers"
WIRE = "tap0c5bd1a4-11"


def _port(identifier: str, last: int, **more: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "mac_address": f"FA:16:3E:00:00:{last:02X}",
        "fixed_ips": [{"subnet_id": "s", "ip_address": f"10.0.0.{last}"}],
        "allowed_address_pairs": [],
        "security_groups": [MASTERS],
        "port_security_enabled": True,
        **more,
    }


def _rule(**more: Any) -> dict[str, Any]:
    return {
        "id": "r",
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": "tcp",
        "port_range_min": None,
        "port_range_max": None,
        "remote_ip_prefix": None,
        "remote_group_id": None,
        "remote_address_group_id": None,
        **more,
    }


MASTER = _port("0c5bd1a4-1111", 1)


def _chain(name: str, *rules: dict[str, Any], ports: tuple[dict[str, Any], ...] = (MASTER,)) -> list[str]:
    """The lines of one chain where the masters' group has these rules."""
    text = ruleset(map(link, ports), {MASTERS: tuple(map(rule, rules)), WORKERS: ()})
    lines = [line.strip() for line in text.splitlines()]
    begin = lines.index(f"chain {name} {{") + 1
    return lines[begin : lines.index("}", begin)]


def _set(text: str, name: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return lines[lines.index(f"set {name} {{") + 2]


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"port_range_min": 22, "port_range_max": 22}, "meta protocol ip meta l4proto 6 th dport 22-22"),
        ({"protocol": None}, "meta protocol ip"),
        ({"protocol": "0", "ethertype": "IPv6"}, "meta protocol ip6"),
        ({"protocol": "50"}, "meta protocol ip meta l4proto 50"),
        ({"protocol": "icmp"}, "meta protocol ip meta l4proto 1"),
        (
            {"protocol": "icmp", "port_range_min": 3, "port_range_max": 4},
            "meta protocol ip meta l4proto 1 icmp type 3 icmp code 4",
        ),
        (
            {"protocol": "ipv6-icmp", "ethertype": "IPv6", "port_range_min": 128},
            "meta protocol ip6 meta l4proto 58 icmpv6 type 128",
        ),
        ({"remote_ip_prefix": "0.0.0.0/0"}, "meta protocol ip meta l4proto 6"),
        ({"remote_ip_prefix": "192.0.2.7/24"}, "meta protocol ip ip saddr 192.0.2.0/24 meta l4proto 6"),
        (
            {"remote_group_id": WORKERS, "ethertype": "IPv6"},
            f"meta protocol ip6 ip6 saddr @group-{WORKERS}-6 meta l4proto 6",
        ),
    ],
)
def test_a_rule_lets_through_what_it_names(said: dict[str, Any], match: str) -> None:
    assert _chain(f"to-{WIRE}", _rule(**said))[-2:] == [f"{match} return", "counter drop"]


def test_a_rule_about_what_is_sent_names_who_it_is_for() -> None:
    said = _rule(direction="egress", remote_ip_prefix="192.0.2.0/24")
    assert _chain(f"to-{WIRE}", said)[-2] == "meta mark 0x6a return"
    assert _chain(f"from-{WIRE}", said)[-2] == "meta protocol ip ip daddr 192.0.2.0/24 meta l4proto 6 return"


def test_a_group_is_all_addresses_that_its_ports_may_send_from() -> None:
    pair = {"mac_address": "fa:16:3e:00:00:01", "ip_address": "10.50.0.0/16"}
    ports = (
        _port("0c5bd1a4-1111", 1, allowed_address_pairs=[pair]),
        _port("0d", 2),
        _port("0e", 3, security_groups=[WORKERS]),
    )
    groups = {MASTERS: (rule(_rule(remote_group_id=MASTERS)),)}
    text = ruleset(map(link, ports), groups | {WORKERS: ()})
    assert _set(text, f"group-{MASTERS}-4") == "elements = { 10.0.0.1/32, 10.0.0.2/32, 10.50.0.0/16 }"


def test_a_node_sends_as_itself_and_as_its_address_pairs() -> None:
    pairs = [
        {"mac_address": "fa:16:3e:00:00:01", "ip_address": "10.50.0.0/16"},
        {"mac_address": "fa:16:3e:00:00:01", "ip_address": "10.50.7.0/24"},
        {"mac_address": "00:00:5e:00:01:09", "ip_address": "10.0.0.99"},
    ]
    lines = _chain(f"from-{WIRE}", ports=(_port("0c5bd1a4-1111", 1, allowed_address_pairs=pairs),))
    assert (
        "meta protocol ip ether saddr . ip saddr != { 00:00:5e:00:01:09 . 10.0.0.99/32, "
        "fa:16:3e:00:00:01 . 10.0.0.1/32, fa:16:3e:00:00:01 . 10.50.0.0/16 } counter drop"
    ) in lines
    # 00:00:5e:00:01:09 and fa:16:3e:00:00:01 by RFC 4291, appendix A.
    (of_ip6,) = (line for line in lines if line.startswith("meta protocol ip6 ether saddr"))
    assert "fa:16:3e:00:00:01 . fe80::f816:3eff:fe00:1/128" in of_ip6
    assert "00:00:5e:00:01:09 . fe80::200:5eff:fe00:109/128" in of_ip6


def test_a_port_without_an_address_sends_from_none() -> None:
    bare = _port("0c5bd1a4-1111", 1, fixed_ips=[])
    assert "meta protocol ip counter drop" in _chain(f"from-{WIRE}", ports=(bare,))
    assert "ether saddr != { fa:16:3e:00:00:01 } counter drop" in _chain(f"from-{WIRE}", ports=(bare,))


def test_a_lease_comes_to_the_ports_own_address_alone() -> None:
    pairs = [
        {"mac_address": "fa:16:3e:00:00:01", "ip_address": each} for each in ("fd50::/32", "10.50.0.0/16")
    ]
    lines = _chain(f"to-{WIRE}", ports=(_port("0c5bd1a4-1111", 1, allowed_address_pairs=pairs),))
    assert "ip daddr { 255.255.255.255, 10.0.0.1/32 } udp sport 67 udp dport 68 return" in lines


def test_a_port_without_port_security_is_open_both_ways() -> None:
    port = _port("0c5bd1a4-1111", 1, port_security_enabled=False, security_groups=[])
    assert _chain(f"to-{WIRE}", ports=(port,)) == _chain(f"from-{WIRE}", ports=(port,)) == []


def test_what_two_groups_allow_is_said_once() -> None:
    port = _port("0c5bd1a4-1111", 1, security_groups=[MASTERS, WORKERS])
    same = tuple(rule(_rule(protocol=str(n))) for n in (50, 50, 51))
    text = ruleset([link(port)], {MASTERS: same, WORKERS: same})
    assert text.count("meta l4proto 50 return") == text.count("meta l4proto 51 return") == 1


@pytest.mark.parametrize("odd", [{"protocol": "vrrp"}, {"remote_address_group_id": "a"}])
def test_what_is_not_carried_out_is_an_error(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"vrrp|address group"):
        rule(_rule(**odd))


def test_the_order_of_the_answer_does_not_matter() -> None:
    one, two = link(MASTER), link(_port("0d", 2))
    assert ruleset([one, two], {MASTERS: ()}) == ruleset([two, one], {MASTERS: ()})

"""Security groups as nftables has them: what Neutron's API says of ports and rules, to a ruleset in text.

As Neutron's own agent does it (`neutron/agent/linux/iptables_firewall.py`), but judged by the links that a
packet comes from and goes to. The kernel follows no connections in nft's family `bridge`. So two chains of
`inet`, which br_netfilter leads what nodes send through, mark what belongs to a connection; chains of the
other family see the mark and the links, also of what this side sends to a node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any, NamedTuple

WIRE, NAME_BYTES = "tap", 11
"""What a wire's name begins with on this side, and as much of an id as fits behind it."""
STATES, LINKS = "jeroboam-states", "jeroboam-links"
"""The tables, of the families `inet` and `bridge`."""
KNOWN = "0x6a"
"""The mark of what belongs to a connection that was let through when it began, errors about it included."""

Network = IPv4Network | IPv6Network

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "icmpv6": 58, "sctp": 132}
"""Names that Neutron gives back; of other protocols this product gives numbers."""
ICMP = {1: "icmp", 58: "icmpv6"}
FAMILIES = {4: "ip", 6: "ip6"}
"""The names of both IPs by version."""


class Rule(NamedTuple):
    """A rule of a security group; None stands for any."""

    direction: str
    """ingress or egress, as the node sees it."""
    version: int
    """Of IP."""
    protocol: int | None
    low: int | None
    """The first port, or ICMP's type."""
    high: int | None
    """The last port, or ICMP's code."""
    prefix: Network | None
    """Who is on the other side,"""
    group: str | None
    """or the id of the security group whose members are."""


class Link(NamedTuple):
    """A port; `pairs` are the hardware and IP addresses that it may send from."""

    id: str
    mac: str
    pairs: tuple[tuple[str, Network], ...]
    groups: tuple[str, ...]
    secured: bool

    @property
    def wire(self) -> str:
        return wire_name(self.id)

    @property
    def macs(self) -> list[str]:
        """All hardware addresses that it may send from."""
        return sorted({self.mac, *(mac for mac, _ in self.pairs)})


def wire_name(port: str) -> str:
    """Of the interface of this side that leads to the node with that port."""
    return f"{WIRE}{port[:NAME_BYTES]}"


def link(port: Mapping[str, Any]) -> Link:
    """A port as `GET /v2.0/ports` shows it."""
    own = port["mac_address"].lower()
    fixed = ((own, address["ip_address"]) for address in port["fixed_ips"])
    allowed = ((pair["mac_address"].lower(), pair["ip_address"]) for pair in port["allowed_address_pairs"])
    pairs = tuple((mac, ip_network(address, strict=False)) for mac, address in (*fixed, *allowed))
    return Link(port["id"], own, pairs, tuple(port["security_groups"]), port["port_security_enabled"])


def rule(said: Mapping[str, Any]) -> Rule:
    """A rule as `GET /v2.0/security-groups` shows it. Raises ValueError at what is not carried out here."""
    if said.get("remote_address_group_id"):
        raise ValueError(
            f"security group rule {said['id']} names an address group; these are not carried out"
        )
    prefix = said["remote_ip_prefix"]
    return Rule(
        direction=said["direction"],
        version=int(said["ethertype"].removeprefix("IPv")),
        protocol=_protocol(said["protocol"]),
        low=said["port_range_min"],
        high=said["port_range_max"],
        prefix=None if prefix is None else ip_network(prefix, strict=False),
        group=said["remote_group_id"],
    )


def _protocol(said: str | None) -> int | None:
    if said is None or said.isdecimal():
        return int(said or 0) or None
    if said not in PROTOCOLS:
        raise ValueError(f"a security group rule names the protocol {said}; its number is not known here")
    return PROTOCOLS[said]


def ruleset(links: Iterable[Link], groups: Mapping[str, Sequence[Rule]]) -> str:
    """Text for `nft -f` that replaces what an earlier one made; `groups` are rules by the group's id.

    A wire that no link is of lets nothing through.
    """
    links = sorted(links)
    return "\n".join(
        (
            *_table("inet", STATES),
            *_chain("from-nodes", _MARKED, "prerouting"),
            *_chain("from-here", _MARKED, "output"),
            "}",
            *_table("bridge", LINKS),
            *_named("set wires", "ifname", (f'"{one.wire}"' for one in links)),
            *_members(links, groups),
            *(line for one in links for line in _chain(f"from-{one.wire}", _from(one, groups))),
            *(line for one in links for line in _chain(f"to-{one.wire}", _to(one, groups))),
            *_named(
                "map from", "ifname : verdict", (f'"{one.wire}" : jump from-{one.wire}' for one in links)
            ),
            *_named("map to", "ifname : verdict", (f'"{one.wire}" : jump to-{one.wire}' for one in links)),
            *_chain("from-nodes", _judged("iif", "from"), "prerouting"),
            *_chain("between", _judged("oif", "to"), "forward"),
            *_chain("from-here", _judged("oif", "to"), "output"),
            "}\n",
        )
    )


_MARKED = (f"ct state established,related meta mark set {KNOWN}",)
_DROP = "counter drop"


def _table(family: str, name: str) -> tuple[str, ...]:
    # Deleting one that is not there would be an error.
    return (f"table {family} {name}", f"delete table {family} {name}", f"table {family} {name} {{")


def _chain(name: str, rules: Iterable[str], hook: str | None = None) -> Iterator[str]:
    yield f"  chain {name} {{"
    if hook:
        # In `inet`, connections are found out at -200; in `bridge`, all of `inet` comes at 0.
        yield f"    type filter hook {hook} priority 10; policy accept;"
    yield from (f"    {line}" for line in rules)
    yield "  }"


def _named(what: str, of: str, elements: Iterable[str], more: str = "") -> Iterator[str]:
    listed = ", ".join(elements)
    yield f"  {what} {{"
    yield f"    type {of};{more}"
    if listed:
        yield f"    elements = {{ {listed} }}"
    yield "  }"


def _judged(interface: str, way: str) -> tuple[str, ...]:
    return (
        f'{interface}name "{WIRE}*" {interface}name != @wires {_DROP}',
        f"{interface}name vmap @{way}",
    )


def _members(links: Sequence[Link], groups: Mapping[str, Sequence[Rule]]) -> Iterator[str]:
    """A set for each group that a rule names, of all addresses that its ports may send from."""
    named = {(one.group, one.version) for rules in groups.values() for one in rules if one.group}
    for group, version in sorted(named):
        members = (one for one in links if group in one.groups)
        addresses = (address for one in members for _, address in one.pairs if address.version == version)
        kind = f"ipv{version}_addr"
        yield from _named(f"set {_set(group, version)}", kind, _collapsed(addresses), " flags interval;")


def _set(group: str, version: int) -> str:
    return f"group-{group}-{version}"


def _to(one: Link, groups: Mapping[str, Sequence[Rule]]) -> Iterator[str]:
    """What may reach the node. What is let through returns, since the other link's chain has its say too."""
    if not one.secured:
        return
    own = (address for _, address in one.pairs if address.version == 4 and address.prefixlen == 32)
    yield "ether type arp return"
    given = ", ".join(("255.255.255.255", *_collapsed(own)))
    yield f"ip daddr {{ {given} }} udp sport 67 udp dport 68 return"
    yield "icmpv6 type { 130, 134, 135, 136 } return"
    yield from _allowed(one, groups, "ingress")


def _from(one: Link, groups: Mapping[str, Sequence[Rule]]) -> Iterator[str]:
    """What the node may send, and as whom."""
    if not one.secured:
        return
    yield f"ether saddr != {{ {', '.join(one.macs)} }} {_DROP}"
    yield "ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 return"
    yield "ip6 saddr :: ip6 daddr ff02::/16 icmpv6 type { 131, 135, 143 } return"
    for version, family in FAMILIES.items():
        who = ", ".join(_senders(one, version))
        other = f"ether saddr . {family} saddr != {{ {who} }} " if who else ""
        yield f"meta protocol {family} {other}{_DROP}"
    # An address that is looked for before it is taken has no sender yet.
    asking = ", ".join(("0.0.0.0", *_collapsed(address for _, address in one.pairs if address.version == 4)))
    yield f"ether type arp arp saddr ip != {{ {asking} }} {_DROP}"
    yield "ether type arp return"
    yield "udp sport 68 udp dport 67 return"
    yield f"icmpv6 type 134 {_DROP}"
    yield "meta l4proto 58 return"
    yield "udp sport 546 udp dport 547 return"
    yield f"udp sport . udp dport {{ 67 . 68, 547 . 546 }} {_DROP}"
    yield from _allowed(one, groups, "egress")


def _senders(one: Link, version: int) -> Iterator[str]:
    """Hardware and IP addresses together; with each hardware address, IPv6's on the link alone."""
    for mac in one.macs:
        own = [address for of, address in one.pairs if of == mac and address.version == version]
        if version == 6:
            own.append(_link_local(mac))
        yield from (f"{mac} . {address}" for address in _collapsed(own))


def _link_local(mac: str) -> IPv6Network:
    """The address that RFC 4291 makes of a hardware address."""
    one, two, three, *rest = bytes.fromhex(mac.replace(":", ""))
    interface = bytes((one ^ 2, two, three, 0xFF, 0xFE, *rest))
    return IPv6Network((bytes.fromhex("fe80000000000000") + interface, 128))


def _collapsed(addresses: Iterable[Network]) -> list[str]:
    """Without those that others hold: nft refuses a set of them."""
    return [str(network) for network in collapse_addresses(addresses)]  # type: ignore[type-var]


def _allowed(one: Link, groups: Mapping[str, Sequence[Rule]], direction: str) -> Iterator[str]:
    yield f"meta mark {KNOWN} return"
    # A group may have gone since the port was asked for.
    rules = (rule for group in one.groups for rule in groups.get(group, ()))
    matches = (_match(rule) for rule in rules if rule.direction == direction)
    # Two groups of a port may say the same.
    yield from (f"{match} return" for match in dict.fromkeys(matches))
    yield _DROP


def _match(rule: Rule) -> str:
    family = FAMILIES[rule.version]
    end = f"{family} {'saddr' if rule.direction == 'ingress' else 'daddr'}"
    words = [f"meta protocol {family}"]
    if rule.prefix is not None and rule.prefix.prefixlen:
        words.append(f"{end} {rule.prefix}")
    if rule.group is not None:
        words.append(f"{end} @{_set(rule.group, rule.version)}")
    if rule.protocol is not None:
        words.append(f"meta l4proto {rule.protocol}")
    if rule.low is not None:
        words.append(_part(rule.protocol, rule.low, rule.high))
    return " ".join(words)


def _part(protocol: int | None, low: int, high: int | None) -> str:
    if (name := ICMP.get(protocol or 0)) is None:
        return f"th dport {low}-{high}"
    return f"{name} type {low}" + ("" if high is None else f" {name} code {high}")

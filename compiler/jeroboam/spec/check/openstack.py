"""What Heat, Nova, Neutron and Octavia refuse or do without, as far as their own sources say.

Facts: heat/engine/stack.py (stack names), nova/api/validation/parameter_types.py (metadata, zones),
nova/compute/api.py (`parse_availability_zone`), nova/conf/quota.py (how much metadata),
neutron/db/db_base_plugin_v2.py (`_validate_subnet`) and neutron/conf/common.py (DNS servers),
octavia/api/v2/controllers/listener.py (families of allowed ranges), driver.py of ovn-octavia-provider.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from ipaddress import ip_address

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.metadata import OWN_METADATA
from jeroboam.spec.nodes import node_specs
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import BastionSpec, ClusterSpec, NodeSpec

_DNS_SERVERS = 5
_METADATA_KEY = re.compile(r"[A-Za-z0-9_:. -]{1,255}")
_METADATA_LENGTH = 255
# Nova's default, less those that a server gets besides.
_METADATA_ITEMS = 128 - len(OWN_METADATA)
_FIRST_PLANE = 0xFFFF


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Names, metadata, zones, DNS servers, allow-lists and the load balancer's provider."""
    if spec.name[:1].isdigit():
        yield diagnose("JB0384", "/name", name=spec.name, example=f"k{spec.name}"[:40])
    for index, tag in enumerate(spec.tags):
        yield from _kept("heat", f"/tags/{index}", tag)
    for at, node in node_specs(spec):
        yield from _node(at, node)
    if spec.bastion is not None:
        yield from _bastion(spec, spec.bastion)
    if spec.network.fixed_subnet is None:
        yield from _dns_servers(spec)
    yield from _allowed(spec)
    if spec.api.load_balancer and spec.api.load_balancer_provider == "ovn":
        yield diagnose("JB0380", "/api/load_balancer_provider")


def _node(at: Pointer, node: NodeSpec) -> Iterator[Diagnostic]:
    yield from _metadata(at, node)
    for index, zone in enumerate(node.availability_zones):
        yield from _zone(child(child(at, "availability_zones"), index), zone)


def _bastion(spec: ClusterSpec, bastion: BastionSpec) -> Iterator[Diagnostic]:
    """Its zone, and the keypair: nodes have others, so that Nova is not asked for this one otherwise."""
    if bastion.availability_zone is not None:
        yield from _zone("/bastion/availability_zone", bastion.availability_zone)
    advice = None if spec.keypair is None else _against_name("keypair", spec.keypair)
    if advice is not None:
        yield diagnose("JB0398", "/keypair", name=shown(spec.keypair), advice=advice)


def _zone(where: Pointer, zone: str) -> Iterator[Diagnostic]:
    advice = _against(zone)
    if advice is not None:
        yield diagnose("JB0391", where, zone=shown(zone), advice=advice)


def _against(zone: str) -> str | None:
    """What to change about the name of a zone; None for one that a zone can have and any user can ask for."""
    if ":" in zone:
        return "name the zone alone: what follows a colon is a host, and only administrators may choose one"
    return _against_name("zone", zone)


def _against_name(what: str, name: str) -> str | None:
    """What to change about a name in Nova; None for one that something can have there."""
    strange = next((character for character in name if not _printable(character)), None)
    if strange is not None:
        return f"a {what}'s name cannot have the character U+{ord(strange):04X}"
    if unicodedata.category(name[0]) == "Zs" or unicodedata.category(name[-1]) == "Zs":
        return "remove the spaces before and after the name"
    return None


def _kept(service: str, where: Pointer, text: str) -> Iterator[Diagnostic]:
    """MySQL's utf8 ends at three bytes a character; Nova's tables have it (nova/db/main/migrations)."""
    wide = next((character for character in text if ord(character) > _FIRST_PLANE), None)
    if wide is not None:
        point = f"U+{ord(wide):04X}"
        yield diagnose("JB0393", where, service=service, value=shown(text), point=point)


def _printable(character: str) -> bool:
    category = unicodedata.category(character)
    return ord(character) < _FIRST_PLANE and (category == "Zs" or category[0] not in "CZ")


def _metadata(at: Pointer, node: NodeSpec) -> Iterator[Diagnostic]:
    count = len(node.server_metadata)
    if count > _METADATA_ITEMS:
        where = child(at, "server_metadata")
        yield diagnose("JB0392", where, at_key=True, count=count, limit=_METADATA_ITEMS)
    for key, value in node.server_metadata.items():
        where = child(child(at, "server_metadata"), key)
        if key in OWN_METADATA:
            yield diagnose("JB0361", where, at_key=True, key=key)
        if not _METADATA_KEY.fullmatch(key):
            advice = "a key is of letters, digits and the characters - _ : . alone"
            yield diagnose("JB0385", where, at_key=True, part="key", value=shown(key), advice=advice)
        if len(value) > _METADATA_LENGTH:
            advice = f"a value has {_METADATA_LENGTH} characters at most"
            yield diagnose("JB0385", where, part="value", value=shown(value), advice=advice)
        yield from _kept("nova", where, value)


def _dns_servers(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Those of the subnet that is created, which is IPv4."""
    servers, at = spec.network.dns_nameservers, "/network/dns_nameservers"
    for index, address in enumerate(servers):
        if ip_address(address).version == 6:
            yield diagnose("JB0382", child(at, index), address=address)
    if len(servers) > _DNS_SERVERS:
        yield diagnose("JB0383", child(at, _DNS_SERVERS), count=len(servers), limit=_DNS_SERVERS)


def _allowed(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """IPv6 clients of what has IPv4 alone: a network that is created, and the address of a load balancer."""
    network = spec.network
    made, balanced = network.fixed_subnet is None, spec.api.load_balancer
    api = "the API's load balancer" if balanced else "the nodes' network"
    for name, ranges, ipv4_only, what in (
        ("ssh_allowed_cidrs", network.ssh_allowed_cidrs, made, "the nodes' network"),
        ("api_allowed_cidrs", network.api_allowed_cidrs, made or balanced, api),
        ("node_port_allowed_cidrs", network.node_port_allowed_cidrs, made, "the nodes' network"),
    ):
        for index, cidr in enumerate(ranges):
            if ipv4_only and cidr.version == 6:
                yield diagnose("JB0381", f"/network/{name}/{index}", cidr=cidr, what=what)

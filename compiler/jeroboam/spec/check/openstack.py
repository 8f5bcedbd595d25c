"""What Heat, Nova, Neutron and Octavia refuse or do without, as far as their own sources say.

Facts: heat/engine/stack.py (stack names), nova/api/validation/parameter_types.py (metadata),
neutron/db/db_base_plugin_v2.py (`_validate_subnet`) and neutron/conf/common.py (DNS servers),
octavia/api/v2/controllers/listener.py (families of allowed ranges), driver.py of ovn-octavia-provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec, NodeSpec

_DNS_SERVERS = 5
_METADATA_KEY = re.compile(r"[A-Za-z0-9_:. -]{1,255}")
_METADATA_LENGTH = 255


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Names, metadata, DNS servers, allow-lists and the load balancer's provider."""
    if spec.name[:1].isdigit():
        yield diagnose("JB0384", "/name", name=spec.name, example=f"k{spec.name}"[:40])
    yield from _metadata("/masters", spec.masters.node)
    for index, group in enumerate(spec.node_groups):
        yield from _metadata(f"/node_groups/{index}", group.node)
    if spec.network.fixed_subnet is None:
        yield from _dns_servers(spec)
    yield from _allowed(spec)
    if spec.api.load_balancer and spec.api.load_balancer_provider == "ovn":
        yield diagnose("JB0380", "/api/load_balancer_provider")


def _metadata(at: Pointer, node: NodeSpec) -> Iterator[Diagnostic]:
    for key, value in node.server_metadata.items():
        where = child(child(at, "server_metadata"), key)
        if not _METADATA_KEY.fullmatch(key):
            advice = "a key is of letters, digits and the characters - _ : . alone"
            yield diagnose("JB0385", where, at_key=True, part="key", value=shown(key), advice=advice)
        if len(value) > _METADATA_LENGTH:
            advice = f"a value has {_METADATA_LENGTH} characters at most"
            yield diagnose("JB0385", where, part="value", value=shown(value), advice=advice)


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

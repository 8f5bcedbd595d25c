"""Addresses that mean something else on a node: special ranges, and what is named inside the cluster's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.spec.check.ranges import Range, overlap, ranges_of
from jeroboam.spec.mirrors import mirrors
from jeroboam.spec.schema import block
from jeroboam.spec.types import Cidr, ClusterSpec


class _Special(NamedTuple):
    """A range that no host is in (RFC 6890), and what it is for."""

    cidr: Cidr
    purpose: str


_SPECIAL = (
    _Special(IPv4Network("0.0.0.0/8"), "of no host"),
    _Special(IPv4Network("127.0.0.0/8"), "each host's own loopback"),
    _Special(IPv4Network("169.254.0.0/16"), "link-local: it hides Nova's metadata service from nodes"),
    _Special(IPv4Network("224.0.0.0/4"), "multicast"),
    _Special(IPv4Network("255.255.255.255/32"), "broadcast"),
    _Special(IPv6Network("::/127"), "each host's own loopback"),
    _Special(IPv6Network("fe80::/10"), "link-local"),
    _Special(IPv6Network("ff00::/8"), "multicast"),
)
_HOST = re.compile(r"(?:[a-z]+://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)", re.IGNORECASE)
_EXAMPLES = {4: "10.100.0.0/16", 6: "fd00:10:100::/48"}


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """The cluster's ranges against those of no host; then every address that the spec names against them."""
    ranges = list(ranges_of(spec))
    for one in ranges:
        special = next((known for known in _SPECIAL if overlap(one.cidr, known.cidr)), None)
        if special is not None:
            yield diagnose(
                "JB0386", one.pointer, name=one.name, cidr=one.cidr, special=special.cidr,
                purpose=special.purpose, example=_EXAMPLES[one.cidr.version],
            )  # fmt: skip
        elif one.cidr.is_global:
            example = _EXAMPLES[one.cidr.version]
            yield diagnose("JB0388", one.pointer, name=one.name, cidr=one.cidr, example=example)
    inner = [one for one in ranges if one.pointer != "/network/cidr"]
    inner.extend(
        Range("/coe", "bridge of Docker", ip_network(cidr)) for cidr in block(spec.coe).get("x-docker", ())
    )
    for at, address in _named(spec):
        for one in inner:
            if one.cidr.version == address.version and address.subnet_of(one.cidr):  # type: ignore[arg-type]
                related = (Related(one.pointer, f"the {one.name} is {one.cidr}"),)
                shown = address if address.prefixlen < address.max_prefixlen else address.network_address
                yield diagnose("JB0387", at, related=related, address=shown, name=one.name, cidr=one.cidr)


def _named(spec: ClusterSpec) -> Iterator[tuple[Pointer, Cidr]]:
    """What nodes send to by address: DNS, time, proxies, mirrors, registries; and allowed clients."""
    network, runtime = spec.network, spec.runtime
    hosts = (
        *((f"/network/dns_nameservers/{i}", one) for i, one in enumerate(network.dns_nameservers)),
        *((f"/network/ntp_servers/{i}", one) for i, one in enumerate(network.ntp_servers)),
        ("/proxy/http", spec.proxy.http),
        ("/proxy/https", spec.proxy.https),
        ("/artifacts/mirror", spec.artifacts.mirror),
        ("/artifacts/image_registry", spec.artifacts.image_registry),
        *((one.pointer, one.url) for one in mirrors(runtime)),
        *((f"/runtime/registries/{i}/host", one.host) for i, one in enumerate(runtime.registries)),
        *((f"/runtime/insecure_registries/{i}", one) for i, one in enumerate(runtime.insecure_registries)),
    )
    for at, text in hosts:
        address = _address(text)
        if address is not None:
            yield at, address
    for name in ("ssh_allowed_cidrs", "api_allowed_cidrs", "node_port_allowed_cidrs"):
        for index, cidr in enumerate(getattr(network, name)):
            yield f"/network/{name}/{index}", cidr


def _address(text: str | None) -> Cidr | None:
    """The range that a text is, or the address in a URL or host[:port][/path]; None for a name."""
    host = _HOST.match(text or "")
    for candidate in (text, host and host.group(1).strip("[]")):
        try:
            return ip_network(candidate or "", strict=False)
        except ValueError:
            continue
    return None

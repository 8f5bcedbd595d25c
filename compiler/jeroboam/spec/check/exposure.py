"""Settings that open a cluster to others; each is the spec's own, as every default is closed."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.spec.mirrors import mirrors
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import Cidr, ClusterSpec

_PLAIN = "http://"
# Shorter prefixes hold public addresses of many: no private range of IPv4 is larger (RFC 1918).
_SHORTEST = {4: 8, 6: 16}


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Who may reach the cluster, and which servers its nodes trust."""
    network, runtime = spec.network, spec.runtime
    what = "every node" if spec.bastion is None else "the bastion"
    yield from _open("JB0370", "ssh_allowed_cidrs", network.ssh_allowed_cidrs, what)
    yield from _open("JB0371", "api_allowed_cidrs", network.api_allowed_cidrs)
    yield from _open("JB0372", "node_port_allowed_cidrs", network.node_port_allowed_cidrs)
    if not network.port_security:
        yield diagnose("JB0394", "/network/port_security")
    if not spec.tls.verify_openstack_ca:
        yield diagnose("JB0373", "/tls/verify_openstack_ca")
    if _is_plain(spec.artifacts.mirror or ""):
        yield diagnose("JB0374", "/artifacts/mirror", url=shown(spec.artifacts.mirror))
    for mirror in mirrors(runtime):
        if _is_plain(mirror.url):
            yield diagnose("JB0375", mirror.pointer, url=shown(mirror.url))
    for index, registry in enumerate(runtime.insecure_registries):
        yield diagnose("JB0376", f"/runtime/insecure_registries/{index}", registry=shown(registry))


def _open(code: str, name: str, ranges: tuple[Cidr, ...], what: str = "") -> Iterator[Diagnostic]:
    for index, cidr in enumerate(ranges):
        if cidr.prefixlen < _SHORTEST[cidr.version] and not (cidr.version == 6 and cidr.is_private):
            yield diagnose(code, f"/network/{name}/{index}", cidr=cidr, what=what)


def _is_plain(url: str) -> bool:
    return url.lower().startswith(_PLAIN)

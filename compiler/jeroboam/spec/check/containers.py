"""Whether the network driver fits the COE and the architecture, and TLS the COE."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Related, diagnose
from jeroboam.spec.phrases import listed
from jeroboam.spec.schema import block
from jeroboam.spec.types import Arch, ClusterSpec

_HIGHEST_PORT = 65_535
# Their leases have an IPv4 address alone (pkg/backend of Flannel).
_IPV4_ONLY = ("ipip", "udp")


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """What each COE's schema file says that it works with."""
    coe, driver = block(spec.coe), spec.container_network.driver
    supported = coe.get("x-network-drivers", (driver,))
    on_coe = (Related("/coe", f"coe is '{spec.coe}' here"),)
    if driver not in supported:
        yield diagnose(
            "JB0340", "/container_network/driver", related=on_coe, driver=driver, coe=spec.coe,
            supported=listed(supported),
        )  # fmt: skip
    backend = spec.container_network.backend
    if backend is not None and backend.type == "udp" and spec.arch is not Arch.AMD64:
        related = (Related("/arch", f"arch is '{spec.arch}' here"),)
        yield diagnose("JB0342", "/container_network/backend/type", related=related, arch=spec.arch)
    if backend is not None and backend.type in _IPV4_ONLY and spec.container_network.ipv6 is not None:
        related = (Related("/container_network/ipv6", "ipv6 is requested here"),)
        yield diagnose("JB0360", "/container_network/backend/type", related=related, type=backend.type)
    port = backend.port if backend is not None and backend.type == "wireguard" else None
    mode = backend.mode if backend is not None else None
    separate = mode in (None, "separate")
    if not separate and spec.container_network.ipv6 is None:
        yield diagnose("JB0359", "/container_network/backend/mode", mode=mode)
    if port == _HIGHEST_PORT and separate and spec.container_network.ipv6 is not None:
        related = (Related("/container_network/ipv6", "ipv6 is requested here"),)
        yield diagnose("JB0358", "/container_network/backend/port", related=related, port=port)
    if not spec.tls.enabled and coe.get("x-tls") == "always":
        yield diagnose("JB0343", "/tls/enabled", related=on_coe, coe=spec.coe)

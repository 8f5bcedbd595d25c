"""The bytes that encapsulation adds to each packet between nodes.

Facts: pkg/backend of flannel v0.28, which takes these bytes off `Backend.MTU` itself; any VXLAN, Calico's and
Docker's too, has the headers of RFC 7348.
"""

from __future__ import annotations

from collections.abc import Mapping

_HEADERS: Mapping[str, int] = {"vxlan": 50, "wireguard": 80, "ipip": 20, "udp": 28, "host-gw": 0}
# How much longer an IPv6 header is; wireguard's number has it already.
_LONGER_IN_IPV6 = 20


def overhead(backend: str, *, ipv6: bool = False) -> int:
    """Bytes that a backend adds to a packet, at most; `ipv6` is whether nodes send over IPv6 too."""
    return _HEADERS[backend] + (_LONGER_IN_IPV6 if ipv6 and backend == "vxlan" else 0)

"""What is reached without the proxy, in the forms that every program on a node reads alike.

Facts: curl 7.88 and Go 1.26 (net/http), each asked by a request for every form. Both take a plain name for
the domain and all below it, and an address or an IPv4 range for what it says. curl knows neither `*.` nor
ports, nor ranges of all addresses or of IPv6; Go leaves the domain itself out behind a leading dot.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"(?:\*?\.)?({_LABEL}(?:\.{_LABEL})*)\.?")
_NUMBER = re.compile(r"(?:.*\.)?[0-9]+")


def direct(entry: str) -> str | None:
    """An entry of a no_proxy list as all programs read it, None where there is no such form."""
    text = entry.strip().lower()
    network = direct_range(text)
    if network is not None:
        if network.prefixlen == 0:
            return None
        return str(network.network_address if network.num_addresses == 1 else network)
    name = _NAME.fullmatch(text)
    return name[1] if name and not _NUMBER.fullmatch(name[1]) else None


def direct_range(entry: str) -> IPv4Network | IPv6Network | None:
    """The addresses that an entry names; brackets are those of a URL. None for a name."""
    text = re.sub(r"^\[([^\]]*)\]", r"\1", entry.strip())
    if not re.fullmatch(r"[0-9a-fA-F:.]+(?:/[0-9]{1,3})?", text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None

"""Outbound access of a node: trusted certificate authorities and the proxy."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jeroboam.model.types import FileEntry
from jeroboam.resources import fragment
from jeroboam.spec.direct import direct
from jeroboam.spec.floating_ips import api_names
from jeroboam.spec.types import ClusterSpec, ProxySpec, TextFile

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
# The metadata service answers on a link-local address that no proxy can reach.
_ALWAYS_DIRECT = ("localhost", "127.0.0.1", "::1", "169.254.169.254")


def ca_files(given: Iterable[TextFile]) -> tuple[FileEntry, ...]:
    """A file for each certificate: trust stores want them one by one."""
    bodies = (body for file in given for body in _CERTIFICATE.findall(file.text))
    return tuple(
        FileEntry(f"/etc/jeroboam/ca/{n:02}.crt", _PEM.format("\n".join(body.split())))
        for n, body in enumerate(bodies)
    )


def has_proxy(proxy: ProxySpec) -> bool:
    """Whether anything goes through a proxy."""
    return bool(proxy.http or proxy.https)


def no_proxy(spec: ClusterSpec, more: Iterable[str]) -> str:
    """What is reached directly, comma-separated, as far as the compiler knows it; `more` is the COE's own."""
    ranges = (spec.container_network.cidr, spec.container_network.ipv6 and spec.container_network.ipv6.cidr)
    known = (*_ALWAYS_DIRECT, *map(str, filter(None, ranges)), *more)
    given = filter(None, map(direct, (*api_names(spec), *spec.proxy.no_proxy)))
    return ",".join(dict.fromkeys((*known, *given)))


def proxy_drop_ins(services: Iterable[str]) -> tuple[FileEntry, ...]:
    """A drop-in for each service, which reads the file that proxy.sh writes."""
    content = fragment("common/service-proxy.conf")
    return tuple(FileEntry(f"/etc/systemd/system/{s}.service.d/20-proxy.conf", content) for s in services)

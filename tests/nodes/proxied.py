"""A site without a mirror, whose nodes reach what upstream has, and the cloud, through a proxy alone."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.build import FOLDER as CONTENTS
from tests.labs.nodes.mirror.proxy import Proxy, proxying
from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.support.tls import authority

PORT = 3128
BUSYBOX = "docker.io/library/busybox:1.35"
"""What containers of the tests run, by its name upstream."""
_AUTHORITY = authority(14)
_CA = "proxy-ca.pem"
SPEC = f"""\
proxy:
  http: http://{CLOUD_ADDRESS}:{PORT}
  https: http://{CLOUD_ADDRESS}:{PORT}
tls: {{trusted_ca_files: [{_CA}]}}
"""
"""The properties of a spec for it."""
FILES: Mapping[str, str] = MappingProxyType({_CA: b64decode(_AUTHORITY["cluster_ca_cert"]).decode("ascii")})


def signalled(proxy: object, machine: Machine) -> bool:
    """Whether a machine told Heat by the proxy, with a token that it was given by it."""
    assert isinstance(proxy, Proxy)
    told = [line for line in proxy.relayed if line.startswith(f"{machine.server.ports[0].address} POST ")]
    return any(line.endswith("/auth/tokens") for line in told) and any("/signal" in line for line in told)


@contextmanager
def through() -> Iterator[Proxy]:
    """The proxy, which has for every host what the mirror has at the same path."""
    with proxying(CONTENTS, CLOUD_ADDRESS, PORT, _AUTHORITY) as proxy:
        yield proxy

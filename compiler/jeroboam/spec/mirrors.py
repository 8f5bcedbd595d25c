"""Mirrors of registries: which there are, and what dockerd and containerd take from their URLs.

Facts: `dockerd --validate` of Docker 28, which refuses users, queries and fragments; containerd 2, which
drops them (core/remotes/docker/config/hosts.go). Both ask below a `/v2/` that they add to the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from jeroboam.diagnostics import Pointer
from jeroboam.spec.types import RuntimeSpec

HUB = "docker.io"
"""Docker Hub, as images' names have it and as they mean it where they name no registry."""
_API = "v2"
_AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?")
_LAST_PORT = 65535


class Mirror(NamedTuple):
    """Where a mirror is; `is_root` is whether its API is there itself: nothing is to be added."""

    url: str
    is_root: bool

    @property
    def host(self) -> str:
        """Host and port, as they are written."""
        return self.url.partition("://")[2].partition("/")[0].lower()


class MirrorOf(NamedTuple):
    """The URL of a mirror, as a spec has it at `pointer`, and the registry that it mirrors."""

    pointer: Pointer
    registry: str
    url: str


def mirrors(runtime: RuntimeSpec) -> Iterator[MirrorOf]:
    """All of them; those of one registry in the order of trying."""
    for index, url in enumerate(runtime.registry_mirrors):
        yield MirrorOf(f"/runtime/registry_mirrors/{index}", HUB, url)
    for number, registry in enumerate(runtime.registries):
        for index, url in enumerate(registry.mirrors):
            yield MirrorOf(f"/runtime/registries/{number}/mirrors/{index}", registry.host, url)


def mirror(url: str) -> Mirror:
    """A mirror as runtimes want it: without the `/v2` that they add, and without slashes at its end."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    segments = [segment for segment in path.split("/") if segment]
    if segments[-1:] == [_API]:
        segments.pop()
    return Mirror(f"{scheme}://{'/'.join((host, *segments))}", is_root=_API in segments)


def fault(url: str) -> str | None:
    """Why no runtime asks this mirror as it is written, in words; None where they do."""
    authority = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]
    if "?" in url or "#" in url:
        return "nothing is asked for with a query or a fragment"
    if "@" in authority:
        return "nobody logs in to a mirror by its URL"
    found = _AUTHORITY.fullmatch(authority)
    if found is None or not 0 < int(found[1] or 1) <= _LAST_PORT:
        return "its host or its port is not valid"
    return None

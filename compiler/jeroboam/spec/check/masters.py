"""How many masters there are, and whether there is one address for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Related, diagnose
from jeroboam.spec.schema import block
from jeroboam.spec.types import ClusterSpec


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """An odd number of masters; several need an address that outlives each of them."""
    count = spec.masters.count
    if count % 2 == 0:
        yield diagnose("JB0330", "/masters/count", count=count, fewer=count - 1, more=count + 1)
    stable = spec.api.load_balancer or spec.api.dns_name is not None
    if count > 1 and not stable and block(spec.coe).get("x-stable-api"):
        related = (
            Related("/api/load_balancer", "there is no load balancer"),
            Related("/api/dns_name", "there is no DNS name"),
        )
        yield diagnose("JB0331", "/masters/count", related=related, count=count)

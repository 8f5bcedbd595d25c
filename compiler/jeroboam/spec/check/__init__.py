"""Checks beyond the schema that need no COE's driver, by subject."""

from __future__ import annotations

from jeroboam.diagnostics import Diagnostic
from jeroboam.spec.check import (
    access,
    addresses,
    bastion,
    containers,
    exposure,
    files,
    floating_ips,
    network,
    nodes,
    openstack,
    ports,
    ranges,
    registries,
    sizes,
)
from jeroboam.spec.types import ClusterSpec

_CHECKS = (
    nodes.check,
    network.check,
    floating_ips.check,
    bastion.check,
    containers.check,
    openstack.check,
    ports.check,
    ranges.check,
    addresses.check,
    sizes.check,
    files.check,
    access.check,
    registries.check,
    exposure.check,
)


def check(spec: ClusterSpec) -> tuple[Diagnostic, ...]:
    """Every finding; its pointer and related pointers are all the values that it is drawn from."""
    return tuple(finding for check in _CHECKS for finding in check(spec))

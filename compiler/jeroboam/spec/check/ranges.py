"""Overlaps of address ranges."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from itertools import combinations
from typing import NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.source import Data
from jeroboam.source.pointers import child
from jeroboam.spec.schema import Schema, block, member
from jeroboam.spec.types import Cidr, ClusterSpec, Frozen

DOCKER_BRIDGE = IPv4Network("172.17.0.0/16")
"""The range of the bridge that any Docker makes."""


class Range(NamedTuple):
    """A range, what it is called, and where the spec has it."""

    pointer: Pointer
    name: str
    cidr: Cidr


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """No two ranges of a cluster have an address in common."""
    ranges = list(ranges_of(spec))
    for earlier, later in combinations(ranges, 2):
        if overlap(earlier.cidr, later.cidr):
            related = (Related(earlier.pointer, f"the {earlier.name} is {earlier.cidr}"),)
            yield diagnose(
                "JB0305", later.pointer, related=related, name=later.name, cidr=later.cidr,
                other=earlier.name, other_cidr=earlier.cidr,
            )  # fmt: skip
    docker = "x-docker" in block(spec.coe)
    for one in ranges:
        if overlap(one.cidr, DOCKER_BRIDGE):
            related = (Related("/coe", f"coe is '{spec.coe}' here"),)
            if docker:
                yield diagnose(
                    "JB0305", one.pointer, related=related, name=one.name, cidr=one.cidr,
                    other="bridge of Docker", other_cidr=DOCKER_BRIDGE,
                )  # fmt: skip
            else:
                yield diagnose("JB0312", one.pointer, related=related, name=one.name, cidr=one.cidr)


def ranges_of(spec: ClusterSpec) -> Iterator[Range]:
    """The ranges that the spec gives to nodes, containers and what else its COE has."""
    if spec.network.cidr is not None:
        yield Range("/network/cidr", "nodes' range", spec.network.cidr)
    containers = spec.container_network
    if containers.driver != "docker":
        yield Range("/container_network/cidr", "container range", containers.cidr)
        if containers.ipv6 is not None:
            yield Range("/container_network/ipv6/cidr", "container range", containers.ipv6.cidr)
    yield from _of_block(spec.options, block(spec.coe), child("", spec.coe))


def _of_block(value: Frozen | Data, schema: Schema, at: Pointer) -> Iterator[Range]:
    """The ranges of the COE's own block; texts that are no ranges have been reported."""
    if isinstance(value, str):
        if "x-range" in schema:
            try:
                yield Range(at, schema["x-range"], ip_network(value, strict=False))
            except ValueError:
                return
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from _of_block(item, member(schema, index), child(at, index))
    elif value is not None and not isinstance(value, int | float):
        for key, inner in value.items():
            yield from _of_block(inner, member(schema, key), child(at, key))


def overlap(one: Cidr, other: Cidr) -> bool:
    """Whether two ranges have an address in common."""
    return one.version == other.version and one.overlaps(other)

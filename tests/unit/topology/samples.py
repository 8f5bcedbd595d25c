"""Topologies of golden cases, and one whose texts are all hostile."""

from __future__ import annotations

import functools
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from jeroboam.topology import Topology, topology
from tests.support.cases import CASES, Case, compiled_whole

T = TypeVar("T")

EVIL = (
    "\"'`]|)}>;</text></svg></pre></script><script>window.evil=1</script><img src=x onerror=window.evil=1>"
    "&lt;#quot;\\N%%{init: {}}%%\n\u202e\x1b[31m -->"
)
DIVERSE = tuple(
    case
    for case in CASES
    if case.name in ("bastion", "everything", "existing-network") or (case.coe, case.name) == ("mesos", "ha")
)
"""Few, in which all is that pictures are of."""
HA, BASTION = (
    next(case for case in CASES if (case.distro, case.name) == ("ubuntu", name)) for name in ("ha", "bastion")
)


@functools.cache
def of_case(case: Case, layout: str | None = None) -> Topology:
    """The topology of a golden case."""
    found = topology(compiled_whole(case.spec, layout).templates)
    assert found is not None
    return found


def hostile(case: Case = BASTION) -> Topology:
    """That of a case with `EVIL` in the place of every text that is one."""
    found: Topology = _hostile(of_case(case))
    # The numbers of ports are Neutron's to check; of two groups' names Heat would refuse one.
    return replace(
        found,
        ports=tuple(replace(port, ports="22") for port in found.ports),
        groups=tuple(replace(group, name=f"{EVIL}{n}") for n, group in enumerate(found.groups)),
    )


def _hostile(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return EVIL if value else ""
    if isinstance(value, tuple):
        return tuple(_hostile(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _hostile(getattr(value, field.name)) for field in fields(value)})
    return value

"""A known cause at its place: findings made, and those of one cause told as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from jeroboam.deploy.diagnosis.causes import Known
from jeroboam.deploy.diagnosis.types import Balancer, Finding, Volume


def finding(seen: Known, where: tuple[str, ...], source: str, time: datetime | None) -> Finding:
    """A finding; `where` are places, `source` who said what was seen."""
    return Finding(seen.id, seen.title, where, seen.quote, source, seen.next, time)


def merged(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of one cause and title as one that names all places; the order stays."""
    kept: dict[tuple[str, str], Finding] = {}
    for one in found:
        key = (one.cause, one.title)
        earlier = kept.get(key, one)
        kept[key] = replace(earlier, where=tuple(dict.fromkeys((*earlier.where, *one.where))))
    return tuple(kept.values())


def listed(names: Iterable[str]) -> str:
    """At most five of the names, in order."""
    ordered = sorted(names)
    more = f" and {len(ordered) - 5} more" if len(ordered) > 5 else ""
    return ", ".join(ordered[:5]) + more


def volume_text(volume: Volume) -> str:
    """A volume's state and what Cinder says of it, on one line."""
    return "; ".join((f"volume {volume.name or volume.id} is {volume.state}", *volume.messages))


def balancer_text(balancer: Balancer) -> str:
    """A load balancer's states and those of its parts, on one line."""
    head = (
        f"load balancer {balancer.name or balancer.id}: provisioning_status {balancer.provisioning}, "
        f"operating_status {balancer.operating}"
    )
    return "; ".join((head, *balancer.parts))

"""Checks of quotas: what the cluster needs more than it has, against what is free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Literal, NamedTuple

from jeroboam.deploy.preflight.facts import UNLIMITED, Facts, Flavor, Quotas, QuotaUsage, Unavailable
from jeroboam.deploy.preflight.findings import Check, CheckProblem, Level, UnknownFactError, known
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.deploy.preflight.volumes import wants_volumes
from jeroboam.deploy.resource_totals import Demand

_DEFAULT_RULES = 2
"""Rules that Neutron itself puts into a new security group: egress, IPv4 and IPv6. They count."""


_DEFAULT_GROUP = {"security_group": 1, "security_group_rule": 4}
"""What Neutron makes beside the first security group of a project: the one called default. It counts."""


_UNDER_WAY = 4
"""How many requests for one kind of thing Heat was seen to have under way at a time, generously."""


_LEFT = frozenset({"volumes", "gigabytes"})


class Row(NamedTuple):
    """A quota: the service's name for it, and how much of it a demand takes; `unit` for messages."""

    id: str
    service: Literal["compute", "network", "volume", "balancer"]
    key: str
    unit: str
    takes: Callable[[Demand], int]


ROWS = (
    Row("quota-instances", "compute", "instances", "servers", lambda d: d.instances),
    Row("quota-server-groups", "compute", "server_groups", "server groups", lambda d: d.server_groups),
    Row("quota-networks", "network", "network", "networks", lambda d: d.networks),
    Row("quota-subnets", "network", "subnet", "subnets", lambda d: d.subnets),
    Row("quota-routers", "network", "router", "routers", lambda d: d.routers),
    Row(
        "quota-ports",
        "network",
        "port",
        "ports",
        lambda d: d.ports + d.router_interfaces + d.load_balancers,
    ),
    Row("quota-floating-ips", "network", "floatingip", "floating IPs", lambda d: d.floating_ips),
    Row("quota-security-groups", "network", "security_group", "security groups", lambda d: d.security_groups),
    Row(
        "quota-security-group-rules",
        "network",
        "security_group_rule",
        "security group rules",
        lambda d: d.security_group_rules + _DEFAULT_RULES * d.security_groups,
    ),
    Row("quota-volumes", "volume", "volumes", "volumes", lambda d: sum(d.volumes.values())),
    Row("quota-gigabytes", "volume", "gigabytes", "GiB of volumes", lambda d: sum(d.gigabytes.values())),
    Row("quota-load-balancers", "balancer", "load_balancer", "load balancers", lambda d: d.load_balancers),
    Row("quota-listeners", "balancer", "listener", "listeners", lambda d: d.listeners),
    Row("quota-pools", "balancer", "pool", "pools", lambda d: d.pools),
    Row("quota-members", "balancer", "member", "pool members", lambda d: d.members),
    Row(
        "quota-health-monitors", "balancer", "health_monitor", "health monitors", lambda d: d.health_monitors
    ),
)


def _judge(row: Row, facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    quota, needed = _quota(facts, row.service, row.key), row.takes(wanted.more)
    if quota.used == 0:
        needed += _DEFAULT_GROUP.get(row.key, 0)
    yield from _exceeded(quota, needed, row.key, row.unit)
    if row.service == "network" and quota.free is not None:
        yield from _tight(quota.free, needed, quota.used, row)


def _tight(free: int, needed: int, used: int, row: Row) -> Iterator[CheckProblem]:
    spare = min(needed - 1, _UNDER_WAY)
    if needed <= free < needed + spare:
        yield CheckProblem(
            f"{row.unit}: {needed} more needed, {free} free: Neutron counts a request twice while it is "
            "in progress, and Heat sends several at a time",
            f"ask for a quota '{row.key}' of {used + needed + spare}",
            level=Level.WARNING,
        )


def _needed(row: Row, wanted: Wanted) -> bool:
    return row.takes(wanted.more) > 0


def _quota(
    facts: Facts, service: Literal["compute", "network", "volume", "balancer"], key: str
) -> QuotaUsage:
    found: dict[str, Quotas | Unavailable] = {
        "compute": facts.compute,
        "network": facts.network,
        "volume": facts.volume,
        "balancer": facts.balancer,
    }
    quota = known(found[service]).get(key)
    if quota is None:
        raise UnknownFactError(f"the cloud does not report its quota '{key}'")
    return quota


def _exceeded(quota: QuotaUsage, needed: int, key: str, unit: str) -> Iterator[CheckProblem]:
    if quota.free is not None and needed > quota.free:
        # A stack's delete keeps the volumes of its etcd.
        left = "; deleted clusters may have left some: 'openstack volume list'" if key in _LEFT else ""
        yield CheckProblem(
            f"{unit}: {needed} more needed, {max(quota.free, 0)} free ({quota.used} of {quota.limit} used)",
            f"ask for a quota '{key}' of at least {quota.used + needed}, or use less{left}",
        )


def _cores(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    needed = _of_flavors(facts, wanted, lambda flavor: flavor.vcpus)
    yield from _exceeded(_quota(facts, "compute", "cores"), needed, "cores", "vCPUs")


def _ram(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    needed = _of_flavors(facts, wanted, lambda flavor: flavor.ram)
    yield from _exceeded(_quota(facts, "compute", "ram"), needed, "ram", "MiB of RAM")


def _of_flavors(facts: Facts, wanted: Wanted, amount: Callable[[Flavor], int]) -> int:
    """What servers take more, zone by zone: one that moves to another is made before the old one goes."""
    flavors = known(facts.flavors)
    found: Mapping[str, Flavor] = {f.name: f for f in flavors} | {f.id: f for f in flavors}
    by_zone: Counter[str | None] = Counter()
    for place, count in wanted.more.servers.items():
        if place.flavor in found:
            by_zone[place.zone] += count * amount(found[place.flavor])
        elif count > 0:
            raise UnknownFactError(f"flavor '{place.flavor}' does not exist")
    return sum(max(needed, 0) for needed in by_zone.values())


def _has_servers(wanted: Wanted) -> bool:
    return any(count > 0 for count in wanted.more.servers.values())


def _members(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    quota, largest = _quota(facts, "compute", "server_group_members"), wanted.total.largest_server_group
    if quota.limit != UNLIMITED and largest > quota.limit:
        yield CheckProblem(
            f"{largest} servers are in one server group; {quota.limit} are allowed",
            f"ask for a quota 'server-group-members' of at least {largest}, split the node group, or set its "
            "'server_group_policy' to null",
        )


def _has_groups(wanted: Wanted) -> bool:
    return wanted.total.largest_server_group > 0


def _volume_types(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    quotas = known(facts.volume)
    for kind, volumes in sorted(_by_name(wanted.more.volumes, facts).items()):
        yield from _of_type(quotas, f"volumes_{kind}", volumes, f"volumes of type '{kind}'")
    for kind, gigabytes in sorted(_by_name(wanted.more.gigabytes, facts).items()):
        yield from _of_type(quotas, f"gigabytes_{kind}", gigabytes, f"GiB of type '{kind}'")


def _of_type(quotas: Quotas, key: str, needed: int, unit: str) -> Iterator[CheckProblem]:
    if key in quotas:
        yield from _exceeded(quotas[key], needed, key, unit)


def _by_name(counts: Mapping[str | None, int], facts: Facts) -> Counter[str]:
    """Counts by the name of the type: a spec may have its id, or leave it to Cinder."""
    names = {kind.id: kind.name for kind in known(facts.volume_types)}
    total: Counter[str] = Counter()
    for kind, count in counts.items():
        total[known(facts.default_volume_type) if kind is None else names.get(kind, kind)] += count
    return total


def _more_volumes(wanted: Wanted) -> bool:
    return wants_volumes(wanted) and bool(wanted.more.volumes)


def _check(row: Row) -> Check:
    what = f"the project's quota of {row.unit} suffices"
    return Check(row.id, what, partial(_needed, row), partial(_judge, row))


CHECKS = (
    Check("quota-cores", "the project's quota of vCPUs suffices", _has_servers, _cores),
    Check("quota-ram", "the project's quota of RAM suffices", _has_servers, _ram),
    Check("server-group-members", "no server group has more members than allowed", _has_groups, _members),
    *(_check(row) for row in ROWS),
    Check("quota-volume-types", "quotas of single volume types suffice", _more_volumes, _volume_types),
)

"""Asks Octavia."""

from __future__ import annotations

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.preflight.facts import Quotas, QuotaUsage
from jeroboam.deploy.preflight.gather.queries import UnusableAnswerError, every, get

_BALANCER = {
    "load_balancer": "loadbalancer",
    "listener": "listener",
    "pool": "pool",
    "member": "member",
    "health_monitor": "healthmonitor",
}


def providers(cloud: Cloud) -> tuple[str, ...]:
    """Octavia's providers by name, none where the cloud has no Octavia."""
    if cloud.sdk.endpoint_for("load-balancer") is None:
        return ()
    return tuple(raw["name"] for raw in every(cloud.sdk.load_balancer, "/lbaas/providers", "providers"))


def balancer_quotas(cloud: Cloud) -> Quotas:
    """Octavia's limits; what is used is counted only where there is a limit."""
    if cloud.sdk.endpoint_for("load-balancer") is None:
        raise UnusableAnswerError("the cloud has no load-balancer service")
    service, project = cloud.sdk.load_balancer, cloud.sdk.session.get_project_id()
    limits = get(service, f"/lbaas/quotas/{project}")["quota"]
    found = {name: limits.get(name, limits.get(older)) for name, older in _BALANCER.items()}
    known = {name: int(limit) for name, limit in found.items() if limit is not None}
    if all(limit < 0 for limit in known.values()):
        return {name: QuotaUsage(limit, 0) for name, limit in known.items()}
    balancers = list(every(service, "/lbaas/loadbalancers", "loadbalancers", project_id=project))
    pools = list(every(service, "/lbaas/pools", "pools", project_id=project))
    used = {
        "load_balancer": len(balancers),
        "listener": sum(len(balancer.get("listeners") or ()) for balancer in balancers),
        "pool": len(pools),
        "member": sum(len(pool.get("members") or ()) for pool in pools),
        "health_monitor": sum(bool(pool.get("healthmonitor_id")) for pool in pools),
    }
    return {name: QuotaUsage(limit, used[name]) for name, limit in known.items()}

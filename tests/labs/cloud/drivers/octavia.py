"""A provider for Octavia without balancers, and the agent that reports whatever is pending as done.

Octavia's own noop provider leaves each object in PENDING_* for ever; providers report by an agent, so does
this one. The VIP is a real Neutron port, which Octavia itself makes where a provider declines.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from octavia.api.drivers.noop_driver import driver as noop
from octavia.db import api as database
from octavia.db import models
from octavia_lib.api.drivers import driver_lib, exceptions
from oslo_config import cfg

from tests.labs.cloud.drivers.faults import InjectedFaultError, suffer

LOG = logging.getLogger(__name__)
PAUSE_SECONDS = 0.3
DONE = {
    "PENDING_CREATE": ("ACTIVE", "ONLINE"),
    "PENDING_UPDATE": ("ACTIVE", "ONLINE"),
    "PENDING_DELETE": ("DELETED", "OFFLINE"),
}
"""Provisioning and operating status that follow each pending one."""


class NoBalancers(noop.NoopProviderDriver):  # type: ignore[misc]
    """Says yes to everything."""

    def create_vip_port(self, *_: Any, **__: Any) -> Any:
        raise exceptions.NotImplementedError


def agent(ended: Any) -> None:
    """What octavia-driver-agent runs until `ended` is set."""
    paths = cfg.CONF.driver_agent
    library = driver_lib.DriverLibrary(
        status_socket=paths.status_socket_path,
        stats_socket=paths.stats_socket_path,
        get_socket=paths.get_socket_path,
    )
    while not ended.wait(PAUSE_SECONDS):
        try:
            for report in _reports():
                library.update_loadbalancer_status(report)
        except Exception:
            LOG.exception("load balancers stay as they are")


def _reports() -> list[dict[str, Any]]:
    """One for each load balancer with something pending. Fault point `octavia`, by load balancer name."""
    pending = models.LoadBalancer.provisioning_status.like("PENDING%")
    session = database.get_session()
    with session.begin():
        return [_report(balancer) for balancer in session.query(models.LoadBalancer).filter(pending)]


def _report(balancer: Any) -> dict[str, Any]:
    done = dict(DONE)
    try:
        suffer("octavia", balancer.name)
    except InjectedFaultError:
        done["PENDING_CREATE"] = done["PENDING_UPDATE"] = ("ERROR", "ERROR")
    report: dict[str, Any] = {}
    for kind, item in _tree(balancer):
        if item.provisioning_status in done:
            provisioning, operating = done[item.provisioning_status]
            state = {"id": item.id, "provisioning_status": provisioning, "operating_status": operating}
            report.setdefault(kind, []).append(state)
    return report


def _tree(balancer: Any) -> Iterator[tuple[str, Any]]:
    """All that hangs from a load balancer, by the names that a status report has for each kind."""
    for listener in balancer.listeners:
        yield "listeners", listener
        for policy in listener.l7policies:
            yield "l7policies", policy
            for rule in policy.l7rules:
                yield "l7rules", rule
    for pool in balancer.pools:
        yield "pools", pool
        for member in pool.members:
            yield "members", member
        if pool.health_monitor:
            yield "healthmonitors", pool.health_monitor
    yield "loadbalancers", balancer

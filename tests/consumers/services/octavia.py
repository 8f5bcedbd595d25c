"""Octavia's own checks of requests: its types, and what the provider of the load balancer supports."""

from __future__ import annotations

from typing import Any
from unittest import mock

from octavia.api.drivers.amphora_driver.v2.driver import AmphoraProviderDriver
from octavia.api.v2.controllers import health_monitor as monitors
from octavia.api.v2.controllers import listener as listeners
from octavia.api.v2.types import health_monitor, listener, load_balancer, member, pool
from octavia.common import config, validate
from octavia_lib.api.drivers import data_models
from ovn_octavia_provider.driver import OvnProviderDriver
from wsme.rest.json import fromjson

from tests.consumers.services.judging import Judge, judged
from tests.consumers.services.lines import answer

VIP = "198.18.0.1"
"""Heat asks for none, so it is of the family of the subnet."""


class _Ovn(OvnProviderDriver):  # type: ignore[misc]
    def __init__(self) -> None:
        self._ovn_helper = mock.Mock(**{"_find_ovn_lb_by_pool_id.return_value": (None, None)})


class _Amphora(AmphoraProviderDriver):  # type: ignore[misc]
    def __init__(self) -> None:
        self.client, self.fernet = mock.Mock(), mock.Mock()


class Cluster:
    """One stack's load balancer; its first request chooses the driver, Octavia's own unless it says ovn."""

    def __init__(self) -> None:
        self.driver: Any = None

    def judges(self) -> dict[str, Judge]:
        return {
            "/v2.0/lbaas/loadbalancers": self.balancer,
            "/v2.0/lbaas/listeners": self.listener,
            "/v2.0/lbaas/pools": self.pool,
            "/v2.0/lbaas/pools/[^/]+/members": self.member,
            "/v2.0/lbaas/healthmonitors": self.monitor,
        }

    def balancer(self, request: dict[str, Any]) -> None:
        given = fromjson(load_balancer.LoadBalancerRootPOST, request["body"]).loadbalancer
        self.driver = _Ovn() if given.provider == "ovn" else _Amphora()

    def listener(self, request: dict[str, Any]) -> None:
        fromjson(listener.ListenerRootPOST, request["body"])
        body = request["body"]["listener"]
        controller = listeners.ListenersController
        vip = mock.Mock(sg_ids=[])
        controller._validate_cidr_compatible_with_vip(None, vip, [VIP], body.get("allowed_cidrs") or [])
        self.driver.listener_create(data_models.Listener.from_dict(body))

    def pool(self, request: dict[str, Any]) -> None:
        fromjson(pool.PoolRootPOST, request["body"])
        self.driver.pool_create(data_models.Pool.from_dict(request["body"]["pool"]))

    def member(self, request: dict[str, Any]) -> None:
        fromjson(member.MemberRootPOST, request["body"])
        body = request["body"]["member"]
        validate.ip_not_reserved(body["address"])
        if isinstance(self.driver, _Ovn):
            self.driver.member_create(data_models.Member.from_dict(body))

    def monitor(self, request: dict[str, Any]) -> None:
        fromjson(health_monitor.HealthMonitorRootPOST, request["body"])
        body = request["body"]["healthmonitor"]
        monitors.HealthMonitorController._validate_create_hm(
            mock.Mock(), mock.Mock(), {**body, "rise_threshold": body.get("max_retries")}
        )
        self.driver.health_monitor_create(data_models.HealthMonitor.from_dict(body))


if __name__ == "__main__":
    config.cfg.CONF([], project="octavia", default_config_files=[])
    answer(lambda requests: judged(requests, Cluster().judges()))

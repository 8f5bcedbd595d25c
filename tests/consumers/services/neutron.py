"""Neutron's own checks of requests: its extensions' attributes, its limits, what it tells things by."""

from __future__ import annotations

from typing import Any

import neutron.extensions
from neutron.api.extensions import ExtensionManager
from neutron.api.v2.base import Controller
from neutron.common import config
from neutron.common.ovn import extensions as ovn
from neutron.conf.extensions import allowedaddresspairs as pairs
from neutron.db import l3_db  # noqa: F401  (its models have standard attributes)
from neutron.db.db_base_plugin_v2 import NeutronDbPluginV2
from neutron.db.securitygroups_db import SecurityGroupDbMixin
from neutron_lib.api import attributes
from neutron_lib.context import Context
from oslo_config import cfg

from tests.consumers.services.judging import Judge, judged
from tests.consumers.services.lines import answer

SUBNETS = object.__new__(NeutronDbPluginV2)
RULES = object.__new__(SecurityGroupDbMixin)
"""Their methods that are asked here need nothing of a plug-in that is set up."""


class Cluster:
    """What one stack has asked for, to be compared with what comes."""

    def __init__(self) -> None:
        self.rules: dict[str, str] = {}
        self.floating: dict[str, str] = {}

    def judges(self) -> dict[str, Judge]:
        return {
            "/v2.0/networks": _prepared("network"),
            "/v2.0/subnets": self.subnet,
            "/v2.0/routers": _prepared("router"),
            "/v2.0/routers/[^/]+/add_router_interface": lambda _: None,
            "/v2.0/ports": self.port,
            "/v2.0/security-groups": _prepared("security_group"),
            "/v2.0/security-group-rules": self.rule,
            "/v2.0/floatingips": self.floating_ip,
            "/v2.0/floatingips/[^/]+": self.association,
        }

    def subnet(self, request: dict[str, Any]) -> None:
        SUBNETS._validate_subnet(None, _prepared("subnet")(request))

    def port(self, request: dict[str, Any]) -> None:
        found = _prepared("port")(request).get("allowed_address_pairs") or []
        if isinstance(found, list) and len(found) > cfg.CONF.max_allowed_address_pair:
            raise ValueError(f"{len(found)} pairs, above max_allowed_address_pair")

    def rule(self, request: dict[str, Any]) -> None:
        rule = _prepared("security_group_rule")(request)
        RULES._validate_base_security_group_rule_attributes(rule)
        _once(self.rules, RULES._rule_to_key(rule), request)

    def floating_ip(self, request: dict[str, Any]) -> None:
        _once(self.floating, _prepared("floatingip")(request)["port_id"], request)

    def association(self, request: dict[str, Any]) -> None:
        _once(self.floating, _prepared("floatingip", new=False)(request)["port_id"], request)


def _once(known: dict[str, str], key: str, request: dict[str, Any]) -> None:
    if known.setdefault(key, request["resource"]) != request["resource"]:
        raise ValueError(f"is one with {known[key]}")


def _prepared(kind: str, *, new: bool = True) -> Any:
    def prepare(request: dict[str, Any]) -> Any:
        caller = Context(user_id="user", project_id="project")
        body = request["body"]
        return Controller.prepare_request_body(caller, body, new, kind, attributes.RESOURCES[f"{kind}s"])[
            kind
        ]

    return prepare


def main() -> None:
    config.register_common_config_options()
    config.init([], default_config_files=[])
    pairs.register_allowed_address_pair_opts()
    manager = ExtensionManager(neutron.extensions.__path__[0])
    known = {*ovn.ML2_SUPPORTED_API_EXTENSIONS, *ovn.ML2_SUPPORTED_API_EXTENSIONS_OVN_L3}
    manager.extensions = {alias: one for alias, one in manager.extensions.items() if alias in known}
    manager.extend_resources("2.0", attributes.RESOURCES)
    answer(lambda requests: judged(requests, Cluster().judges()))


if __name__ == "__main__":
    main()

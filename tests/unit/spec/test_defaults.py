"""Defaults: from the schema, and the few that depend on other properties."""

from __future__ import annotations

from ipaddress import IPv4Network

from jeroboam.spec.front_end import properties
from jeroboam.spec.types import BackendSpec
from tests.unit.spec.specs import BASE, codes, spec_of


def test_base_is_clean() -> None:
    assert codes() == []


def test_plain_defaults() -> None:
    spec = spec_of().spec
    assert spec.arch == "amd64"
    assert spec.masters.count == 1
    assert spec.network.cidr == IPv4Network("10.0.0.0/24")
    assert spec.heat.template_version == "2018-08-31"
    assert spec.timeouts.create_minutes == 60
    assert spec.masters.node.server_group_policy == "soft-anti-affinity"
    assert spec.masters.node.image == "ubuntu-24.04"
    assert spec.network.ssh_allowed_cidrs == ()
    assert spec.options["service_cidr"] == "10.254.0.0/16"


def test_null_is_the_default_except_where_it_is_a_value() -> None:
    masters = {"flavor": "f", "count": None, "server_group_policy": None, "node_labels": None}
    spec = spec_of(masters=masters).spec
    assert spec.masters.count == 1
    assert spec.masters.node.server_group_policy is None
    assert spec.masters.node.node_labels == {}


def test_null_does_not_excuse_an_unknown_property() -> None:
    assert codes(network={**BASE["network"], "mut": None}) == ["JB0201"]


def test_load_balancer_follows_the_masters() -> None:
    assert spec_of().spec.api.load_balancer is False
    assert spec_of(masters={"flavor": "f", "count": 3}).spec.api.load_balancer is True
    api = {"load_balancer": False, "dns_name": "a.b"}
    assert spec_of(masters={"flavor": "f", "count": 3}, api=api).spec.api.load_balancer is False


def test_floating_ip_follows_the_network() -> None:
    assert spec_of().spec.api.floating_ip is True
    assert spec_of(network={"router": "r"}).spec.api.floating_ip is False
    assert codes(network={"router": "r"}) == ["JB0322"]
    assert codes(network={"router": "r"}, api={"floating_ip": False}) == []


def test_no_range_is_assumed_for_an_existing_subnet() -> None:
    network = {"fixed_network": "n", "fixed_subnet": "s"}
    api = {"floating_ip": False}
    assert spec_of(network=network, api=api).spec.network.cidr is None
    stated = spec_of(network={**network, "cidr": "192.168.0.0/24"}, api=api)
    assert stated.spec.network.cidr == IPv4Network("192.168.0.0/24")


def test_backend_only_with_flannel() -> None:
    assert spec_of().spec.container_network.backend == BackendSpec("vxlan", None, None, None, None)
    assert spec_of(container_network={"driver": "calico"}).spec.container_network.backend is None


def test_shown_is_complete_and_in_the_schemas_order() -> None:
    data = properties(spec_of(coe="swarm"))
    assert list(data)[:4] == ["spec_version", "kind", "name", "tags"]
    assert "kubernetes" not in data
    assert "mesos" not in data
    assert data["swarm"] == {
        "availability_of_managers": "active",
        "autolock": False,
        "default_address_pools": ["10.32.0.0/12"],
        "task_history_limit": 5,
    }

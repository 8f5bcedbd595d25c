"""What is drawn is what the template has: compared with the template itself, read another way."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from jeroboam.hot.flat import Templates
from jeroboam.spec.metadata import GROUP_METADATA
from jeroboam.topology import topology
from jeroboam.topology.types import GroupKind, SenderKind
from tests.support import hot
from tests.support.cases import CASES, Case, compiled
from tests.unit.hot.compiled import template
from tests.unit.topology.samples import BASTION, DIVERSE, HA, of_case

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)


def resources(case: Case) -> dict[str, Any]:
    bundle = compiled(case.spec)
    found: dict[str, Any] = hot.parse(bundle.files[bundle.hot])["resources"]
    return found


def of_type(case: Case, kind: str) -> list[dict[str, Any]]:
    return [r.get("properties", {}) for r in resources(case).values() if r["type"] == kind]


@EVERY_CASE
def test_every_server_is_in_a_group_and_every_volume_in_its(case: Case) -> None:
    found = of_case(case)
    servers = of_type(case, "OS::Nova::Server")
    assert sum(len(group.indexes) for group in found.groups) == len(servers)
    by_group = Counter(server["metadata"][GROUP_METADATA] for server in servers)
    assert {group.name: len(group.indexes) for group in found.groups} == by_group
    drawn = Counter((d.purpose, d.size) for g in found.groups for d in g.disks for _ in g.indexes)
    boots = [d["volume_size"] for s in servers for d in s.get("block_device_mapping_v2", ())]
    data = [(v["name"].rpartition("-")[2], v["size"]) for v in of_type(case, "OS::Cinder::Volume")]
    assert drawn == Counter([*(("boot", size) for size in boots), *data])


@EVERY_CASE
def test_every_rule_is_an_open_port(case: Case) -> None:
    rules = of_type(case, "OS::Neutron::SecurityGroupRule")
    ports = of_case(case).ports
    assert len(ports) == len(rules)
    for port, rule in zip(ports, rules, strict=True):
        assert rule["security_group"] == {"get_resource": f"{port.to}-security-group"}
        first, last = rule.get("port_range_min", ""), rule.get("port_range_max", "")
        assert port.ports == (str(first) if first == last else f"{first}-{last}")
        assert (port.protocol, port.description) == (rule["protocol"], rule["description"])
        prefix = rule.get("remote_ip_prefix")
        assert (port.sender_kind is SenderKind.ANYONE) == (prefix in ("0.0.0.0/0", "::/0"))
        if port.sender_kind is SenderKind.RANGE:
            assert port.sender == prefix
        if "remote_group" in rule:
            assert rule["remote_group"]["get_resource"].startswith(port.sender.removesuffix("s"))


@EVERY_CASE
def test_every_resource_is_in_a_row_and_needs_rows(case: Case) -> None:
    rows = of_case(case).resources
    names = {row.name for row in rows}
    assert len(names) == len(rows)
    assert sum(row.count for row in rows) == len(resources(case))
    assert all(set(row.needs) <= names - {row.name} for row in rows)
    whole = {row.name.replace("#", str(i)) for row in rows for i in row.indexes or (0,)}
    assert whole == set(resources(case))


@EVERY_CASE
def test_floating_ips_and_networks_are_all_there(case: Case) -> None:
    found = of_case(case)
    kinds = ("OS::Neutron::FloatingIP", "OS::Neutron::FloatingIPAssociation")
    count = sum(len(of_type(case, kind)) for kind in kinds)
    of_balancer = found.api.balancer is not None and found.api.floating_ip
    assert count == sum(group.floating_ips for group in found.groups) + of_balancer
    ports = [p for p in of_type(case, "OS::Neutron::Port") if p["name"].rpartition("-")[2].startswith("port")]
    assert len(ports) == sum(len(group.networks) * len(group.indexes) for group in found.groups)
    assert found.network.own == bool(of_type(case, "OS::Neutron::Net"))
    assert (found.api.balancer is not None) == bool(of_type(case, "OS::Octavia::LoadBalancer"))


@pytest.mark.parametrize("case", DIVERSE, ids=str)
def test_the_layout_does_not_matter(case: Case) -> None:
    """But for dependencies between templates, which are their holders'."""
    single, nested = of_case(case), of_case(case, "nested")
    for field in ("network", "api", "groups", "ports", "external", "router", "version", "description"):
        assert getattr(nested, field) == getattr(single, field)
    assert [(r.name, r.indexes) for r in nested.resources] == [(r.name, r.indexes) for r in single.resources]


def test_a_cluster_as_a_reader_knows_it() -> None:
    found = of_case(HA)
    assert found.summary == "kubernetes 1.36.5 on ubuntu · 3 masters, 5 workers in 2 groups"
    assert found.description == "Production cluster of the payments team"
    assert (found.external, found.router, found.own_router) == ("public", "payments", True)
    assert (found.network.name, found.network.cidr) == ("payments", "10.20.0.0/24")
    assert found.network.nameservers == ("9.9.9.9", "1.1.1.1")
    api = found.api
    assert (api.scheme, api.port, api.balancer, api.floating_ip) == ("https", "6443", "amphora", True)
    assert api.allowed == ("nodes' subnet", "192.0.2.0/24", "198.51.100.7/32")
    master, default, gpu = found.groups
    assert (master.flavor, master.image, master.zones) == ("m1.large", "ubuntu-24.04", ("az1", "az2", "az3"))
    assert [(d.purpose, d.size, d.type) for d in master.disks] == [("boot", 40, "ssd"), ("etcd", 20, "ssd")]
    assert (default.indexes, gpu.indexes) == ((0, 1, 2), (0, 1))
    senders = {port.sender for port in found.ports}
    assert senders == {
        *("anyone", "masters", "workers", "containers", "nodes' subnet", "192.0.2.0/24", "198.51.100.7/32")
    }


def test_a_bastion_and_networks_that_were_there() -> None:
    found = of_case(BASTION)
    (bastion,) = found.of(GroupKind.BASTION)
    assert (bastion.floating_ips, bastion.zones) == (1, ("az1",))
    assert [(n.name, n.subnet) for n in found.existing_networks] == [
        ("storage", "storage-ipv4"),
        ("backup", ""),
    ]
    (ingress,) = found.of(GroupKind.WORKER)
    assert ingress.indexes == (0, 2)


def test_what_was_given_to_the_stack_goes_before_defaults() -> None:
    parsed = template()
    found = topology(Templates(parsed, {}, {"master_flavor": "huge", "out": "default-0"}))
    assert found
    assert found.groups[0].flavor == "huge"
    # A node that is taken out is still one of its group.
    assert [len(group.indexes) for group in found.groups] == [
        len(group.indexes) for group in (topology(Templates(parsed)) or found).groups
    ]


def test_another_program_s_template_has_none() -> None:
    assert topology(Templates({"heat_template_version": "2018-08-31", "resources": {}})) is None
    assert topology(Templates({"resources": {"a": {"type": "OS::Nova::Server"}}, "outputs": {}})) is None


def test_ports_without_security_are_said() -> None:
    parsed = template(network={"external_network": "public", "port_security": False})
    found = topology(Templates(parsed))
    assert found
    assert not found.network.secured
    assert found.ports == ()

"""What templates add up to, and what one asks for beyond another."""

from __future__ import annotations

from pathlib import Path

import pytest

from jeroboam.deploy.preflight import nested_templates, templates
from jeroboam.deploy.resource_totals import Demand, Placement, demand, resource_types
from jeroboam.pipeline import compile_spec
from tests.support.cases import GOLDEN

EVERYTHING = GOLDEN / "kubernetes/ubuntu/everything/cluster.yaml"
SPEC = """\
spec_version: 1
kind: cluster
name: demo
coe: kubernetes
distro: ubuntu
image: ubuntu-24.04
keypair: ops
network: {{external_network: public, api_allowed_cidrs: [192.0.2.0/24]}}
masters: {{flavor: m1.medium}}
node_groups:
  - {{name: default, flavor: {flavor}, count: {count}, availability_zones: [{zones}]}}
"""


def asked(path: Path, layout: str = "single") -> Demand:
    found = compile_spec(str(path), layout=layout).value
    assert found is not None
    return demand(*templates(found.bundle))


def of(count: int = 2, flavor: str = "m1.large", zones: str = "") -> Demand:
    text = SPEC.format(count=count, flavor=flavor, zones=zones)
    found = compile_spec("-", stdin=text.encode()).value
    assert found is not None
    return demand(*templates(found.bundle))


def test_a_cluster_adds_up() -> None:
    total = asked(EVERYTHING)
    assert total.servers == {
        Placement("m1.large", "az1"): 1,
        Placement("m1.large", "az2"): 1,
        Placement("m1.large", "az3"): 1,
        Placement("m1.xlarge", "az1"): 2,
        Placement("m1.xlarge", "az2"): 1,
        Placement("m1.large", None): 2,
    }
    # Boot (3 x 50), container (3 x 60 and 3 x 100) and etcd volumes (3 x 20).
    assert total.volumes == {"ssd": 9, "nvme": 3}
    assert total.gigabytes == {"ssd": 630, "nvme": 60}
    assert total.largest_volume == 100
    assert (total.instances, total.ports, total.floating_ips, total.router_interfaces) == (8, 8, 6, 1)
    assert (total.networks, total.subnets, total.routers, total.security_groups) == (1, 1, 1, 2)
    assert (total.load_balancers, total.listeners, total.pools) == (1, 1, 1)
    assert (total.members, total.health_monitors) == (3, 1)
    assert (total.server_groups, total.largest_server_group, total.most_metadata) == (2, 3, 4)


@pytest.mark.parametrize("layout", ["single", "nested"])
def test_further_ports_are_told_apart(layout: str) -> None:
    """One of the master's, two of each of two nodes; and the bastion's own."""
    total = asked(GOLDEN / "swarm/ubuntu/bastion/cluster.yaml", layout)
    assert (total.ports, total.further_ports) == (9, 5)


def test_the_nested_layout_asks_for_the_same_but_for_its_own_size() -> None:
    single, nested = asked(EVERYTHING), asked(EVERYTHING, "nested")
    for name in ("servers", "volumes", "gigabytes", "ports", "floating_ips", "security_group_rules"):
        assert getattr(nested, name) == getattr(single, name), name
    assert nested.resources == single.resources + 2
    assert nested.template_characters < single.template_characters


def test_a_given_parameter_goes_before_its_default() -> None:
    found = compile_spec(str(EVERYTHING)).value
    assert found is not None
    root, children = templates(found.bundle)
    given = demand(root, children, {"edge_flavor": "m1.tiny", "master_etcd_volume_type": "ssd"})
    assert given.servers[Placement("m1.tiny", None)] == 2
    assert given.volumes == {"ssd": 12}


def test_only_what_is_present_counts() -> None:
    found = compile_spec(str(EVERYTHING)).value
    assert found is not None
    root, children = templates(found.bundle)
    there = demand(root, children, present=frozenset({"network", "master-0", "master-0-port"}))
    assert (there.networks, there.ports, there.instances, there.subnets) == (1, 1, 1, 0)


def test_a_grown_group_asks_for_its_new_nodes_alone() -> None:
    more = of(5) - of(2)
    assert more.servers == {Placement("m1.large", None): 3}
    assert (more.instances, more.ports, more.networks, more.server_groups) == (3, 3, 0, 0)


def test_a_shrunk_group_asks_for_nothing() -> None:
    more = of(2) - of(5)
    assert (more.instances, more.ports) == (0, 0)


def test_a_resize_asks_for_no_server_but_says_what_changes() -> None:
    more = of(2, "m1.xlarge") - of(2, "m1.large")
    assert more.servers == {Placement("m1.xlarge", None): 2, Placement("m1.large", None): -2}
    assert more.instances == 0


def test_a_move_to_another_zone_needs_the_new_servers_first() -> None:
    assert (of(2, zones="az2") - of(2, zones="az1")).instances == 2


def test_of_a_stacks_files_only_templates_are_read() -> None:
    template = '{"heat_template_version": "2018-08-31", "resources": {}}'
    files = {
        "file:///nested/a.yaml": template,
        "file:///secrets.yaml": "parameters: {a: b}",
        "x": "",
        "y": "[: {",
    }
    assert list(nested_templates(files)) == ["file:///nested/a.yaml"]


def test_types_are_heats_own() -> None:
    found = compile_spec(str(EVERYTHING), layout="nested").value
    assert found is not None
    types = resource_types(*templates(found.bundle))
    assert "OS::Nova::Server" in types
    assert all(name.startswith("OS::") for name in types)


@pytest.mark.parametrize("case", ["swarm/flatcar/minimal", "mesos/ubuntu/minimal"])
def test_every_coe_adds_up(case: str) -> None:
    total = asked(GOLDEN / case / "cluster.yaml")
    assert total.instances == total.ports > 0

"""A bastion, and floating IPs that are there already, on the real cloud: before a cluster and after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.nodes import playing
from tests.cloud.stacks import belongings

pytestmark = pytest.mark.cloud


def _ssh(network: Any, name: str) -> set[str]:
    """Who reaches port 22 of those in a security group: ranges, and names of groups."""
    names = {group.id: group.name for group in network.security_groups()}
    (group,) = (id_ for id_, called in names.items() if called == name)
    return {
        rule.remote_ip_prefix or names[rule.remote_group_id]
        for rule in network.security_group_rules(security_group_id=group, port_range_min=22)
    }


def test_logins_go_through_a_bastion_and_addresses_stay(demo: Any, tmp_path: Path) -> None:
    network, before = demo.network, belongings(demo)
    cluster = Cluster(tmp_path, "entrance", "swarm")
    external = network.find_network("public").id
    kept = [network.create_ip(floating_network_id=external) for _ in range(3)]
    given = [f"{{id: {ip.id}, address: {ip.floating_ip_address}}}" for ip in kept]

    def leads_to(*ports: str | None) -> None:
        names = [network.get_ip(ip).port_id for ip in kept]
        assert [id_ and network.get_port(id_).name for id_ in names] == list(ports)

    def says(nodes: int, group: str) -> None:
        bastion = f"bastion: {{flavor: m1.small, existing_floating_ip: {given[0]}}}\n"
        cluster.says(nodes=nodes, group=group, more=bastion)

    try:
        says(1, f", existing_floating_ips: [{given[1]}]")
        with gone_afterwards(cluster), playing(cluster.name) as said:
            made = cluster.deploy()
            assert made.code == 0, made.text
            assert f"bastion_address: {kept[0].floating_ip_address}" in made.out
            assert f"ssh -J USER@{kept[0].floating_ip_address} USER@" in cluster.run("status", "entrance").out
            leads_to("entrance-bastion", "entrance-default-0", None)
            assert _ssh(network, "entrance-bastion") == {"192.0.2.0/24"}
            assert (
                _ssh(network, "entrance-master") == _ssh(network, "entrance-worker") == {"entrance-bastion"}
            )
            assert {one.node for one in said} == {"entrance-master-0", "entrance-default-0"}
            assert "nothing to do" in cluster.deploy().err

            # A node takes the place of another, with an address of its own.
            says(1, f", retired: [0], existing_floating_ips: [{given[1]}, {given[2]}]")
            moved = cluster.deploy()
            assert moved.code == 0, moved.text
            leads_to("entrance-bastion", None, "entrance-default-1")

            # That goes along within an update is a race, as the plan says.
            says(1, f", retired: [0, 1], existing_floating_ips: [{given[1]}, {given[2]}, {given[2]}]")
            planned = cluster.run("diff", cluster.spec.name, cluster.name)
            assert f"the floating IP {kept[2].id} may lead nowhere" in planned.text
            assert cluster.delete("--volumes").code == 0
        leads_to(None, None, None)
    finally:
        for ip in kept:
            network.delete_ip(ip)
    assert belongings(demo) == before

"""A node is taken out of a stack and put back by the parameter `out`: made anew, with what is its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.nodes import playing
from tests.cloud.stacks import taken_out

pytestmark = pytest.mark.cloud


def _node(demo: Any, name: str) -> dict[str, Any]:
    """What a node is made of: its server, its port and address, and the volumes that are attached."""
    server = demo.compute.find_server(name)
    (port,) = demo.network.ports(name=name)
    volumes = [volume for volume in demo.block_storage.volumes() if volume.name.startswith(name)]
    return {
        "server": server.id if server else None,
        "port": port.id,
        "address": port.fixed_ips[0]["ip_address"],
        "device": port.device_id,
        "volumes": {volume.name: (volume.id, volume.status) for volume in volumes},
    }


@pytest.mark.long
@pytest.mark.parametrize("layout", ["single", "nested"])
def test_a_node_goes_out_and_comes_in_with_port_address_and_volumes(
    demo: Any, tmp_path: Path, layout: str
) -> None:
    cluster = Cluster(tmp_path, f"out-{layout}")
    volumes = ", docker_volume: {size: 5}"
    cluster.says(nodes=2, group=volumes, more=f"heat: {{layout: {layout}}}\n")
    with gone_afterwards(cluster), playing(cluster.name):
        assert cluster.deploy().code == 0
        names = [f"{cluster.name}-{node}" for node in ("default-0", "default-1", "master-0")]
        before = {name: _node(demo, name) for name in names}
        for node in ("default-0", "master-0"):
            name = f"{cluster.name}-{node}"
            taken_out(demo.orchestration, cluster.name, node)
            while_out = _node(demo, name)
            assert while_out["server"] is None
            assert (while_out["port"], while_out["address"]) == (
                before[name]["port"],
                before[name]["address"],
            )
            assert while_out["device"] == ""
            assert {status for _, status in while_out["volumes"].values()} <= {"available"}
            taken_out(demo.orchestration, cluster.name)
            after = _node(demo, name)
            assert after["server"] not in (None, before[name]["server"])
            assert after | {"server": None, "device": None} == before[name] | {"server": None, "device": None}
        assert _node(demo, names[1]) == before[names[1]], "the others stay as they are"


@pytest.mark.long
@pytest.mark.parametrize("layout", ["single", "nested"])
def test_a_changed_flavor_reaches_servers_one_after_another(demo: Any, tmp_path: Path, layout: str) -> None:
    cluster = Cluster(tmp_path, f"held-{layout}")
    more = f"heat: {{layout: {layout}}}\n"
    names = [f"{cluster.name}-default-{index}" for index in range(2)]

    def flavors() -> list[str]:
        found = [demo.compute.find_server(name) for name in names]
        return [demo.compute.get_server(server.id).flavor.name for server in found]

    def behind() -> list[str]:
        told = json.loads(cluster.run("status", cluster.name, "--format", "json").out)
        return [node["name"] for node in told["nodes"] if node["behind"]]

    cluster.says(nodes=2, more=more)
    with gone_afterwards(cluster), playing(cluster.name):
        assert cluster.deploy().code == 0
        made = [demo.compute.find_server(name).id for name in names]
        other = cluster.spec.read_text(encoding="utf-8").replace(
            "count: 2, flavor: m1.medium", "count: 2, flavor: m1.small"
        )
        cluster.spec.write_text(other, encoding="utf-8")
        kept = cluster.deploy()
        assert kept.code == 0, kept.text
        assert "2 servers keep flavor as they are, until made anew" in kept.err
        assert flavors() == ["m1.medium", "m1.medium"]
        assert behind() == names
        for number, name in enumerate(names):
            taken_out(demo.orchestration, cluster.name, f"default-{number}")
            assert cluster.deploy().code == 0
            assert behind() == names[number + 1 :], name
        assert flavors() == ["m1.small", "m1.small"]
        assert not {*made} & {demo.compute.find_server(name).id for name in names}
        assert "nothing to do" in cluster.deploy().err

"""`delete` on a real cloud: what is in the way is named, removed if asked to, and nothing else is touched."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.stacks import belongings

pytestmark = pytest.mark.cloud

MARKS = {"jeroboam-group": "default"}


def made(demo: Any, cluster: Cluster) -> dict[str, Any]:
    """Deploys without waiting for nodes; its servers by name, once they run."""
    done = cluster.deploy("--no-wait")
    assert done.code == 0, done.text
    wanted = {f"{cluster.name}-master-0", f"{cluster.name}-default-0"}
    until = time.monotonic() + 180
    while time.monotonic() < until:
        found = {s.name: s for s in demo.compute.servers() if s.name in wanted and s.status == "ACTIVE"}
        if set(found) == wanted:
            return found
        time.sleep(1)
    raise AssertionError(f"no servers of '{cluster.name}'")


def orphaned(demo: Any, cluster: Cluster, server: Any) -> Any:
    """Puts a server that the stack does not know in place of one of its own, as an engine's death does."""
    (port,) = demo.network.ports(device_id=server.id)
    demo.compute.delete_server(server)
    demo.compute.wait_for_delete(server)
    orphan = demo.compute.create_server(
        name=server.name,
        flavor_id=demo.compute.find_flavor("m1.medium").id,
        image_id=demo.image.find_image("ubuntu-24.04").id,
        networks=[{"port": port.id}],
        metadata={**MARKS, "jeroboam-cluster": cluster.name},
    )
    return demo.compute.wait_for_server(orphan)


def status(demo: Any, cluster: Cluster) -> str:
    answer = demo.orchestration.get(f"/stacks/{cluster.name}")
    found: str = answer.json()["stack"]["stack_status"] if answer.ok else "none"
    return found


def test_what_is_in_the_way_is_named_and_removed(demo: Any, tmp_path: Path) -> None:
    before = belongings(demo)
    cluster = Cluster(tmp_path, "blocked")
    text = cluster.spec.read_text(encoding="utf-8")
    cluster.spec.write_text(
        text.replace("count: 1, ", "count: 1, etcd_volume: {size: 5}, ", 1), encoding="utf-8"
    )
    with gone_afterwards(cluster):
        servers = made(demo, cluster)
        network = demo.network.find_network("blocked")
        subnet = demo.network.find_subnet("blocked")
        port = demo.network.create_port(network_id=network.id, name="by-hand")
        bastion = demo.compute.create_server(
            name="jump",
            flavor_id=demo.compute.find_flavor("m1.tiny").id,
            image_id=demo.image.find_image("ubuntu-24.04").id,
            networks=[{"uuid": network.id}],
        )
        demo.compute.wait_for_server(bastion)
        balancer = demo.load_balancer.create_load_balancer(
            name="kube_service_blocked_default_web", vip_subnet_id=subnet.id
        )
        volume = demo.block_storage.create_volume(
            size=1, name="pvc-1", metadata={"cinder.csi.openstack.org/cluster": "blocked"}
        )
        orphan = orphaned(demo, cluster, servers["blocked-default-0"])

        refused = cluster.delete()
        assert refused.code == 1, refused.text
        assert "nothing was deleted" in refused.err
        for command in (
            f"openstack loadbalancer delete --cascade {balancer.id}",
            f"openstack server delete {orphan.id}",
            f"openstack server remove port {bastion.id} ",
            f"openstack port delete {port.id}",
        ):
            assert command in refused.err
        assert not status(demo, cluster).startswith("DELETE")

        removed = cluster.delete("--cleanup")
        assert removed.code == 0, removed.text
        assert "kept: volume 'blocked-master-0-etcd'" in removed.err
        assert f"kept: volume 'pvc-1' ({volume.id}" in removed.err
        assert "nothing else is left in Nova, Neutron, Cinder and Octavia" in removed.err
        # It was on the cluster's network, and is no part of the cluster.
        assert demo.compute.get_server(bastion.id).status == "ACTIVE"
        demo.compute.delete_server(bastion.id)
        demo.compute.wait_for_delete(bastion)

        data = cluster.delete("--volumes")
        assert data.code == 0, data.text
        assert "there is no stack 'blocked'" in data.err
        assert belongings(demo) == before


def test_a_failed_delete_is_explained_and_finished(demo: Any, tmp_path: Path) -> None:
    before = belongings(demo)
    cluster = Cluster(tmp_path, "stuck")
    with gone_afterwards(cluster):
        orphan = orphaned(demo, cluster, made(demo, cluster)["stuck-default-0"])
        found = demo.orchestration.get("/stacks/stuck").json()["stack"]
        assert demo.orchestration.delete(f"/stacks/stuck/{found['id']}").status_code == 204
        until = time.monotonic() + 180
        while status(demo, cluster) != "DELETE_FAILED" and time.monotonic() < until:
            time.sleep(1)
        explained = cluster.delete()
        assert explained.code == 1, explained.text
        assert f"server 'stuck-default-0' ({orphan.id})" in explained.err
        finished = cluster.delete("--cleanup")
        assert finished.code == 0, finished.text
        assert belongings(demo) == before


def test_a_network_of_the_users_is_left_alone(demo: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "guest")
    network = demo.network.create_network(name="guest-house")
    subnet = demo.network.create_subnet(
        name="guest-house", network_id=network.id, ip_version=4, cidr="10.77.0.0/24"
    )
    router = demo.network.create_router(
        name="guest-house",
        external_gateway_info={"network_id": demo.network.find_network("public").id},
    )
    demo.network.add_interface_to_router(router, subnet_id=subnet.id)
    port = demo.network.create_port(network_id=network.id, name="by-hand")
    own = "network:\n  fixed_network: guest-house\n  fixed_subnet: guest-house\n  cidr: 10.77.0.0/24\n"
    cluster.spec.write_text(
        cluster.spec.read_text(encoding="utf-8").replace("network:\n", own, 1), encoding="utf-8"
    )
    before = belongings(demo)
    try:
        with gone_afterwards(cluster):
            made(demo, cluster)
            done = cluster.delete("--cleanup", "--volumes")
            assert done.code == 0, done.text
            assert "in the way" not in done.err
            assert belongings(demo) == before
    finally:
        demo.network.delete_port(port)
        demo.network.remove_interface_from_router(router, subnet_id=subnet.id)
        demo.network.delete_router(router)
        demo.network.delete_network(network)


def test_what_is_not_ours_is_refused(demo: Any, tmp_path: Path) -> None:
    body = {"stack_name": "strange", "template": {"heat_template_version": "2018-08-31"}}
    assert demo.orchestration.post("/stacks", json=body).status_code == 201
    cluster = Cluster(tmp_path, "strange")
    refused = cluster.delete()
    assert refused.code == 1, refused.text
    assert "the stack 'strange' has neither the tag 'jeroboam' nor" in refused.err
    done = cluster.delete("--foreign")
    assert done.code == 0, done.text
    assert status(demo, cluster) == "none"
    # Its name is free for the next one.
    assert demo.orchestration.post("/stacks", json=body).status_code == 201
    assert cluster.delete("--foreign").code == 0

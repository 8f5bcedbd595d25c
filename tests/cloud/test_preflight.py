"""`preflight` against a real cloud: what is missing, what is too small, what Heat would refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.labs.cloud import faults
from tests.labs.cloud.settings import Settings

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("preflight")]

OTHER = "jeroboam-other"


@pytest.fixture
def cluster(lab: Settings, tmp_path: Path) -> Cluster:
    return Cluster(tmp_path, "preflight", cloud=OTHER)


@pytest.fixture
def application(demo: Any, lab: Settings, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a user who logs in by an application credential."""
    user = demo.session.get_user_id()
    made = demo.identity.create_application_credential(user, "preflight")
    cloud = {
        "auth_type": "v3applicationcredential",
        "region_name": "RegionOne",
        "auth": {
            "auth_url": lab.auth_url,
            "application_credential_id": made.id,
            "application_credential_secret": made.secret,
        },
    }
    file = tmp_path / "clouds.json"
    file.write_text(json.dumps({"clouds": {"application": cloud}}), encoding="utf-8")
    yield {"OS_CLIENT_CONFIG_FILE": str(file), "OS_CLOUD": "application"}
    demo.identity.delete_application_credential(user, made.id)


def findings(cluster: Cluster, *words: str, **environment: str) -> dict[str, list[dict[str, Any]]]:
    """What is not ok, by the id of its check."""
    done = cluster.start("preflight", cluster.spec.name, "--format", "json", *words, **environment).wait()
    told = json.loads(done.out)
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in told:
        if finding["level"] != "ok":
            found.setdefault(finding["id"], []).append(finding)
    errors = [finding for finding in told if finding["level"] == "error"]
    assert done.code == (1 if errors else 0), done.text
    return found


@pytest.mark.plain
def test_a_cluster_that_fits_passes(cluster: Cluster) -> None:
    done = cluster.run("preflight", cluster.spec.name)
    assert done.code == 0, done.text
    assert "error[" not in done.out
    assert " checks passed, 0 failed" in done.err


@pytest.mark.plain
def test_all_that_is_missing_comes_at_once(cluster: Cluster) -> None:
    cluster.spec.write_text(
        """\
spec_version: 1
kind: cluster
name: preflight
coe: kubernetes
distro: ubuntu
image: ubuntu-24.04-hardened
keypair: nobody
network: {fixed_network: nowhere, fixed_subnet: nowhere, external_network: public}
masters: {flavor: m1.small, count: 3, etcd_volume: {size: 20, type: gold}, security_groups: [none]}
api: {load_balancer_provider: imaginary}
node_groups:
  - {name: default, flavor: m1.mediun, image: ubuntu-99, availability_zones: [az9]}
  - {name: twice, flavor: m1.medium, image: ubuntu-twice}
  - {name: old, flavor: m1.medium, image: ubuntu-20.04}
  - {name: wrong, flavor: m1.medium, image: flatcar}
""",
        encoding="utf-8",
    )
    found = findings(cluster)
    errors = {name: said for name, said in found.items() if said[0]["level"] == "error"}
    assert {name: said[0]["pointer"] for name, said in errors.items()} == {
        "image-exists": "/node_groups/0/image",
        "image-unique": "/node_groups/1/image",
        "image-active": "/node_groups/2/image",
        "image-distro": "/node_groups/2/image",
        "image-fits-flavor": "/masters/flavor",
        "flavor-exists": "/node_groups/0/flavor",
        "flavor-minimum": "/masters/flavor",
        "keypair-exists": "/keypair",
        "availability-zone": "/node_groups/0/availability_zones",
        "network-exists": "/network/fixed_network",
        "subnet-in-network": "/network/fixed_subnet",
        "security-groups": "/masters/security_groups/0",
        "volume-type": "/masters/etcd_volume/type",
        "load-balancer-provider": "/api/load_balancer_provider",
    }
    assert "these fit: m1.small" in errors["flavor-exists"][0]["hint"]
    assert "os_distro=flatcar" in errors["image-distro"][1]["message"]


def test_what_is_ignored_does_not_stop_anyone(cluster: Cluster) -> None:
    text = cluster.spec.read_text(encoding="utf-8").replace("keypair: ops", "keypair: nobody")
    cluster.spec.write_text(text, encoding="utf-8")
    assert set(findings(cluster)) > {"keypair-exists"}
    assert "keypair-exists" not in findings(cluster, "--ignore", "keypair-exists")


def test_every_quota_that_is_too_small_is_found(cluster: Cluster) -> None:
    cluster.says(masters=3, nodes=2, more="  - {name: data, flavor: m1.medium, docker_volume: {size: 30}}\n")
    with (
        faults.quota("compute", "other", instances=5, cores=11, ram=24575, server_group_members=2),
        faults.quota("network", "other", port=7, floatingip=0, security_group=2, router=0),
        faults.quota("block_storage", "other", volumes=0, gigabytes=29, per_volume_gigabytes=20),
        faults.quota("load_balancer", "other", load_balancer=0, member=2),
    ):
        found = findings(cluster)
    assert {name for name, said in found.items() if said[0]["level"] == "error"} == {
        "quota-instances",
        "quota-cores",
        "quota-ram",
        "server-group-members",
        "quota-ports",
        "quota-floating-ips",
        "quota-security-groups",
        "quota-routers",
        "quota-volumes",
        "quota-gigabytes",
        "volume-size",
        "quota-load-balancers",
        "quota-members",
    }
    assert "12 more needed, 11 free" in found["quota-cores"][0]["message"]


def test_quotas_that_just_suffice_do(cluster: Cluster) -> None:
    cluster.says(masters=1, nodes=1)
    with faults.quota("compute", "other", instances=2, cores=4, ram=8192, server_groups=2):
        found = findings(cluster)
    assert not [name for name in found if name.startswith("quota-")]


def test_an_application_credential_that_cannot_make_trusts_is_refused(
    cluster: Cluster, application: dict[str, str]
) -> None:
    said = findings(cluster, **application)["heat-trusts"][0]
    assert said["level"] == "error"
    assert "Heat cannot create the trust that every stack needs" in said["message"]


@pytest.mark.alone
def test_a_strangers_stack_is_left_alone_and_a_service_that_is_away_is_said_to_be(
    demo: Any, lab: Settings, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path, "stranger")
    template = {
        "heat_template_version": "2018-08-31",
        "resources": {"value": {"type": "OS::Heat::Value", "properties": {"value": "x"}}},
    }
    body = {"stack_name": cluster.name, "template": template}
    made = demo.orchestration.post("/stacks", json=body).json()["stack"]
    try:
        with faults.without("octavia-api"):
            cluster.says(masters=3)
            found = findings(cluster)
    finally:
        demo.orchestration.delete(f"/stacks/{cluster.name}/{made['id']}")
    assert found["stack-name"][0]["level"] == "error"
    assert found["load-balancer-service"][0]["level"] == "unchecked"


def test_a_grown_cluster_is_judged_by_what_it_needs_more(cluster: Cluster) -> None:
    with gone_afterwards(cluster):
        assert cluster.deploy("--no-wait").code == 0
        cluster.says(nodes=3)
        with faults.quota("compute", "other", instances=3):
            (said,) = findings(cluster)["quota-instances"]
    assert said["message"].startswith("servers: ")


def test_fifty_nodes_take_no_more_requests_than_one(lab: Settings, cluster: Cluster) -> None:
    from jeroboam.deploy.connection import connect
    from jeroboam.deploy.preflight import preflight
    from jeroboam.pipeline import compile_spec

    counts = []
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OS_CLIENT_CONFIG_FILE", str(lab.clouds))
        for nodes in (1, 50):
            cluster.says(masters=3, nodes=nodes)
            found = compile_spec(str(cluster.spec)).value
            assert found is not None
            cloud = connect(OTHER)
            preflight(cloud, found.model, found.bundle, None)
            counts.append(sum(cloud.requests.values()))
    assert counts[0] == counts[1] < 40

"""`diagnose` on a real cloud: each fault is found where it is, told by the service that knows."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.clusters import Cluster, Done, gone_afterwards
from tests.cloud.nodes import forget_console, playing, write_console
from tests.labs.cloud import faults
from tests.support.browser import opened, sound

pytestmark = pytest.mark.cloud


def diagnosed(cluster: Cluster, code: int = 1) -> dict[str, Any]:
    """What `diagnose --format json` says; it ends with `code`."""
    done = cluster.run("diagnose", cluster.name, "--format", "json")
    assert done.code == code, done.text
    told: dict[str, Any] = json.loads(done.out)
    return told


def first(cluster: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = diagnosed(cluster)["findings"][0]
    return found


@contextmanager
def deployed(cluster: Cluster, behaviours: dict[str, str] | None = None, *words: str) -> Iterator[Done]:
    """A deploy that ends in a failure, with the nodes that its servers become; deleted afterwards."""
    with gone_afterwards(cluster), playing(cluster.name, behaviours):
        done = cluster.deploy(*words)
        assert done.code == 1, done.text
        yield done


def test_a_server_that_no_host_takes(lab: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-huge")
    cluster.spec.write_text(
        cluster.spec.read_text(encoding="utf-8").replace(
            "name: default, count: 1, flavor: m1.medium", "name: default, count: 1, flavor: m1.huge"
        ),
        encoding="utf-8",
    )
    with deployed(cluster) as done:
        assert "[no-valid-host]" in done.err
        found = first(cluster)
        assert (found["cause"], found["source"]) == ("no-valid-host", "Nova")
        assert found["where"] == ["default-0 (OS::Nova::Server)"]


@pytest.mark.parametrize(
    ("point", "pattern", "cause", "source"),
    [
        ("nova-spawn", "^dg-{0}-default-0$", "spawn-failed", "Nova"),
        ("neutron-bind", "^dg-{0}-default-0$", "port-binding-failed", "Nova"),
    ],
)
def test_a_server_that_fails(
    lab: Any, tmp_path: Path, point: str, pattern: str, cause: str, source: str
) -> None:
    cluster = Cluster(tmp_path, f"dg-{point.split('-')[1]}")
    with faults.failing(point, pattern.format(point.split("-")[1]), "no luck"), deployed(cluster) as done:
        assert f"[{cause}]" in done.err
        found = first(cluster)
        assert (found["cause"], found["source"]) == (cause, source)


def test_a_volume_of_which_heat_says_unknown(lab: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-volume")
    text = cluster.spec.read_text(encoding="utf-8")
    cluster.spec.write_text(
        text.replace("masters: {count: 1,", "masters: {etcd_volume: {size: 10}, count: 1,"), encoding="utf-8"
    )
    with faults.failing("cinder-create", "^dg-volume-", "disk gone"), deployed(cluster) as done:
        assert "[volume-driver-failed]" in done.err
        found = first(cluster)
        assert "Unknown" not in found["quote"]
        assert (found["cause"], found["source"]) == ("volume-driver-failed", "Cinder")


def test_a_balancer_of_which_heat_says_unknown(lab: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-balancer")
    cluster.says(masters=3)
    with faults.failing("octavia", "^dg-balancer-", "no amphora"), deployed(cluster):
        found = first(cluster)
        assert (found["cause"], found["source"]) == ("balancer-error", "Octavia")
        assert "provisioning_status ERROR" in found["quote"]


def test_a_quota_that_is_used_up(demo: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-quota")
    cluster.says(nodes=3)
    limit = demo.compute.get_limits().absolute.instances_used + 2
    project = demo.identity.get_project(demo.current_project_id).name
    with (
        faults.quota("compute", project, instances=limit),
        deployed(cluster, None, "--ignore", "quota-instances"),
    ):
        told = diagnosed(cluster)
        assert told["findings"][0]["cause"] == "quota-compute"
        assert {"service": "compute", "name": "instances", "used": limit, "limit": limit} in told["quotas"]


@pytest.mark.plain
def test_one_node_gives_up(lab: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-gives-up")
    cluster.says(nodes=2)
    reason = (
        "step 40-install failed (exit 6): https://dl.k8s.io/: curl exit 6: the host name does not resolve"
    )
    with deployed(cluster, {"*-default-1": f"fail:install:{reason}"}) as done:
        assert "dg-gives-up-default-1" in done.err
        found = first(cluster)
        assert found["where"] == ["dg-gives-up-default-1"]
        assert found["source"] == "the node's signal"
        made = cluster.run("diagnose", cluster.name, "--format", "html", "-o", "page.html")
        assert made.code == 1, made.text
        for size in ((1280, 1900), (500, 2600)):
            page = opened(tmp_path / "page.html", size=size)
            sound(page)
            assert page.causes == (found["cause"],)
            rows = {row[0]: row for row in page.tables["nodes"]}
            assert set(rows) == {f"{cluster.name}-{node}" for node in ("master-0", "default-0", "default-1")}
            assert rows["dg-gives-up-default-1"][1] == "failed"
            assert "default-ready" in {row[1].split()[0] for row in page.tables["failures"]}
            lanes = page.visible
            assert {"failed", "signal"} <= lanes["dg-gives-up-default-1"].outcomes
            assert "signal" in lanes["dg-gives-up-master-0"].outcomes
            assert "failed" in lanes["default-ready"].outcomes
            assert lanes["master-0"].outcomes == {"done"}
            # What Heat did, in its order: a server after its port.
            for node in ("master-0", "default-0", "default-1"):
                (_, port), (_, server) = lanes[f"{node}-port"].bars[0], lanes[node].bars[0]
                assert port.left <= server.left


def test_silent_nodes_are_told_from_stuck_ones(lab: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-silent")
    cluster.says(nodes=3, more="timeouts: {node_bootstrap_minutes: 2}\n")
    for number in range(3):
        forget_console(f"dg-silent-default-{number}")
    write_console("dg-silent-default-2", "cc_final_message.py[WARNING]: Used fallback datasource\n")
    behaviours = {"*-default-0": "stuck", "*-default-[12]": "silent"}
    with deployed(cluster, behaviours):
        told = diagnosed(cluster)
        causes = {place: f["cause"] for f in told["findings"] for place in f["where"]}
        assert causes["dg-silent-default-0"] == "node-stuck-in-step"
        assert causes["dg-silent-default-1"] in ("node-no-bootstrap", "node-unheard")
        assert causes["dg-silent-default-2"] == "metadata-missing-cloud-init"
        states = {row["name"]: row["state"] for row in told["nodes"]}
        assert states["dg-silent-master-0"] == "ready"


def test_a_bundle_has_no_secret_of_the_cluster(lab: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-bundle")
    with deployed(cluster, {"*-default-0": "fail"}):
        done = cluster.run("diagnose", cluster.name, "--bundle", "bundle.tar.gz")
        assert done.code == 1, done.text
        content = (tmp_path / "bundle.tar.gz").read_bytes()
        assert (tmp_path / "bundle.tar.gz").stat().st_mode & 0o777 == 0o600
        kept = (tmp_path / f"{cluster.name}.secrets.yaml").read_text(encoding="utf-8")
        values = [line.partition(": ")[2].strip("'\"") for line in kept.splitlines() if line.startswith("  ")]
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            texts = [(archive.extractfile(m) or io.BytesIO()).read().decode() for m in archive.getmembers()]
        for value in values:
            if len(value) > 16:
                assert not [text for text in texts if value in text]


@pytest.mark.plain
def test_a_stack_that_is_well_and_one_that_is_not_there(lab: Any, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "dg-well")
    missing = cluster.run("diagnose", cluster.name)
    assert missing.code == 1
    assert "there is no stack 'dg-well'" in missing.err
    with gone_afterwards(cluster), playing(cluster.name):
        assert cluster.deploy().code == 0
        told = diagnosed(cluster, 0)
        assert (told["verdict"], told["findings"], told["unasked"]) == ("well", [], [])

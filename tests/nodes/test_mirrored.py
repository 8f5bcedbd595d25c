"""Clusters that boot from a mirror and a registry that the script of `artifacts` filled, and from no other.

The lab's own mirror plays upstream while the script runs, behind a proxy that answers for every host; while
nodes boot it answers to nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.labs.nodes.mirror.registry import Registry, accepting
from tests.labs.nodes.mirror.serve import Mirror
from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.nodes import flannel, proxied
from tests.nodes.asking import until
from tests.nodes.clusters import DOCKER, FROM_MIRROR, Deployed, Shape, deployed, written
from tests.nodes.kubernetes import TIMEOUTS, Kubernetes, web

pytestmark = pytest.mark.nodes

PORT = 8084
ADDRESS = f"{CLOUD_ADDRESS}:{PORT}"
SITE = FROM_MIRROR.format(mirror=f"http://{ADDRESS}", registry=ADDRESS)
# What the user's own manifest names, it names as upstream does.
RUNTIME = SITE.replace(
    f'["{ADDRESS}"]}}', f'["{ADDRESS}"], registries: [{{host: docker.io, mirrors: ["http://{ADDRESS}"]}}]}}'
)
SHAPES = {
    "kubernetes": Shape(
        "kubernetes",
        more=f"{RUNTIME}{flannel.spec('vxlan')}{TIMEOUTS}kubernetes: {{manifests: [web.yaml]}}\n",
        mirrored=False,
        files={"web.yaml": json.dumps(web(proxied.BUSYBOX))},
        busybox=proxied.BUSYBOX,
    ),
    "swarm": Shape("swarm", more=f"{SITE}{DOCKER}", mirrored=False),
    "mesos": Shape("mesos", more=f"{SITE}{DOCKER}", mirrored=False),
}


class Filled(NamedTuple):
    """A cluster, what was listed for it, how each run of the script ended, and what nodes ask."""

    up: Deployed
    listed: dict[str, Any]
    runs: list[str]
    registry: Registry
    mirror: Mirror


def _fill(folder: Path, script: str, ca: Path) -> str:
    """The last line of the script, run where nothing but the proxy answers for upstream."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MIRROR": str(folder / "files"),
        "REGISTRY": ADDRESS,
        "REGISTRY_TLS_VERIFY": "false",
        "HTTPS_PROXY": f"http://{CLOUD_ADDRESS}:{proxied.PORT}",
        "NO_PROXY": CLOUD_ADDRESS,
        "CURL_CA_BUNDLE": str(ca),
        "SSL_CERT_FILE": str(ca),
    }
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module", params=SHAPES)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Filled]:
    """Filled and deployed once for all tests of a shape."""
    name, shape = f"a-{request.param}", SHAPES[request.param]
    folder, store = tmp_path_factory.mktemp("spec"), tmp_path_factory.mktemp("store")
    cluster = written(folder, name, shape)
    (ca,) = proxied.FILES.values()
    (folder / "upstream-ca.pem").write_text(ca, encoding="utf-8")
    script, listed = (
        cluster.run("artifacts", cluster.spec.name, "--format", form) for form in ("sh", "json")
    )
    assert (script.code, listed.code) == (0, 0), script.text
    with accepting(store, CLOUD_ADDRESS, PORT) as registry:
        with proxied.through():
            runs = [_fill(store, script.out, folder / "upstream-ca.pem") for _ in range(2)]
        registry.asked.clear()
        mirror.asked.clear()
        usual, mirror.missing = mirror.missing, ("*",)
        try:
            with deployed(folder, name, shape) as up:
                yield Filled(up, json.loads(listed.out), runs, registry, mirror)
        finally:
            mirror.missing = usual


def test_the_script_adds_all_that_is_listed_and_then_nothing(filled: Filled) -> None:
    count = sum(len(filled.listed[kind]) for kind in ("downloads", "images", "manifest_images"))
    assert filled.runs == [
        f"{count} added, 0 there already, 0 left out, 0 wrong",
        f"0 added, {count} there already, 0 left out, 0 wrong",
    ]


def test_the_stack_is_complete_by_the_nodes_own_doing(filled: Filled) -> None:
    assert filled.up.stack == "CREATE_COMPLETE"
    for machine in filled.up.machines.values():
        assert "name=signal status=ok" in machine.said


def test_nodes_ask_for_all_that_is_listed_and_for_nothing_else(filled: Filled) -> None:
    if filled.up.shape.coe == "kubernetes":
        cluster = Kubernetes(filled.up)
        assert until(cluster.all_ready, 600), cluster.kubectl("get nodes,pods --all-namespaces")
        cluster.serve()
    # Whether it is there is what a node asks first; there is nothing at that address.
    answered = {tuple(line.split(" ")) for line in filled.registry.asked} - {("404", "GET", "/")}
    assert {status for status, _, _ in answered} <= {"200", "206"}, sorted(answered)
    images = (*filled.listed["images"], *filled.listed["manifest_images"])
    # What restores etcd is asked for when it is restored.
    files = {f"/{it['path']}" for it in filled.listed["downloads"] if it["name"] != "etcdutl"}
    assert {path for _, _, path in answered if not path.startswith("/v2")} == files
    names = {it["path"].rpartition(":")[0] for it in images}
    manifests = {path for _, _, path in answered if "/manifests/" in path}
    assert {path.removeprefix("/v2/").partition("/manifests/")[0] for path in manifests} == names
    assert filled.mirror.asked == []

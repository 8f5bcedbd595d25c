"""Registries that want a login: who has one pulls images of them, on nodes and where Docker runs."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.build import FOLDER as CONTENTS
from tests.labs.nodes.mirror.serve import Mirror, serving
from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import ADDRESS, DOCKER, FROM_MIRROR, Shape, booted, deployed, stack_status, written
from tests.nodes.kubernetes import KUBECTL

pytestmark = pytest.mark.nodes

OURS, THEIRS = 8082, 8083
"""The ports of the registry that the nodes have a login for, and of one that wants another."""
LOGINS = {OURS: "me:our secret", THEIRS: "them:their secret"}
PRIVATE = {port: f"{CLOUD_ADDRESS}:{port}" for port in LOGINS}
CONFIG = {"auths": {PRIVATE[OURS]: {"auth": b64encode(LOGINS[OURS].encode()).decode()}}}
"""What `podman login --authfile` writes."""


def _spec(more: str, keeps: str = "") -> str:
    """Further properties of a site whose nodes pull from the private registries as well."""
    registries = json.dumps([ADDRESS, *PRIVATE.values()])
    mirrored = FROM_MIRROR.format(mirror=f"http://{ADDRESS}", registry=ADDRESS)
    return (
        mirrored.replace(f'insecure_registries: ["{ADDRESS}"]', f"insecure_registries: {registries}{keeps}")
        + more
    )


@contextmanager
def _private() -> Iterator[dict[int, Mirror]]:
    """The registries, by port."""
    with ExitStack() as running:
        found = {port: running.enter_context(serving(CONTENTS, CLOUD_ADDRESS, port)) for port in LOGINS}
        for port, login in LOGINS.items():
            found[port].login = login
        yield found


def _image(port: int) -> str:
    return f"{PRIVATE[port]}/library/busybox:1.35"


def test_kubelet_pulls_with_its_logins_and_no_other(tmp_path: Path, mirror: Mirror) -> None:
    more = _spec(flannel.spec("vxlan"), ", registry_credentials: true")
    shape = Shape("kubernetes", more=more, mirrored=False, files={"logins.json": json.dumps(CONFIG)})
    cluster = written(tmp_path, "k-logins", shape)
    made = cluster.run("secrets", cluster.spec.name, "--from", "logins.json")
    assert made.code == 0, made.text
    with _private() as private, booted(cluster, shape.slowness) as watcher:
        done = cluster.start("deploy", cluster.spec.name, "--yes").wait(1800)
        assert done.code == 0, done.text
        assert stack_status(cluster) == "CREATE_COMPLETE"
        master = watcher.machines["k-logins-master-0"]
        for port in LOGINS:
            run = f"run from-{port} --image {_image(port)} --restart Never -- sleep 86400"
            ran(master, f"{KUBECTL} {run}")
        assert until(lambda: _state(master, OURS).startswith("Running"), 300), _described(master)
        assert until(lambda: "ImagePull" in _state(master, THEIRS), 120), _described(master)
        kept = ran(
            watcher.machines["k-logins-default-0"], "stat --format %a /etc/jeroboam/logins/config.json"
        )
    assert kept == "600"
    assert _answers(private[OURS]) == {"200"}
    assert _answers(private[THEIRS]) == {"401"}


def _state(master: Machine, port: int) -> str:
    """A pod's phase, and what its container is at."""
    shown = "jsonpath={.status.phase} {.status.containerStatuses[0].state}"
    return ran(master, f"{KUBECTL} get pod from-{port} --output '{shown}'")


def _described(master: Machine) -> str:
    return ran(master, f"{KUBECTL} describe pods")


def _answers(registry: Mirror) -> set[str]:
    """How it answered requests for manifests and blobs; a client may find out first that it wants a login."""
    asked = [line.split() for line in registry.asked]
    found = {status for status, _, path in asked if "/manifests/" in path or "/blobs/" in path}
    return found if "200" not in found else found - {"401"}


def test_docker_pulls_where_who_asks_has_logged_in(tmp_path: Path, mirror: Mirror) -> None:
    """As JB0405's hint says: by `docker login`, and for a service of the swarm by --with-registry-auth."""
    shape = Shape("swarm", more=_spec(DOCKER), mirrored=False)
    with _private(), deployed(tmp_path, "n-logins", shape) as up:
        manager, worker = (up.machines[f"n-logins-{name}-0"] for name in ("master", "default"))
        refused = manager.run(f"docker pull {_image(OURS)}")
        name, _, password = LOGINS[OURS].partition(":")
        ran(manager, f"docker login --username {name} --password-stdin {PRIVATE[OURS]} <<<'{password}'")
        ran(manager, f"docker pull {_image(OURS)}")
        there = "--constraint node.role==worker --endpoint-mode dnsrr"
        create = f"docker service create --detach --quiet {there} {{}} {_image(OURS)} sleep 86400"
        ran(manager, create.format("--name without"))
        failed = "docker service ps --no-trunc --format '{{.Error}}' without"
        assert until(lambda: "no basic auth credentials" in ran(manager, failed), 120), ran(manager, failed)
        assert worker.run(f"docker image inspect {_image(OURS)}").returncode != 0
        ran(manager, create.format("--name with --with-registry-auth"))
        shown = "docker service ls --filter name=with --format '{{.Name}} {{.Replicas}}'"
        assert until(lambda: "with 1/1" in ran(manager, shown).splitlines(), 300), ran(
            manager, "docker service ps --no-trunc with"
        )
    assert refused.returncode != 0
    assert "auth" in refused.stderr

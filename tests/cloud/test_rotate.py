"""`rotate credential` in a real Keystone: made, taken by masters and add-ons, and the old one refused."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.rotate import credential
from tests.cloud.clusters import Cluster, Done
from tests.cloud.coes import secrets_of
from tests.cloud.test_roll import Rolled, rollable
from tests.labs.cloud.settings import settings
from tests.support.command import RUN
from tests.support.who_runs import line

pytestmark = pytest.mark.cloud

MORE = "kubernetes: {addons: {cinder_csi: {enabled: true}}}\n"
CONFIG = "/api/v1/namespaces/kube-system/secrets/cloud-config"
APPS = "/apis/apps/v1/namespaces/kube-system"
NODE = f"{APPS}/daemonsets/csi-cinder-node"
CONTROLLER = f"{APPS}/deployments/csi-cinder-controller"
DAEMON_COUNTS = ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
POD_COUNTS = ("replicas", "updatedReplicas", "availableReplicas")


@contextmanager
def with_an_add_on(demo: Any, folder: Path, name: str) -> Iterator[Rolled]:
    """A cluster whose add-on logs in, and no credential left after it."""
    user = demo.current_user_id
    made = demo.identity.create_application_credential(
        user, f"{name}-first", roles=[{"name": "member"}], unrestricted=False
    )
    try:
        (folder / "first.json").write_text(
            json.dumps({"id": made.id, "secret": made.secret}), encoding="utf-8"
        )
        cluster = Cluster(folder, name)
        cluster.says(masters=3, more=MORE)
        given = cluster.run("secrets", cluster.spec.name, "--from", "first.json")
        assert given.code == 0, given.text
        with rollable(demo, folder, name, masters=3, more=MORE) as up, writing(up):
            yield up
    finally:
        for one in demo.identity.application_credentials(user):
            if one.name.startswith(name):
                demo.identity.delete_application_credential(user, one)


@contextmanager
def writing(up: Rolled) -> Iterator[None]:
    """What a master 0 that has booted does, and controllers: the Secret, and pods, are as they should be."""
    ended = threading.Event()
    before = up.servers()[f"{up.cluster.name}-master-0"]

    def write() -> None:
        _put(up, identifier_of(up.cluster))
        while not ended.wait(0.5):
            for path, counts in ((NODE, DAEMON_COUNTS), (CONTROLLER, POD_COUNTS)):
                if path in up.coe.api.objects:
                    thing = up.coe.api.objects[path]
                    generation = thing["metadata"].get("generation", 0)
                    thing["status"] = {**dict.fromkeys(counts, 1), "observedGeneration": generation}
            now = up.servers().get(f"{up.cluster.name}-master-0")
            if now not in (None, before):
                _put(up, identifier_of(up.cluster))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def _put(up: Rolled, identifier: str) -> None:
    text = f'[Global]\napplication-credential-id="{identifier}"\n'
    up.coe.api.put(CONFIG, {"data": {"cloud.conf": b64encode(text.encode()).decode()}})


def identifier_of(cluster: Cluster) -> str:
    return b64decode(secrets_of(cluster)[credential.ID]).decode()


def rotate(up: Rolled, *words: str, **environment: str) -> Done:
    given = ("--yes", "--api", up.coe.at, *words)
    done = up.cluster.run("rotate", up.cluster.spec.name, "credential", *given, **environment)
    print(done.text)
    return done


def test_another_one_is_made_taken_and_the_old_one_refused(demo: Any, tmp_path: Path) -> None:
    with with_an_add_on(demo, tmp_path, "rot-made") as up:
        cloud: Any = SimpleNamespace(sdk=demo)
        old, servers = dict(secrets_of(up.cluster)), up.servers()
        done = rotate(up)
        assert done.code == 0, done.text
        assert "with the roles of the old one (member, reader)" in done.err
        assert (
            "began anew with the new application credential: csi-cinder-controller, csi-cinder-node"
            in done.err
        )
        new = dict(secrets_of(up.cluster))
        both = [credential.access(cloud, values) for values in (old, new)]
        assert both[0] == both[1]
        assert both[0] is not None
        masters = {name for name in servers if "-master-" in name}
        assert {name for name, id_ in up.servers().items() if servers[name] != id_} == masters
        template = up.coe.api.objects[CONTROLLER]["spec"]["template"]
        assert template["metadata"]["annotations"] == {
            "jeroboam.dev/application-credential": identifier_of(up.cluster)
        }
        servers = up.servers()
        done = rotate(up, "--finish")
        assert done.code == 0, done.text
        assert credential.access(cloud, old) is None
        assert credential.access(cloud, new) == both[1]
        assert up.servers() == servers
        assert "rotating" not in (tmp_path / "rot-made.secrets.yaml").read_text(encoding="utf-8")
        again = up.roll()
        assert "no node is behind" in again.err, again.text


def test_one_that_was_made_elsewhere_is_taken_and_whose_it_is_deletes_the_old_one(
    demo: Any, tmp_path: Path
) -> None:
    """By the line of the page; a login by a restricted credential makes none, and deletes none."""
    with with_an_add_on(demo, tmp_path, "rot-given") as up, _restricted(demo, tmp_path) as restricted:
        cloud: Any = SimpleNamespace(sdk=demo)
        file, old = tmp_path / "rot-given.secrets.yaml", dict(secrets_of(up.cluster))
        before = file.read_text(encoding="utf-8")
        done = rotate(up, **restricted)
        assert done.code == 1
        assert "openstack application credential create -f json rot-given-2 | jeroboam rotate" in done.err
        assert file.read_text(encoding="utf-8") == before

        ours = up.cluster.environment()
        (tmp_path / "jeroboam").write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -c {shlex.quote(RUN)} "$@" --api {up.coe.at}\n',
            encoding="utf-8",
        )
        (tmp_path / "jeroboam").chmod(0o755)
        path = f"{tmp_path}:{Path(sys.executable).parent}:{ours['PATH']}"
        typed = line("docs/rotating.md", "openstack application").replace("prod", up.cluster.name)
        said = subprocess.run(
            ["bash", "-c", typed], cwd=tmp_path, env={**ours, "PATH": path}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        print(said.stderr)
        assert said.returncode == 0, said.stderr
        assert "the new one has roles that the old one has not" in said.stderr
        assert "began anew with the new application credential" in said.stderr
        assert credential.access(cloud, old) is not None

        done = rotate(up, "--finish", **restricted)
        assert done.code == 1
        identifier = b64decode(old[credential.ID]).decode()
        assert f"openstack application credential delete {identifier}; then: jeroboam rotate" in done.err
        demo.identity.delete_application_credential(demo.current_user_id, identifier)
        done = rotate(up, "--finish", **restricted)
        assert done.code == 0, done.text
        assert f"Keystone refuses the application credential {identifier} already" in done.err
        assert "rotating" not in file.read_text(encoding="utf-8")


@contextmanager
def _restricted(demo: Any, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a login that may do nothing to application credentials."""
    user = demo.current_user_id
    made = demo.identity.create_application_credential(user, "rotates")
    cloud = {
        "auth_type": "v3applicationcredential",
        "region_name": "RegionOne",
        "auth": {
            "auth_url": settings().auth_url,
            "application_credential_id": made.id,
            "application_credential_secret": made.secret,
        },
    }
    file = folder / "clouds.json"
    file.write_text(json.dumps({"clouds": {"application": cloud}}), encoding="utf-8")
    try:
        yield {"OS_CLIENT_CONFIG_FILE": str(file), "OS_CLOUD": "application"}
    finally:
        demo.identity.delete_application_credential(user, made.id)

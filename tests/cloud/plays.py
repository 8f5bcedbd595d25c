"""The plays of pages: which lines are typed on which cluster, and what has to be so before some of them."""

from __future__ import annotations

import json
import shutil
import socket
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.cloud.scenes import Play, Scene
from tests.labs.cloud import faults
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings

TUNNEL = ("127.0.0.1", 6443)
ALL = "."


def _newer(scene: Scene) -> None:
    """The spec has the next version; which servers there are is kept."""
    scene.changed('coe_version: "1.36"', 'coe_version: "1.37"')
    (scene.state / "servers").write_text(json.dumps(scene.servers()), encoding="utf-8")


def _all_anew(scene: Scene) -> None:
    """Since `_newer`, and nobody is behind."""
    before = json.loads((scene.state / "servers").read_text(encoding="utf-8"))
    now = scene.servers()
    assert now.keys() == before.keys()
    assert not {*now.values()} & {*before.values()}
    assert "behind" not in scene.cluster.run("status", scene.cluster.name).text


def _one_more(scene: Scene) -> None:
    """A larger group."""
    scene.changed("count: 3\n    flavor", "count: 4\n    flavor")


def _tunnelled(_: Scene) -> None:
    """Whoever opens a tunnel sees that it is there."""
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(TUNNEL).close()
            return
        except OSError:
            assert time.monotonic() < end, "no tunnel"
            time.sleep(0.1)


def _master_stopped(scene: Scene) -> None:
    server = scene.demo.compute.find_server("prod-master-1")
    scene.demo.compute.stop_server(server)
    scene.demo.compute.wait_for_server(server, status="SHUTOFF")


def _all_off(scene: Scene) -> None:
    """Nova has stopped all servers."""
    for identifier in scene.servers().values():
        scene.demo.compute.wait_for_server(scene.demo.compute.get_server(identifier), status="SHUTOFF")


def _written_down(scene: Scene) -> None:
    """What was compiled is committed, and the spec then says something else."""
    if (scene.folder / "build").exists():
        scene.git("add", "build")
        scene.git("commit", "--quiet", "--message", "prod")
        scene.changed("flavor: m1.large", "flavor: m1.large\n    node_labels: {tier: web}")


def _unfit(scene: Scene) -> None:
    scene.changed("flavor: m1.large", "flavor: no-such-flavor")


def _fit(scene: Scene) -> None:
    text = scene.cluster.spec.read_text(encoding="utf-8")
    scene.cluster.spec.write_text(text.replace("no-such-flavor", "m1.large"), encoding="utf-8")


def _third_node(scene: Scene) -> None:
    scene.changed("count: 2\n    flavor", "count: 3\n    flavor")


def _drifted(scene: Scene) -> None:
    """One server is gone, another stopped."""
    gone, stopped = (scene.demo.compute.find_server(f"c3-default-{it}") for it in (0, 1))
    scene.demo.compute.delete_server(gone)
    scene.demo.compute.wait_for_delete(gone)
    scene.demo.compute.stop_server(stopped)
    scene.demo.compute.wait_for_server(stopped, status="SHUTOFF")


def _port_in_the_way(scene: Scene) -> None:
    network = scene.demo.network.find_network(scene.cluster.name)
    scene.demo.network.create_port(network_id=network.id, name=f"{scene.cluster.name}-foreign")


def _logged_in(scene: Scene) -> None:
    """What `podman login --authfile` writes."""
    login = b64encode(b"me:a secret").decode()
    (scene.folder / "logins.json").write_text(
        json.dumps({"auths": {"mirror.example.org": {"auth": login}}}), encoding="utf-8"
    )


def _with_an_add_on(scene: Scene) -> None:
    """One that acts in the project, so that a credential is asked for."""
    scene.changed("runtime:", "kubernetes: {addons: {cinder_csi: {enabled: true}}}\nruntime:")


def _kept_elsewhere(scene: Scene) -> None:
    """The secrets are where a pipeline has them."""
    shutil.move(scene.cluster.folder / "prod.secrets.yaml", scene.state / "vault")


def _labelled(scene: Scene) -> None:
    scene.changed("flavor: m1.large", "flavor: m1.large\n    node_labels: {tier: web}")


def _gone(scene: Scene) -> None:
    """The stack, so that it can be made by hand."""
    done = scene.cluster.delete()
    assert done.code == 0, done.text


@contextmanager
def _large_flavor(_: Any) -> Iterator[None]:
    """The flavor of the page's group."""
    with connect(settings(), "jeroboam-admin") as admin:
        made = admin.compute.create_flavor(name="g1.large", vcpus=4, ram=8192, disk=80)
        try:
            yield
        finally:
            admin.compute.delete_flavor(made)


@contextmanager
def _credential(demo: Any) -> Iterator[None]:
    """None is left."""
    user = demo.current_user_id
    try:
        yield
    finally:
        for one in demo.identity.application_credentials(user):
            demo.identity.delete_application_credential(user, one)


@contextmanager
def _few_servers(demo: Any) -> Iterator[None]:
    limit = demo.compute.get_limits().absolute.instances_used + 2
    project = demo.identity.get_project(demo.current_project_id).name
    with faults.quota("compute", project, instances=limit):
        yield


PLAYS: Mapping[str, Play] = {
    "upgraded": Play(
        {f"docs/{it}.md": ALL for it in ("upgrading", "changing", "rolling")},
        masters=3,
        nodes=3,
        more='coe_version: "1.36"\n',
        before={
            "upgrading: jeroboam diff": _newer,
            "upgrading: jeroboam roll prod.yaml --group": _all_anew,
            "changing: jeroboam diff prod": _one_more,
            "--api 127.0.0.1:6443": _tunnelled,
        },
    ),
    "lost": Play({"docs/lost-master.md": ALL}, masters=3, before={"jeroboam status": _master_stopped}),
    "grown": Play(
        {
            f"docs/{it}.md": ALL
            for it in ("etcd", "certificates", "adding-a-group", "adr/0016-nodes-go-out-and-in")
        }
        | {"docs/rotating.md": "jeroboam roll"},
        nodes=3,
        around=_large_flavor,
    ),
    "repaired": Play({"docs/repairing.md": ALL}, nodes=2),
    "switched off": Play(
        {"docs/outages.md": ALL}, masters=3, nodes=2, before={"outages: openstack server start": _all_off}
    ),
    "by hand": Play(
        {"docs/operating.md": ALL},
        more="bastion: {flavor: m1.small}\n",
        deployed=None,
        before={"jeroboam compile": _written_down},
    ),
    "deployed": Play(
        {"docs/deploying.md": "prod"},
        deployed=None,
        before={"jeroboam preflight": _unfit, "jeroboam status": _fit},
        ends={"jeroboam preflight": 1},
    ),
    "different": Play(
        {"docs/deploying.md": r"c3|echo \$\?"},
        "c3",
        nodes=2,
        before={"jeroboam diff c3": _third_node, "--drift": _drifted},
    ),
    "in the way": Play(
        {"docs/deploying.md": "c5-a"},
        "c5-a",
        before={"c5-a$": _port_in_the_way},
        ends={"c5-a$": 1},
    ),
    "deleted": Play({"docs/deploying.md": "c5-c"}, "c5-c"),
    "failed": Play(
        {"docs/diagnosing.md": "prod"},
        deployed=1,
        behaviours={"prod-default-*": "fail:install-kubernetes:curl exit 22"},
        ends={ALL: 1},
    ),
    "no volume": Play(
        {"docs/diagnosing.md": "c4-vol"},
        "c4-vol",
        deployed=1,
        around=lambda _: faults.failing("cinder-create", "^c4-vol-", "disk gone"),
        ends={ALL: 1},
    ),
    "no signal": Play(
        {"docs/diagnosing.md": "c4-signal"},
        "c4-signal",
        deployed=1,
        behaviours={"*-default-0": "fail:install-kubernetes:curl exit 22", "*": "stuck:trust-cas"},
        ends={ALL: 1},
    ),
    "no quota": Play(
        {"docs/diagnosing.md": "c4-quota"},
        "c4-quota",
        nodes=3,
        deployed=1,
        words=("--ignore", "quota-instances"),
        around=_few_servers,
        ends={ALL: 1},
    ),
    "piped": Play(
        {"docs/pipelines.md": r"^(?!make|git|jeroboam validate)"},
        where="clusters",
        before={
            "umask": _kept_elsewhere,
            "jeroboam preflight": _labelled,
            "jeroboam keypairs": _gone,
        },
    ),
    "in the lab": Play(
        {"docs/testing.md": ALL},
        "minimal",
        cloud="jeroboam",
        deployed=None,
        played=False,
    ),
    "keys": Play(
        {"docs/writing-a-spec.md": "--from|application credential", "docs/rotating.md": "--from logins"},
        more="runtime: {registry_credentials: true}\n",
        deployed=None,
        around=_credential,
        before={
            "--from logins": _logged_in,
            "writing-a-spec: openstack application credential": _with_an_add_on,
        },
    ),
}  # fmt: skip
"""By what becomes of the cluster."""

"""A worker is taken out and put back: made anew as the spec says by then, with what is its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud.stacks import taken_out
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import OnMachines, Shape, deployed
from tests.nodes.either import asked, is_up
from tests.nodes.kubernetes import KUBECTL, TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

VOLUME = "docker_volume: {size: 5}"
SHAPES = {
    "kubernetes": Shape("kubernetes", node=VOLUME, more=f"{flannel.spec('vxlan')}{TIMEOUTS}"),
    "swarm": Shape("swarm", node=VOLUME, more=flannel.spec("vxlan")),
}
LABEL = "made=anew"
WAY = {
    "kubernetes": (
        f"{KUBECTL} drain {{node}} --ignore-daemonsets --delete-emptydir-data --force",
        f"{KUBECTL} delete node {{node}}",
    ),
    "swarm": ("docker node update --availability drain {node}", "docker node rm --force {node}"),
}
"""What an operator says to the COE before a node goes, and once it has gone (docs/changing.md)."""
CHANGE = {
    "kubernetes": ("kubelet_args: {node-labels: made=anew}", "new    node_groups.default.kubelet_args"),
    "swarm": ("node_labels: {made: anew}", "new    node_groups.default.node_labels"),
}
"""What gives new nodes the label and says nothing to those that run, and how the plan tells of it."""


@pytest.fixture(scope="module", params=SHAPES)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[OnMachines]:
    """Deployed once for all tests of a shape."""
    shape = SHAPES[request.param]
    with deployed(tmp_path_factory.mktemp("spec"), f"o-{request.param}", shape) as up:
        yield asked(up)


def _told(cluster: OnMachines, name: str) -> dict[str, Any]:
    """What `status` says of a node."""
    told = json.loads(cluster.up.cluster.run("status", cluster.up.cluster.name, "--format", "json").out)
    node: dict[str, Any] = next(node for node in told["nodes"] if node["name"] == name)
    return node


def _labelled(cluster: OnMachines, name: str) -> bool:
    if isinstance(cluster, Kubernetes):
        return bool(cluster.get(f"nodes --selector {LABEL} --field-selector metadata.name={name}"))
    found = ran(cluster.master, f"docker node ls --filter node.label={LABEL} --format '{{{{.Hostname}}}}'")
    return name in found.split()


def test_a_changed_spec_leaves_the_node_as_it_is_and_status_says_so(cluster: OnMachines) -> None:
    up, name = cluster.up, cluster.worker.server.name
    assert until(lambda: is_up(cluster), 600)
    assert _told(cluster, name)["behind"] is False
    spec = up.cluster.spec.read_text(encoding="utf-8")
    group = "{name: default, "
    assert group in spec
    named, effect = CHANGE[cluster.shape.coe]
    up.cluster.spec.write_text(spec.replace(group, f"{group}{named}, "), encoding="utf-8")
    done = up.cluster.deploy()
    assert done.code == 0, done.text
    assert effect in done.err
    assert _told(cluster, name)["behind"] is True
    assert not _labelled(cluster, name)


def test_out_and_in_makes_it_anew_with_what_is_its_own(cluster: OnMachines) -> None:
    up, before = cluster.up, cluster.worker
    name = before.server.name
    drain, forget = (words.format(node=name) for words in WAY[cluster.shape.coe])
    mark = f"{_data(cluster)}/from-before"
    ran(before, f"touch {mark}; sync")
    ran(cluster.master, drain, 300)
    with connect(settings(), up.cluster.cloud) as demo:
        taken_out(demo.orchestration, up.cluster.name, "default-0")
    assert until(lambda: name not in up.watcher.machines, 60)
    if cluster.shape.coe == "swarm":
        down = f"docker node ls --filter name={name} --format '{{{{.Status}}}}'"
        assert until(lambda: ran(cluster.master, down).strip() == "Down", 120)
    ran(cluster.master, forget, 120)
    done = up.cluster.deploy()
    assert done.code == 0, done.text
    after: Machine = up.watcher.machines[name]
    up.machines[name] = after
    assert until(lambda: is_up(cluster), 300)
    assert after.server.id != before.server.id
    assert [port.address for port in after.server.ports] == [port.address for port in before.server.ports]
    ran(after, f"test -e {mark}")
    assert until(lambda: _labelled(cluster, name), 60)
    assert _told(cluster, name)["behind"] is False


def _data(cluster: OnMachines) -> str:
    """Where containers' data is, which is on the volume."""
    return "/var/lib/containerd" if cluster.shape.coe == "kubernetes" else "/var/lib/docker"

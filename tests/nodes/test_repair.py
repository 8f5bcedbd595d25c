"""`repair` on nodes that boot: three ways to die, and the two ways in which nothing has died at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tests.cloud.clusters import Done, Running
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import chaos, flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed
from tests.nodes.kubernetes import TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

SHAPE = Shape(
    "kubernetes", nodes=2, node="docker_volume: {size: 5}", more=f"{flannel.spec('vxlan')}{TIMEOUTS}"
)
DEAD_FOR = 1.0
"""Minutes."""
WHOLE_SECONDS = 600
MARK = "/var/lib/containerd/from-before"
"""A file on the volume that a node keeps."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Kubernetes]:
    """One master and two workers, with a page on each."""
    with deployed(tmp_path_factory.mktemp("spec"), "k-repair", SHAPE) as up:
        cluster = Kubernetes(up)
        cluster.serve(WHOLE_SECONDS)
        assert until(cluster.all_ready, WHOLE_SECONDS)
        yield cluster


def _words(cluster: Kubernetes, *more: str) -> tuple[str, ...]:
    return ("repair", cluster.up.cluster.name, "--yes", "--dead-for", f"{DEAD_FOR:g}", *more)


def _run(cluster: Kubernetes, *more: str) -> Done:
    began = time.monotonic()
    done = cluster.up.cluster.run(*_words(cluster, *more))
    print(f"--- {time.monotonic() - began:.0f} s, exit {done.code}\n{done.text}")
    return done


def _ids(cluster: Kubernetes) -> dict[str, str]:
    """The id of each server, by its name."""
    cluster.machines.update(cluster.up.watcher.machines)
    return {name: machine.server.id for name, machine in cluster.machines.items()}


def _missed(cluster: Kubernetes, *names: str) -> None:
    """Waits until the API has missed these nodes, and no other, for as long as is asked for."""
    ready = sorted({*cluster.machines} - {*names})
    assert until(lambda: cluster.nodes("Ready") == ready, 300)
    time.sleep(DEAD_FOR * 60 + 5)
    told = cluster.up.cluster.run("status", cluster.up.cluster.name)
    print(told.out)
    assert "missed by the COE; what is dead is made anew by: jeroboam repair" in told.out


@contextmanager
def _stopped_kubelet(_: Kubernetes, machine: Machine) -> Iterator[Callable[[Running], None]]:
    ran(machine, "systemctl stop kubelet")
    yield lambda _: None


@contextmanager
def _deleted_server(cluster: Kubernetes, machine: Machine) -> Iterator[Callable[[Running], None]]:
    with connect(settings(), cluster.up.cluster.cloud) as demo:
        demo.compute.delete_server(machine.server.id)
    yield lambda _: None


@contextmanager
def _cut_network(_: Kubernetes, machine: Machine) -> Iterator[Callable[[Running], None]]:
    with ExitStack() as cut:
        cut.enter_context(chaos.partitioned([machine]))

        def elsewhere(running: Running) -> None:
            # Its successor is on a host whose cable is in.
            running.until("making it anew", 600)
            cut.close()

        yield elsewhere


@pytest.mark.parametrize(
    ("index", "how", "said"),
    [
        (0, _stopped_kubelet, "its kubelet reports no more"),
        (1, _deleted_server, "Nova has no such server any more"),
        (0, _cut_network, "its kubelet reports no more"),
    ],
    ids=["kubelet", "server", "network"],
)
def test_a_dead_node_is_replaced_and_nothing_else_touched(
    cluster: Kubernetes,
    index: int,
    how: Callable[[Kubernetes, Machine], AbstractContextManager[Callable[[Running], None]]],
    said: str,
) -> None:
    up = cluster.up
    name = f"{up.cluster.name}-default-{index}"
    before, machine = _ids(cluster), cluster.machines[name]
    ran(machine, f"touch {MARK}; sync")
    with how(cluster, machine) as meanwhile:
        _missed(cluster, name)
        began = time.monotonic()
        running = up.cluster.start(*_words(cluster))
        meanwhile(running)
        done = running.wait()
    up.notes.append(f"{said}: replaced in {time.monotonic() - began:.0f} s\n")
    print(f"--- {time.monotonic() - began:.0f} s, exit {done.code}\n{done.text}")
    assert done.code == 0, done.text
    assert said in done.err
    after = _ids(cluster)
    assert {it for it in after if after[it] != before[it]} == {name}
    assert until(cluster.all_ready, WHOLE_SECONDS)
    assert until(cluster.everywhere, WHOLE_SECONDS)
    ran(cluster.machines[name], f"test -e {MARK}")
    assert _run(cluster).err == f"{up.cluster.name}: none of 3 nodes is dead\n"


def test_where_the_network_is_down_nothing_is_replaced(cluster: Kubernetes) -> None:
    before = _ids(cluster)
    workers = [machine for name, machine in sorted(cluster.machines.items()) if "-default-" in name]
    with chaos.partitioned(workers):
        _missed(cluster, *(machine.server.name for machine in workers))
        most = _run(cluster)
        assert most.code == 1
        assert "nothing is replaced: 2 of 3 nodes look dead" in most.err
    with chaos.partitioned([cluster.master]):
        cut_off = _run(cluster)
        assert cut_off.code == 1
        assert "the cluster's API cannot be asked from here" in cut_off.err
    assert until(cluster.all_ready, WHOLE_SECONDS)
    assert _run(cluster).err == f"{cluster.up.cluster.name}: none of 3 nodes is dead\n"
    assert _ids(cluster) == before

"""Clusters whose nodes lose their power, all at once and again and again, also while they come up."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import chaos, flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import BUSYBOX, Shape, booted, deployed, written
from tests.nodes.either import asked, is_up
from tests.nodes.kubernetes import TIMEOUTS, Kubernetes
from tests.nodes.swarm import PORT, SERVE, Swarm

pytestmark = pytest.mark.nodes

SMALL = {
    "kubernetes": Shape("kubernetes", more=f"{flannel.spec('vxlan')}{TIMEOUTS}"),
    "swarm": Shape("swarm", more=f"{flannel.spec('host-gw')}{TIMEOUTS}"),
}
FIVE = {coe: shape._replace(masters=3, nodes=2) for coe, shape in SMALL.items()}
TIMES = 10
WHOLE_SECONDS = 600
BOOT_SECONDS = 2400
ENDED = re.compile(r"name=(\S+) status=ok")
OF_ALL = re.compile(r"node=(\S+) step=\d+/(\d+)")


@pytest.mark.parametrize("coe", SMALL)
def test_nodes_that_lose_power_after_each_step_come_up(coe: str, tmp_path: Path, mirror: Mirror) -> None:
    """What a step has made has to last when it says that it is done: nothing does it again."""
    cluster = written(tmp_path, f"{coe[0]}-cut", SMALL[coe])
    with booted(cluster, SMALL[coe].slowness) as watcher:
        running = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        cut: dict[str, list[str]] = {}
        end = time.monotonic() + BOOT_SECONDS
        while running.runs and time.monotonic() < end:
            _cut_what_ended(watcher.machines, cut)
            time.sleep(0.02)
        done = running.wait(60)
        said = "".join(f"--- {name}\n{machine.said[-6000:]}" for name, machine in watcher.machines.items())
    assert done.code == 0, done.text + said
    steps = {name: int(number) for name, number in OF_ALL.findall(said)}
    assert len(steps) == 2
    assert {name: len(ended) for name, ended in cut.items()} == steps


def _cut_what_ended(machines: Mapping[str, Machine], cut: dict[str, list[str]]) -> None:
    """Takes the power of each node that has ended a step for the first time, and gives it back."""
    for name, machine in machines.items():
        known = cut.setdefault(name, [])
        new = [step for step in ENDED.findall(machine.said) if step not in known and step != "signal"]
        if new:
            known += dict.fromkeys(new)
            with chaos.power_cut([machine]):
                pass


@pytest.mark.parametrize("coe", FIVE)
def test_a_cluster_of_five_without_power_ten_times_is_whole_each_time(
    coe: str, tmp_path: Path, mirror: Mirror
) -> None:
    with deployed(tmp_path, f"{coe[0]}-power", FIVE[coe]) as up:
        cluster = asked(up)
        if isinstance(cluster, Kubernetes):
            cluster.serve()
        else:
            publish = f"--mode global --publish mode=host,published={PORT},target=80"
            create = f"docker service create --detach --quiet --name web {publish} {BUSYBOX} {SERVE}"
            ran(cluster.master, create)
        _whole(cluster)
        for number in range(TIMES):
            _wrote(cluster, number)
            with chaos.power_cut(cluster.machines.values()):
                began = time.monotonic()
            _whole(cluster)
            up.notes.append(f"whole {time.monotonic() - began:.0f} s after power cut {number + 1}\n")
            assert _written(cluster) == [str(it) for it in range(number + 1)]


def _wrote(cluster: Kubernetes | Swarm, number: int) -> None:
    """Makes an object that is acknowledged, right before what comes."""
    if isinstance(cluster, Kubernetes):
        cluster.kubectl(f"create configmap written-{number}")
    else:
        ran(cluster.master, f"echo x | docker config create written-{number} -")


def _written(cluster: Kubernetes | Swarm) -> list[str]:
    """The numbers of what `_wrote` made and is there, in order."""
    if isinstance(cluster, Kubernetes):
        listed = cluster.kubectl("get configmaps --output name")
    else:
        listed = ran(cluster.master, "docker config ls --format '{{.Name}}'")
    return sorted(re.findall(r"written-(\d+)", listed), key=int)


def _whole(cluster: Kubernetes | Swarm) -> None:
    """The COE counts every node, and every node serves its page."""
    assert until(partial(is_up, cluster), WHOLE_SECONDS), _state(cluster)
    if isinstance(cluster, Kubernetes):
        assert until(cluster.everywhere, WHOLE_SECONDS), _state(cluster)
    for machine in cluster.machines.values():
        assert until(partial(_serves, cluster, machine), WHOLE_SECONDS), machine.server.name + _state(cluster)


def _serves(cluster: Kubernetes | Swarm, machine: Machine) -> bool:
    if isinstance(cluster, Kubernetes):
        return cluster.served(machine)
    address = machine.server.ports[0].address
    page = f"http://{address}:{PORT}/hostname"
    ran(cluster.master, f"curl --silent --fail --max-time 30 --output /dev/null {page}")
    return True


def _state(cluster: Kubernetes | Swarm) -> str:
    if isinstance(cluster, Kubernetes):
        return cluster.kubectl("get nodes,pods --all-namespaces --output wide")
    return ran(cluster.master, "docker node ls; docker service ps web")

"""A Swarm is rolled on nodes that boot, managers too, while a service of it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.answers import Answers, answering
from tests.nodes.asking import ran, until
from tests.nodes.clusters import BUSYBOX, Shape, deployed, others, written
from tests.nodes.swarm import PORT, SERVE, Swarm

pytestmark = pytest.mark.nodes

FLANNEL = flannel.spec("host-gw")
OLD = next(iter(others("swarm").values()), None)
"""The engine's version before, where the mirror has another one; an option changes besides."""
OPTION = "hooks: {post_bootstrap: [mark.sh]}\n"
MARK = "/var/lib/made-anew"
FILES = {"mark.sh": f"#!/bin/sh\ntouch {MARK}\n"}
SHAPES = {
    "one": Shape("swarm", version=OLD, master="docker_volume: {size: 5}", more=FLANNEL, files=FILES),
    "three": Shape("swarm", version=OLD, masters=3, nodes=2, more=FLANNEL, files=FILES),
}


@pytest.fixture(scope="module", params=SHAPES)
def swarm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Swarm]:
    """Deployed once for all tests of a shape."""
    with deployed(tmp_path_factory.mktemp("spec"), f"r-{request.param}", SHAPES[request.param]) as up:
        yield Swarm(up)


def by_any(swarm: Swarm) -> Callable[[], str]:
    """Asks, from a node that runs, nodes for the page one after another, until one has it."""
    addresses = " ".join(str(machine.server.ports[0].address) for machine in swarm.machines.values())
    words = f"curl --silent --fail --max-time 2 --output /dev/null http://$it:{PORT}/hostname"

    def ask() -> str:
        for machine in [*swarm.up.watcher.machines.values()]:
            if machine.runs:
                done = machine.run(f"for it in {addresses}; do {words} && exit 0; done; exit 1", seconds=30)
                if done.returncode == 0:
                    return ""
        return "no node has the page"

    return ask


def test_a_swarm_is_rolled_and_its_service_answers(swarm: Swarm) -> None:
    up, shape = swarm.up, swarm.shape
    assert until(swarm.is_whole, 300), swarm.listed()
    spread = f"--mode global --endpoint-mode dnsrr --publish mode=host,published={PORT},target=80"
    ran(swarm.master, f"docker service create --detach --quiet --name web {spread} {BUSYBOX} {SERVE}", 300)
    ask = by_any(swarm)
    assert until(lambda: not ask(), 120)
    before = {name: machine.server.id for name, machine in swarm.machines.items()}
    versions = _versions(swarm)
    changed = shape._replace(version=None, more=f"{FLANNEL}{OPTION}")
    written(up.cluster.folder, up.cluster.name, changed)
    with answering(f"{shape.masters} + {shape.nodes}: the service", ask) as answers:
        done = up.cluster.run("roll", up.cluster.spec.name, "--yes")
        up.machines.update(up.watcher.machines)
    _told(swarm, answers)
    print(done.text)
    assert done.code == 0, done.text
    assert until(swarm.is_whole, 120), swarm.listed()
    assert not {*before.values()} & {machine.server.id for machine in swarm.machines.values()}
    assert len(swarm.listed()) == len(before), swarm.listed()
    for machine in swarm.machines.values():
        ran(machine, f"test -e {MARK}")
    if OLD:
        assert not versions & _versions(swarm)
    assert up.cluster.run("roll", up.cluster.spec.name, "--yes").text.count("no node is behind")
    if shape.masters > 1:
        assert answers.failed == 0


def _versions(swarm: Swarm) -> set[str]:
    """The engines that the swarm lists."""
    return {*ran(swarm.master, "docker node ls --format '{{.EngineVersion}}'").split()}


def _told(swarm: Swarm, answers: Answers) -> None:
    swarm.up.notes.append(f"{answers}\n")
    print(answers)

"""A Mesos is rolled on nodes that boot, masters too, while its masters are asked who their agents are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.answers import answering
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed, written
from tests.nodes.mesos import Mesos, states, url_of, with_credentials

pytestmark = pytest.mark.nodes

FLANNEL = flannel.spec("host-gw")
MARK = "/var/lib/made-anew"
OPTION = "hooks: {post_bootstrap: [mark.sh]}\n"
SHAPE = Shape("mesos", masters=3, nodes=2, more=FLANNEL, files={"mark.sh": f"#!/bin/sh\ntouch {MARK}\n"})


@pytest.fixture
def mesos(tmp_path: Path, mirror: Mirror) -> Iterator[Mesos]:
    with deployed(tmp_path, "r-mesos", SHAPE) as up:
        yield with_credentials(up)


def test_a_mesos_is_rolled_and_its_masters_answer(mesos: Mesos) -> None:
    up = mesos.up
    assert until(lambda: _is_whole(mesos), 300)
    before = {machine.server.id for machine in mesos.machines.values()}
    addresses = _addresses(mesos)
    written(up.cluster.folder, up.cluster.name, SHAPE._replace(more=f"{FLANNEL}{OPTION}"))
    with answering("3 + 2: the masters of a Mesos", by_any(mesos)) as answers:
        done = up.cluster.run("roll", up.cluster.spec.name, "--yes")
        up.machines.clear()
        up.machines.update(up.watcher.machines)
    up.notes.append(f"{answers}\n")
    print(done.text, answers, sep="\n")
    assert done.code == 0, done.text
    assert until(lambda: _is_whole(mesos), 300)
    assert not before & {machine.server.id for machine in mesos.machines.values()}
    assert _addresses(mesos) == addresses
    for machine in mesos.machines.values():
        ran(machine, f"test -e {MARK}")
    assert answers.asked > answers.failed
    assert up.cluster.run("roll", up.cluster.spec.name, "--yes").text.count("no node is behind")


def by_any(mesos: Mesos) -> Callable[[], str]:
    """Asks, from a node that runs, the masters one after another, until one tells of an agent that works."""
    urls = " ".join(f"{url_of(master, 5050)}/slaves" for master in mesos.masters)
    ask_one = 'curl -sfL --location-trusted --max-time 3 --user "$MESOS_USER:$MESOS_PASSWORD" $it'
    line = f"{mesos.env}\nfor it in {urls}; do {ask_one} | grep -q '\"active\":true' && exit 0; done; exit 1"

    def ask() -> str:
        for machine in [*mesos.up.watcher.machines.values()]:
            if machine.runs:
                done = machine.run(line, seconds=30)
                if done.returncode == 0:
                    return ""
        return "no master tells of an agent"

    return ask


def _addresses(mesos: Mesos) -> dict[str, str]:
    return {name: f"{machine.server.ports[0].address}" for name, machine in mesos.machines.items()}


def _is_whole(mesos: Mesos) -> bool:
    """Whether ZooKeeper has all its nodes, and every master tells of both agents as they are now."""
    workers = sorted(address for name, address in _addresses(mesos).items() if "-master-" not in name)
    if states(mesos.masters) != mesos.states:
        return False
    told = [mesos.agents(master) for master in mesos.masters]
    return all(sorted(one["hostname"] for one in agents if one["active"]) == workers for agents in told)

"""A swarm whose clocks pass the ends of its nodes' certificates: renewed in time, and back after the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import BUSYBOX, Shape, deployed
from tests.nodes.swarm import SERVE, Swarm

pytestmark = pytest.mark.nodes

MORE = flannel.spec("host-gw")
SHAPES = {"one": Shape("swarm", more=MORE), "three": Shape("swarm", masters=3, nodes=2, more=MORE)}
NODE_CERTIFICATE = "/var/lib/docker/swarm/certificates/swarm-node.crt"
SECONDS = 600


@pytest.fixture(scope="module", params=SHAPES)
def swarm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Swarm]:
    """Deployed once for all tests of a shape, each of which is later than the one before."""
    with deployed(tmp_path_factory.mktemp("spec"), f"e-{request.param}", SHAPES[request.param]) as up:
        yield Swarm(up)


def test_what_managers_sign_ends_with_its_ca(swarm: Swarm) -> None:
    for machine in swarm.masters:
        for folder, name in (("docker", "server"), ("etcd", "server"), ("etcd", "peer"), ("etcd", "root")):
            pki = f"/etc/{folder}/pki"
            left = _end(machine, f"{pki}/ca.crt") - _end(machine, f"{pki}/{name}.crt")
            assert timedelta(0) <= left < timedelta(days=2)


def test_docker_renews_what_ends(swarm: Swarm) -> None:
    """In the last fifth of a year at the latest, as soon as it looks."""
    ran(swarm.master, f"docker service create --detach --quiet --name web --mode global {BUSYBOX} {SERVE}")
    assert all(_has(machine, 364) for machine in swarm.machines.values())
    for day in (340, 400):
        _on_day(swarm, day)
        for machine in swarm.machines.values():
            machine.run("systemctl restart docker.service", seconds=120)
            assert until(swarm.is_whole, SECONDS), swarm.listed()
        assert until(lambda: all(_has(machine, 36) for machine in swarm.machines.values()), SECONDS)
    assert _serves(swarm)
    said = swarm.up.cluster.run("status", swarm.up.cluster.spec.name)
    assert said.code == 0, said.text
    swarm.up.note(f"{said.text}\nthe swarm was whole on its 400th day")


def test_a_swarm_that_was_off_past_their_end_returns(swarm: Swarm) -> None:
    """Managers by themselves, with the services; workers have no way back."""
    workers = [machine for machine in swarm.machines.values() if machine not in swarm.masters]
    for machine in swarm.machines.values():
        ran(machine, "systemctl stop jeroboam-swarm.timer docker.service || systemctl stop docker.service")
    _on_day(swarm, 900)
    for machine in swarm.machines.values():
        ran(machine, "systemctl start docker.service")
    state = "docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.Error}}'"
    for machine in swarm.machines.values():
        assert until(partial(_says, machine, state, "certificate has expired"), 60)
        ran(machine, "systemctl start jeroboam-ends.service")
        assert f" 0={NODE_CERTIFICATE}" in machine.said
    for machine in swarm.masters:
        ran(machine, "systemctl start jeroboam-swarm.timer")
    assert until(lambda: _managers(swarm) == {"Ready"}, SECONDS), swarm.listed()
    assert ran(swarm.master, "docker service ls --format '{{.Name}} {{.Mode}}'") == "web global"
    swarm.up.note("the managers were back on the swarm's 900th day")
    token = ran(swarm.master, "docker swarm join-token --quiet worker")
    address = swarm.master.server.ports[0].address
    for machine in workers:
        ran(machine, f"docker swarm leave --force; docker swarm join --token {token} {address}:2377")
    assert until(swarm.is_whole, SECONDS), swarm.listed()
    assert _serves(swarm)


def _says(machine: Machine, command: str, words: str) -> bool:
    return words in ran(machine, command)


def _on_day(swarm: Swarm, day: int) -> None:
    for machine in swarm.machines.values():
        machine.move_clock(timedelta(days=day))


def _end(machine: Machine, file: str) -> datetime:
    said = ran(machine, f"openssl x509 -noout -enddate -in {file}").partition("=")[2]
    return datetime.strptime(said, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)


def _has(machine: Machine, days: int) -> bool:
    """Whether its certificate of the swarm lasts so long still."""
    return machine.run(f"openssl x509 -noout -checkend {days * 86400} -in {NODE_CERTIFICATE}").returncode == 0


def _managers(swarm: Swarm) -> set[str]:
    """What the swarm says of its managers' nodes."""
    listed = swarm.listed()
    return {listed[machine.server.name].split()[0] for machine in swarm.masters}


def _serves(swarm: Swarm) -> bool:
    whole = f"{len(swarm.machines)}/{len(swarm.machines)}"
    return until(lambda: ran(swarm.master, "docker service ls --format '{{.Replicas}}'") == whole, SECONDS)

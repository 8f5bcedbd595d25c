"""Swarms of machines: what Docker itself says of them, what containers reach, and what a reboot leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import doors, flannel, metadata_closed
from tests.nodes.asking import ran, reboot, until
from tests.nodes.clusters import BALANCED, BUSYBOX, DOCKER, Shape, deployed, others
from tests.nodes.swarm import PORT, SERVE, Swarm

pytestmark = pytest.mark.nodes

FLANNEL = flannel.spec("host-gw")
SHAPES = {
    "small": Shape("swarm", more=f"{FLANNEL}{BALANCED}"),
    "overlay": Shape("swarm", masters=3, nodes=2, more=DOCKER),
    "host-gw": Shape("swarm", masters=3, nodes=2, more=FLANNEL),
    "flatcar": Shape("swarm", "flatcar", more=FLANNEL),
    "fedora-coreos": Shape("swarm", "fedora-coreos", more=FLANNEL),
    "fedora-atomic": Shape("swarm", "fedora-atomic", more=FLANNEL),
    **{name: Shape("swarm", version=it, more=FLANNEL) for name, it in others("swarm").items()},
}


@pytest.fixture(scope="module", params=SHAPES)
def swarm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Swarm]:
    """Deployed once for all tests of a shape."""
    with deployed(tmp_path_factory.mktemp("spec"), f"n-{request.param}", SHAPES[request.param]) as up:
        yield Swarm(up)


def _has_mesh(machine: Machine) -> bool:
    """Whether its kernel has what Swarm's routing mesh and virtual addresses are made of."""
    return machine.run("modprobe ip_vs").returncode == 0


def _metadata_is_closed(machine: Machine, network: str) -> None:
    metadata_closed.answers(machine)
    metadata_closed.refuses(machine, f"docker run --rm --network {network} {BUSYBOX}")


def test_the_stack_is_complete_by_the_nodes_own_doing(swarm: Swarm) -> None:
    assert swarm.up.stack == "CREATE_COMPLETE"
    for name, machine in swarm.machines.items():
        assert f"jeroboam: node={name} " in machine.said
        assert "name=signal status=ok" in machine.said


def test_docker_counts_every_node(swarm: Swarm) -> None:
    assert swarm.is_whole(), swarm.listed()


def test_a_replicated_service_answers_on_every_node(swarm: Swarm) -> None:
    replicas = len(swarm.machines)
    spread = f"--replicas {replicas} --publish {PORT}:80"
    if not _has_mesh(swarm.master):
        spread = f"--mode global --endpoint-mode dnsrr --publish mode=host,published={PORT},target=80"
    create = f"docker service create --detach --quiet --name web {spread} {BUSYBOX} {SERVE}"
    ran(swarm.master, create, 300)
    shown = "docker service ls --filter name=web --format '{{.Replicas}}'"
    assert until(lambda: ran(swarm.master, shown) == f"{replicas}/{replicas}", 600), ran(
        swarm.master, "docker service ps --no-trunc web"
    )
    for machine in swarm.machines.values():
        for other in swarm.machines.values():
            url = f"http://{other.server.ports[0].address}:{PORT}/hostname"
            ran(
                machine,
                f"curl --silent --fail --max-time 60 --output /dev/null --retry 5 --retry-all-errors {url}",
            )


def test_containers_on_different_nodes_reach_each_other(swarm: Swarm) -> None:
    """By Docker's overlay; over flannel by the bridges as well."""
    one, other = swarm.master, swarm.worker
    overlay = swarm.overlay()
    for machine, name in ((one, "one"), (other, "other")):
        ran(machine, f"docker run --detach --name {name} --network {overlay} {BUSYBOX} sleep 86400", 300)
    pinged = ran(one, "docker exec one ping -c 3 other", 300)
    assert " 0% packet loss" in pinged
    # Its name stands for its tasks: virtual addresses want what not every kernel has.
    there = f"--network {overlay} --endpoint-mode dnsrr --constraint node.hostname=={other.server.name}"
    ran(one, f"docker service create --detach --quiet --name page {there} {BUSYBOX} {SERVE}", 300)
    fetch = "docker exec one fetch http://page/hostname"
    assert until(lambda: one.run(fetch).returncode == 0, 300), one.run(fetch)
    swarm.up.note("containers on different nodes reached each other, and a service by name,")
    if "flannel" not in swarm.shape.more:
        return
    flannel.containers_reach(one, other, BUSYBOX)


def test_the_metadata_service_answers_nodes_and_no_container(swarm: Swarm) -> None:
    """On Docker's bridge and on an overlay, also after restarts."""
    networks = ("bridge", swarm.overlay())
    for machine in swarm.machines.values():
        for network in networks:
            _metadata_is_closed(machine, network)
        metadata_closed.restart(machine, "systemd-networkd", "flanneld", "docker")
        assert until(swarm.is_whole, 900), swarm.listed()
        for network in networks:
            _metadata_is_closed(machine, network)


@pytest.mark.shapes({"small"})
def test_every_port_is_open_to_whom_it_should_be_and_to_nobody_else(swarm: Swarm) -> None:
    doors.hold(swarm.up, doors.of_docker(swarm.worker))


@pytest.mark.shapes({name for name, shape in SHAPES.items() if "flannel" in shape.more})
def test_flannel_has_the_compiled_subnet_and_mtu(swarm: Swarm) -> None:
    # host-gw puts nothing around a packet.
    flannel.subnets(swarm.machines.values(), 0)
    flannel.bridged(swarm.machines.values())


@pytest.mark.parametrize("role", ["worker", "master"])
def test_a_reboot_is_survived(swarm: Swarm, role: str) -> None:
    machine: Machine = getattr(swarm, role)
    reboot(machine)
    assert until(swarm.is_whole, 900), swarm.listed()
    url = f"http://{machine.server.ports[0].address}:{PORT}/hostname"
    assert until(lambda: swarm.worker.run(f"curl -sf --max-time 30 {url}").returncode == 0, 600)
    _metadata_is_closed(machine, "bridge")


@pytest.mark.shapes({name for name, shape in SHAPES.items() if shape.masters >= 3})
def test_a_quorum_of_managers_goes_on_without_the_others(swarm: Swarm) -> None:
    swarm.masters[-1].lose_power()
    assert until(lambda: " ".join(swarm.listed().values()).count("Down") == 1, 300), swarm.listed()
    ran(swarm.master, "docker service update --detach --env-add SINCE=loss web")
    shown = "docker service ps --filter desired-state=running --format '{{.CurrentState}}' web"
    replicas = len(swarm.machines) - (not _has_mesh(swarm.master))
    assert until(lambda: ran(swarm.master, shown).count("Running") == replicas, 900), ran(
        swarm.master, "docker service ps --no-trunc web"
    )

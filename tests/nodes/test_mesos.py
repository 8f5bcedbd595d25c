"""Mesos on machines: ZooKeeper, flannel and the units for real; `mirror/` says what stands in for Mesos."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.nodes import ways
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import doors, flannel, metadata_closed
from tests.nodes.asking import ran, reboot, until
from tests.nodes.clusters import BALANCED, BUSYBOX, DOCKER, Shape, deployed
from tests.nodes.mesos import Mesos, states, url_of, with_credentials

pytestmark = pytest.mark.nodes

LOG = "/var/log/jeroboam/bootstrap.log"
SHAPES = {
    "ensemble": Shape("mesos", masters=3, more=flannel.spec("host-gw")),
    "small": Shape("mesos", more=f"{DOCKER}{BALANCED}"),
    "flatcar": Shape("mesos", "flatcar", more=flannel.spec("vxlan")),
    # Later ones have no control groups of version 1, and are refused.
    "fedora-coreos": Shape("mesos", "fedora-coreos", "fedora-coreos-42", more=flannel.spec("vxlan")),
    "fedora-atomic": Shape("mesos", "fedora-atomic", more=flannel.spec("vxlan")),
}
OVER_FLANNEL = pytest.mark.shapes({name for name, shape in SHAPES.items() if "flannel" in shape.more})
ENSEMBLES = pytest.mark.shapes({name for name, shape in SHAPES.items() if shape.masters >= 3})


@pytest.fixture(scope="module", params=SHAPES)
def mesos(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Mesos]:
    """Deployed once for all tests of a shape."""
    with deployed(tmp_path_factory.mktemp("spec"), f"m-{request.param}", SHAPES[request.param]) as up:
        yield with_credentials(up)


def test_the_stack_is_complete_by_the_nodes_own_doing(mesos: Mesos) -> None:
    assert mesos.up.stack == "CREATE_COMPLETE"
    for machine in mesos.machines.values():
        assert "name=signal status=ok" in machine.said


@pytest.mark.emulated
def test_an_agents_control_groups_are_version_1_after_one_restart(mesos: Mesos) -> None:
    assert "rebooting into cgroup v1" in ran(mesos.worker, f"cat {LOG}")
    assert "systemd.unified_cgroup_hierarchy=0" in ran(mesos.worker, "cat /proc/cmdline")
    ran(mesos.worker, "test ! -e /sys/fs/cgroup/cgroup.controllers")
    for master in mesos.masters:
        # Containers run on agents only.
        assert "systemd.unified_cgroup_hierarchy" not in ran(master, "cat /proc/cmdline")


def test_zookeeper_has_formed(mesos: Mesos) -> None:
    assert states(mesos.masters) == mesos.states


def test_every_master_tells_of_every_agent(mesos: Mesos) -> None:
    for master in mesos.masters:
        (agent,) = mesos.agents(master)
        assert agent["hostname"] == str(mesos.worker.server.ports[0].address)
        assert agent["active"]


def test_nobody_is_told_without_a_password(mesos: Mesos) -> None:
    asked = "curl -s --max-time 30 -o /dev/null -w '%{http_code}' "
    assert ran(mesos.worker, f"{asked} -L {url_of(mesos.master, 5050)}/slaves") == "401"
    assert ran(mesos.worker, f"{asked} {url_of(mesos.master, 8080)}/ping") == "401"


def test_marathon_answers_on_each_master(mesos: Mesos) -> None:
    for master in mesos.masters:
        assert mesos.asked(f"{url_of(master, 8080)}/ping", mesos.worker, "MARATHON") == "pong"


@pytest.mark.shapes({"small"})
def test_every_port_is_open_to_whom_it_should_be_and_to_nobody_else(mesos: Mesos) -> None:
    doors.hold(mesos.up, doors.of_docker(mesos.worker))


@OVER_FLANNEL
def test_flannel_has_the_compiled_subnet_and_mtu(mesos: Mesos) -> None:
    host_gw = "host-gw" in mesos.shape.more
    flannel.subnets(mesos.machines.values(), 0 if host_gw else flannel.VXLAN_BYTES)
    flannel.bridged(mesos.machines.values())


@OVER_FLANNEL
def test_containers_on_different_nodes_reach_each_other(mesos: Mesos) -> None:
    if ways.is_emulated():
        # By control groups of version 1 runc tries a thousand times to freeze what it starts; where programs
        # switch as seldom as on these machines, that is over before the new one has had its turn.
        ran(mesos.worker, "echo 1000000 >/sys/kernel/debug/sched/wakeup_granularity_ns")
    flannel.containers_reach(mesos.master, mesos.worker, BUSYBOX)


def _metadata_is_closed(machine: Machine) -> None:
    """To what Docker runs on a bridge, as the docker containerizer has it do."""
    metadata_closed.answers(machine)
    metadata_closed.refuses(machine, f"docker run --rm {BUSYBOX}")


def test_the_metadata_service_answers_nodes_and_no_bridged_container(mesos: Mesos) -> None:
    for machine in mesos.machines.values():
        _metadata_is_closed(machine)


@pytest.mark.parametrize("role", ["worker", "master"])
def test_a_reboot_is_survived(mesos: Mesos, role: str) -> None:
    machine: Machine = getattr(mesos, role)
    reboot(machine)
    assert until(lambda: states(mesos.masters) == mesos.states, 900)
    assert until(lambda: all(len(mesos.agents(master)) == 1 for master in mesos.masters), 900)
    _metadata_is_closed(machine)


@ENSEMBLES
def test_a_quorum_of_masters_goes_on_without_the_others(mesos: Mesos) -> None:
    lost = next(m for m in mesos.masters if states([m]) == ["leader"])
    rest = [master for master in mesos.masters if master is not lost]
    lost.lose_power()
    assert until(lambda: states(rest) == ["follower", "leader"], 300)
    assert until(lambda: all(len(mesos.agents(master)) == 1 for master in rest), 300)

"""Mesos on machines: ZooKeeper, flannel and the units for real; `mirror/` says what stands in for Mesos."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.labs.nodes import ways
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import doors, flannel, metadata_closed
from tests.nodes.asking import ran, reboot, until
from tests.nodes.clusters import BALANCED, BUSYBOX, DOCKER, OnMachines, Shape, deployed

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


@dataclass(frozen=True)
class Mesos(OnMachines):
    """`env` is what `jeroboam credentials` made."""

    env: str

    @property
    def states(self) -> list[str]:
        """What the nodes of its ZooKeeper have to be."""
        return ["standalone"] if self.shape.masters == 1 else ["follower", "follower", "leader"]

    def asked(self, url: str, by: Machine, prefix: str = "MESOS") -> str:
        """The answer to `admin`, asked on one of the machines as that user would from outside."""
        login = f'--user "${prefix}_USER:${prefix}_PASSWORD"'
        return ran(by, f"{self.env}\ncurl -sfL --location-trusted --max-time 30 {login} {shlex.quote(url)}")

    def agents(self, master: Machine) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self.asked(f"{_url(master, 5050)}/slaves", master))[
            "slaves"
        ]
        return listed


def _url(machine: Machine, port: int) -> str:
    return f"http://{machine.server.ports[0].address}:{port}"


def _states(machines: list[Machine]) -> list[str]:
    """What each node's ZooKeeper is to the ensemble."""
    ask = "exec 3<>/dev/tcp/{}/2181 && printf mntr >&3 && sed -n 's/^zk_server_state\\s*//p' <&3"
    return sorted(ran(machine, ask.format(machine.server.ports[0].address)) for machine in machines)


@pytest.fixture(scope="module", params=SHAPES)
def mesos(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Mirror
) -> Iterator[Mesos]:
    """Deployed once for all tests of a shape."""
    folder = tmp_path_factory.mktemp("spec")
    with deployed(folder, f"m-{request.param}", SHAPES[request.param]) as up:
        address = OnMachines(up).master.server.ports[0].address
        made = up.cluster.run("credentials", up.cluster.name, "--address", f"{address}", "-o", "access")
        assert made.code == 0, made.text
        yield Mesos(up, (folder / "access" / "env.sh").read_text(encoding="utf-8"))


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
    assert _states(mesos.masters) == mesos.states


def test_every_master_tells_of_every_agent(mesos: Mesos) -> None:
    for master in mesos.masters:
        (agent,) = mesos.agents(master)
        assert agent["hostname"] == str(mesos.worker.server.ports[0].address)
        assert agent["active"]


def test_nobody_is_told_without_a_password(mesos: Mesos) -> None:
    asked = "curl -s --max-time 30 -o /dev/null -w '%{http_code}' "
    assert ran(mesos.worker, f"{asked} -L {_url(mesos.master, 5050)}/slaves") == "401"
    assert ran(mesos.worker, f"{asked} {_url(mesos.master, 8080)}/ping") == "401"


def test_marathon_answers_on_each_master(mesos: Mesos) -> None:
    for master in mesos.masters:
        assert mesos.asked(f"{_url(master, 8080)}/ping", mesos.worker, "MARATHON") == "pong"


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
    assert until(lambda: _states(mesos.masters) == mesos.states, 900)
    assert until(lambda: all(len(mesos.agents(master)) == 1 for master in mesos.masters), 900)
    _metadata_is_closed(machine)


@ENSEMBLES
def test_a_quorum_of_masters_goes_on_without_the_others(mesos: Mesos) -> None:
    lost = next(m for m in mesos.masters if _states([m]) == ["leader"])
    rest = [master for master in mesos.masters if master is not lost]
    lost.lose_power()
    assert until(lambda: _states(rest) == ["follower", "leader"], 300)
    assert until(lambda: all(len(mesos.agents(master)) == 1 for master in rest), 300)

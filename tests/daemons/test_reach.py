"""Whether containers reach other nodes, as the kernel tells by such links and routes as flanneld makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from jeroboam.resources import fragment
from jeroboam.userdata.environment import CLUSTER_ENV, HEAT_ENV, environment_text
from tests.daemons.conftest import PROGRAMS
from tests.daemons.machine import Machine, machine, switch

pytestmark = [pytest.mark.daemons, pytest.mark.xdist_group("daemons")]

MASTER, WORKER = "ci-master-0", "ci-web-0"
ADDRESSES = {MASTER: "10.8.0.1", WORKER: "10.8.0.2"}
LIBRARIES = ("addresses", "log", "node", "reach", "retry", "route")
VXLAN = """
ip link add flannel.1 address 02:00:00:00:00:0{own} type vxlan id 1 dstport 8472 local 10.8.0.{own} nolearning
ip address add 10.50.{own}.0/32 dev flannel.1
ip link set flannel.1 up
ip neigh add 10.50.{other}.0 lladdr 02:00:00:00:00:0{other} dev flannel.1
bridge fdb add 02:00:00:00:00:0{other} dev flannel.1 dst 10.8.0.{other}
ip route add 10.50.{other}.0/24 via 10.50.{other}.0 dev flannel.1 onlink
"""
"""What flanneld makes of another node's lease."""
HOST_GW = "ip route add 10.50.{other}.0/24 via 10.8.0.{other}\n"
BRIDGE = (
    "ip link add docker0 type bridge; ip address add 10.50.{own}.1/24 dev docker0; ip link set docker0 up\n"
)
"""Docker's, with no container on it."""
LOST = "iptables --insert INPUT --protocol udp --dport 8472 --jump DROP"
UNANSWERED = "iptables --insert INPUT --destination 10.50.0.0/16 --jump DROP"


@pytest.fixture(params=["vxlan", "host-gw"])
def nodes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Machine]]:
    """A master and a worker whose bridges flannel connects, by one of its backends."""
    with ExitStack() as running:
        network = running.enter_context(switch())
        up = {}
        for name, address in ADDRESSES.items():
            root = tmp_path_factory.mktemp("root")
            up[name] = running.enter_context(machine(root, PROGRAMS, name, f"{address}/24", network))
            own, other = ("1", "2") if name == MASTER else ("2", "1")
            made = BRIDGE + (VXLAN if request.param == "vxlan" else HOST_GW)
            done = up[name].run("bash", "-ec", made.format(own=own, other=other))
            assert done.returncode == 0, done.stderr
            lease = f"FLANNEL_NETWORK=10.50.0.0/16\nFLANNEL_SUBNET=10.50.{own}.1/24\n"
            up[name].place("/run/flannel/subnet.env", lease)
            up[name].place(CLUSTER_ENV, environment_text({"JEROBOAM_BOOTSTRAP_SECONDS": "4"}))
            up[name].place(
                HEAT_ENV, environment_text({"JEROBOAM_MASTER_ADDRESSES": f"0={ADDRESSES[MASTER]}"})
            )
            for library in LIBRARIES:
                up[name].place(f"/opt/jeroboam/lib/{library}.sh", fragment(f"common/lib/{library}.sh"))
            up[name].place("/opt/jeroboam/run.sh", fragment("common/run.sh"))
            up[name].place("/tried.sh", "use reach\nawait_flannel\n")
        yield up


def test_a_node_is_up_where_packets_arrive_and_only_there(nodes: Mapping[str, Machine]) -> None:
    worker = nodes[WORKER]
    tried = ("bash", "/opt/jeroboam/run.sh", "/tried.sh")
    done = worker.run(*tried)
    assert done.returncode == 0, done.stderr
    assert nodes[MASTER].run(*tried).stdout == (
        "no other node is up before this one: flannel between nodes is not tried\n"
    )
    vxlan = worker.run("ip", "link", "show", "flannel.1").returncode == 0
    lost = nodes[MASTER].run(*(LOST if vxlan else UNANSWERED).split())
    assert lost.returncode == 0, lost.stderr
    done = worker.run(*tried)
    assert done.returncode == 1
    what = "a packet from this node's containers (10.50.2.1/24) to reach a master's by flannel"
    assert done.stderr.splitlines()[-1] == f"timed out waiting for {what}"

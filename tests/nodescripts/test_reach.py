"""Whether a node finds that its containers reach those of others, by what the kernel and Docker tell it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.nodescripts.lab import FRAGMENTS, Node

OWN = "10.0.0.77"
REFUSES = 'echo "* connect to $JEROBOAM_ROOT port 1 failed: Connection refused" >&2; exit 7'
FDB = "02:42:0a:00:00:02 dev vxlan0 dst 10.0.0.6 link-netnsid 0 self permanent"
NEIGHBOUR = "10.50.6.0 dev flannel.1 lladdr 02:42:0a:00:00:02 PERMANENT"
DOCKER = """
case "$*" in
  *{{.Id}}*) [ ! -e "$JEROBOAM_ROOT/no-ingress" ] && echo ihkae0rbphzogbyv ;;
  *.Peers*) echo "10.0.0.77 $(cat "$JEROBOAM_ROOT/peers") " ;;
esac
"""


def _ip(route: str, own: str = OWN) -> str:
    """The program ip of a node with that route into the network of containers."""
    return f"""
case "$*" in
  "-o route get "*) echo "$4 dev ens3 src {own} uid 0" ;;
  "-4 neigh show") echo "{NEIGHBOUR}" ;;
  "-o -4 route show root 10.50.0.0/16") echo "{route}" ;;
esac
"""


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A worker of three masters, of which the second is behind a tunnel; what it asks for is refused."""
    made = Node(tmp_path, "ci-web-0")
    made.environment(
        {"JEROBOAM_MASTER_ADDRESSES": "0=10.0.0.5 1=10.0.0.6 2=10.0.0.7"}, JEROBOAM_BOOTSTRAP_SECONDS="10"
    )
    for library in (FRAGMENTS / "swarm/lib").iterdir():
        made.place(f"opt/jeroboam/lib/{library.name}", library.read_text("utf-8"))
    made.place(
        "run/flannel/subnet.env",
        "FLANNEL_NETWORK=10.50.0.0/16\nFLANNEL_SUBNET=10.50.7.1/24\nFLANNEL_MTU=1450\n",
    )
    made.place("run/docker/netns/3-ihkae0rbph", "")
    made.place("peers", "10.0.0.6")
    made.stub("ip", _ip("10.50.6.0/24 via 10.50.6.0 dev flannel.1 onlink"))
    made.stub("bridge", f'echo "{FDB}"')
    made.stub("nsenter", 'exec "${@:2}"')
    made.stub("docker", DOCKER)
    made.stub("curl", REFUSES)
    return made


def _flannel(node: Node) -> subprocess.CompletedProcess[str]:
    return node.bash("use reach; await_flannel")


def _overlay(node: Node) -> subprocess.CompletedProcess[str]:
    return node.bash("use overlay; await_overlay")


def _asked(node: Node) -> list[str]:
    return [call for call in node.called() if call.startswith("curl ")]


@pytest.mark.parametrize(
    "route",
    ["10.50.6.0/24 via 10.50.6.0 dev flannel.1 onlink", "10.50.6.0/24 via 10.0.0.6 dev ens3"],
    ids=["vxlan", "host-gw"],
)
def test_flannel_is_asked_for_a_masters_bridge_from_this_nodes(node: Node, route: str) -> None:
    node.stub("ip", _ip(route))
    done = _flannel(node)
    assert done.returncode == 0, done.stderr
    (asked,) = _asked(node)
    assert "--interface 10.50.7.1 " in asked
    assert asked.endswith(" http://10.50.6.1:1")


@pytest.mark.parametrize(
    "curl", ["exit 28", 'echo "failed: No route to host" >&2; exit 7'], ids=["lost", "no way"]
)
def test_packets_that_flannel_loses_are_waited_for_and_told(node: Node, curl: str) -> None:
    node.stub("curl", curl)
    done = _flannel(node)
    assert done.returncode == 1
    assert len(_asked(node)) == 3
    what = "a packet from this node's containers (10.50.7.1/24) to reach a master's by flannel"
    assert done.stderr.splitlines()[-1] == f"timed out waiting for {what}"


def test_a_route_that_is_not_there_yet_is_waited_for(node: Node) -> None:
    node.stub("ip", _ip("10.50.3.0/24 via 10.50.3.0 dev flannel.1 onlink"))
    assert _flannel(node).returncode == 1
    assert not _asked(node)


@pytest.mark.parametrize("device", ["flannel0", "flannel-wg"])
def test_where_one_route_leads_to_all_nobody_can_be_asked(node: Node, device: str) -> None:
    node.place(f"sys/class/net/{device}/mtu", "1420\n")
    done = _flannel(node)
    assert (done.returncode, _asked(node)) == (0, [])
    assert "flannel between nodes is not tried" in done.stdout


@pytest.mark.parametrize(
    ("own", "asked"), [("10.0.0.5", []), ("10.0.0.7", ["http://10.50.6.1:1"])], ids=["first", "third"]
)
def test_a_master_asks_the_others_but_the_first_asks_nobody(node: Node, own: str, asked: list[str]) -> None:
    node.stub("ip", _ip("10.50.6.0/24 via 10.0.0.6 dev ens3", own))
    node.stub("curl", REFUSES)
    for ask in (_flannel, _overlay):
        done = ask(node)
        assert done.returncode == 0, done.stderr
        assert ("is not tried" in done.stdout or "are not tried" in done.stdout) is (not asked)
    assert [call.rpartition(" ")[2] for call in _asked(node)][: len(asked)] == asked
    assert bool(_asked(node)) is bool(asked)


def test_the_overlay_is_asked_within_dockers_namespaces(node: Node) -> None:
    done = _overlay(node)
    assert done.returncode == 0, done.stderr
    namespaces = [call.split()[1].rpartition("/")[2] for call in node.called() if call.startswith("nsenter ")]
    assert set(namespaces) == {"3-ihkae0rbph", "ingress_sbox"}
    assert _asked(node)[-1].endswith(" http://10.50.6.0:1")


@pytest.mark.parametrize(
    ("peers", "curl", "told"),
    [
        ("10.0.0.9", REFUSES, "a manager's gossip of overlay networks at port 7946"),
        (
            "10.0.0.6",
            "exit 28",
            "a packet in the overlay network ingress to reach a manager at UDP port 4789",
        ),
    ],
    ids=["gossip", "packets"],
)
def test_what_of_the_overlay_does_not_work_is_told(node: Node, peers: str, curl: str, told: str) -> None:
    node.place("peers", peers)
    node.stub("curl", curl)
    done = _overlay(node)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"timed out waiting for {told}"


def test_a_swarm_without_ingress_is_a_swarm_still(node: Node) -> None:
    node.place("no-ingress", "")
    done = _overlay(node)
    assert done.returncode == 0
    assert "overlay networks between nodes are not tried" in done.stdout

"""metadata.sh on the kernel: a metadata service, a node and its containers, each a network namespace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.nodescripts.lab import FRAGMENTS, Node

SCRIPT = FRAGMENTS / "common/metadata.sh"
SERVICE, SERVICE6 = "169.254.169.254", "fe80::a9fe:a9fe"
URLS = (f"http://{SERVICE}/", f"http://[{SERVICE6}%25eth0]/")
OTHERS = ("http://10.0.0.1/", "http://[fd00:1::1]/")
"""What containers go on to reach in the cloud."""
NAMESPACES = ("--user", "--map-root-user", "--net", "--mount")
WIRES = f"""
set -e
mount -t tmpfs none /run
for name in cloud node bridged routed; do
  ip netns add $name
  ip -netns $name link set lo up
  # Nobody else has these addresses.
  nsenter --net=/run/netns/$name sysctl --quiet net.ipv6.conf.default.accept_dad=0
done
connect() {{
  ip -netns $1 link add $2 type veth peer name eth0 netns $3
  ip -netns $1 link set $2 up
  ip -netns $3 link set eth0 up
}}
address() {{ ip -netns $1 address add $3 dev $2; }}
in_node() {{ nsenter --net=/run/netns/node "$@"; }}

connect cloud port node
address cloud port 10.0.0.1/24; address cloud port fd00:1::1/64; address cloud port {SERVICE6}/64
address cloud lo {SERVICE}/32
address node eth0 10.0.0.5/24; address node eth0 fd00:1::5/64
ip -netns node route add default via 10.0.0.1
in_node sysctl --quiet net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

# On a bridge, as Docker and Flannel have it.
ip -netns node link add cni0 type bridge
ip -netns node link set cni0 up
connect node veth0 bridged
ip -netns node link set veth0 master cni0
address node cni0 10.50.1.1/24; address node cni0 fd00:2::1/64
address bridged eth0 10.50.1.2/24; address bridged eth0 fd00:2::2/64
ip -netns bridged route add default via 10.50.1.1
ip -netns bridged route add default via fd00:2::1

# By a route of its own, as Calico has it: the gateway is an address that the node answers for on the wire.
connect node cali0 routed
in_node sysctl --quiet net.ipv4.conf.cali0.proxy_arp=1 net.ipv6.conf.cali0.proxy_ndp=1
ip -netns node address add fe80::1/64 dev cali0
ip -netns node route add 10.50.2.2 dev cali0
ip -netns node route add fd00:3::2 dev cali0
address routed eth0 10.50.2.2/32; address routed eth0 fd00:3::2/128
ip -netns routed route add 169.254.1.1 dev eth0
ip -netns routed route add default via 169.254.1.1
ip -netns routed route add default via fe80::1 dev eth0

ip -netns cloud route add 10.50.0.0/16 via 10.0.0.5
for range in fd00:2::/64 fd00:3::/64; do ip -netns cloud route add $range via fd00:1::5; done

# A container that is allowed to may say that the address is the node's.
for pair in bridged:cni0 routed:cali0; do
  mac=$(ip -netns node -o link show ${{pair#*:}} | sed 's/.*link.ether \\([^ ]*\\).*/\\1/')
  ip -netns ${{pair%:*}} -6 neighbour replace {SERVICE6} lladdr $mac dev eth0
done
echo ready
exec sleep infinity
"""
SERVER = """
import http.server, socket, sys
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
server = Server(("::", 80), Answer)
print("ready", flush=True)
server.serve_forever()
"""


class Wires:
    """A cloud, a node and two containers: `bridged` and `routed`."""

    def __init__(self, kept: ExitStack) -> None:
        self._holder = kept.enter_context(_process("unshare", *NAMESPACES, "sh", "-c", WIRES))
        kept.enter_context(_process(*self._in("cloud"), sys.executable, "-S", "-c", SERVER))

    def run(self, place: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs a program in one of the namespaces."""
        return subprocess.run((*self._in(place), *words), capture_output=True, text=True, timeout=60)

    def script(self, verb: str) -> subprocess.CompletedProcess[str]:
        """metadata.sh on the node."""
        return self.run("node", "bash", str(SCRIPT), verb)

    def answers(self, place: str, urls: tuple[str, ...]) -> list[bool]:
        """Whether the cloud answers, by URL."""
        ask = ("curl", "--silent", "--fail", "--max-time", "20", "--output", "/dev/null")
        return [self.run(place, *ask, url).returncode == 0 for url in urls]

    def way(self, service: str, source: str, interface: str) -> str:
        """Where the node sends a packet for the service that came in by an interface."""
        family = "-6" if ":" in service else "-4"
        done = self.run("node", "ip", family, "route", "get", service, "from", source, "iif", interface)
        return done.stdout + done.stderr

    def _in(self, place: str) -> tuple[str, ...]:
        enter = ("nsenter", "--target", str(self._holder.pid), "--user", "--preserve-credentials", "--mount")
        return (*enter, "nsenter", f"--net=/run/netns/{place}")


def _process(*words: str) -> subprocess.Popen[str]:
    """One that has said that it is ready; leaving its block ends it."""

    class Ended(subprocess.Popen[str]):
        def __exit__(self, *_: object) -> None:
            self.kill()
            super().__exit__(None, None, None)

    process = Ended(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    if process.stdout.readline() != "ready\n":
        with process:
            pytest.fail(process.stderr.read())
    return process


@pytest.fixture
def wires() -> Iterator[Wires]:
    """Fresh ones."""
    needed = ("unshare", *NAMESPACES, "mount", "-t", "tmpfs", "none", "/run")
    if shutil.which("ip") is None or subprocess.run(needed, capture_output=True).returncode:
        pytest.skip("needs iproute2 and namespaces of a user's own: run as root")
    with ExitStack() as kept:
        yield Wires(kept)


@pytest.mark.parametrize("place", ["bridged", "routed"])
@pytest.mark.parametrize("reverse_path", [0, 1, 2], ids=["unfiltered", "strict", "loose"])
def test_the_service_answers_the_node_and_no_container(wires: Wires, place: str, reverse_path: int) -> None:
    settings = [f"net.ipv4.conf.{name}.rp_filter={reverse_path}" for name in ("all", "eth0", "cni0", "cali0")]
    assert wires.run("node", "sysctl", "--quiet", *settings).returncode == 0
    assert wires.answers("node", URLS) == [True, True]
    assert wires.answers(place, URLS[:1]) == [True]
    done = wires.script("close")
    assert done.returncode == 0, done.stderr
    assert wires.answers(place, URLS) == [False, False]
    assert wires.answers("node", URLS) == [True, True]
    assert wires.answers(place, OTHERS) == wires.answers("node", OTHERS) == [True, True]


@pytest.mark.parametrize(("source", "interface"), [("fd00:2::2", "cni0"), ("fd00:3::2", "cali0")])
def test_the_kernel_itself_takes_no_link_local_address_across(
    wires: Wires, source: str, interface: str
) -> None:
    """The service's IPv6 address leads back to where the packet came from; with the rules, nowhere."""
    assert f" dev {interface} " in wires.way(SERVICE6, source, interface)
    assert wires.script("close").returncode == 0
    assert "Permission denied" in wires.way(SERVICE6, source, interface)


def test_it_can_be_done_again(wires: Wires) -> None:
    shown = []
    for _ in range(2):
        done = wires.script("close")
        assert done.returncode == 0, done.stderr
        shown.append([wires.run("node", "ip", family, "rule").stdout for family in ("-4", "-6")])
    assert shown[0] == shown[1]


def test_the_rules_pass_for_the_kernels_own(wires: Wires) -> None:
    """systemd-networkd removes all others: networkd.conf(5), ManageForeignRoutingPolicyRules=."""
    assert wires.script("close").returncode == 0
    for family in ("-4", "-6"):
        lines = wires.run("node", "ip", "-details", family, "rule").stdout.splitlines()
        own = [line for line in lines if SERVICE in line or SERVICE6 in line]
        assert len(own) == 2
        assert all("proto kernel" in line for line in own), lines


@pytest.mark.parametrize(("family", "service"), [("-4", SERVICE), ("-6", SERVICE6)])
def test_an_open_service_is_told(wires: Wires, family: str, service: str) -> None:
    done = wires.script("verify")
    assert done.returncode == 1
    assert "is reachable from " in done.stderr
    assert wires.script("close").returncode == 0
    assert wires.script("verify").returncode == 0
    wires.run("node", "ip", family, "rule", "delete", "pref", "11")
    done = wires.script("verify")
    assert done.returncode == 1
    assert done.stderr.startswith(f"the metadata service, {service}, is reachable from ")


def test_a_kernel_that_takes_no_rule_is_told(node: Node) -> None:
    answer = "RTNETLINK answers: Operation not supported"
    node.stub("ip", f'echo "{answer}" >&2; exit 2')
    node.place("opt/jeroboam/metadata.sh", SCRIPT.read_text("utf-8"), 0o755)
    done = node.run("opt/jeroboam/metadata.sh", "close")
    assert done.returncode == 1
    assert done.stderr == f"ip -4 rule add to {SERVICE} iif lo lookup main pref 10: {answer}\n"


def test_cloud_init_tells_the_nodes_users_no_key(node: Node) -> None:
    """Its instance-data.json is everybody's to read, and names the keypair with its comment."""
    keys = f"{'0a' * 32}:{'1b' * 32}"
    line = '{{"public_ssh_keys": ["ssh-ed25519 AAAAC3Nz jeroboam-seal{}"], "platform": "openstack"}}\n'
    told = node.root / "run/cloud-init/instance-data.json"
    node.place("run/cloud-init/instance-data.json", line.format(f":{keys}"), 0o644)
    node.place("opt/jeroboam/metadata.sh", SCRIPT.read_text("utf-8"), 0o755)
    node.stub("ip", 'echo "Permission denied"')
    before = node.run("opt/jeroboam/metadata.sh", "verify")
    assert (before.returncode, before.stderr) == (
        1,
        f"{told} lets every user of the node read the key of its secrets\n",
    )
    for verb in ("close", "close", "verify"):
        done = node.run("opt/jeroboam/metadata.sh", verb)
        assert done.returncode == 0, done.stderr
    assert told.read_text("utf-8") == line.format("")
    assert told.stat().st_mode & 0o777 == 0o644


# --- the step -----------------------------------------------------------------------------------


def _step(node: Node, systemctl: str = "", answer: str = "") -> subprocess.CompletedProcess[str]:
    node.stub("systemctl", systemctl)
    node.stub("journalctl", "echo the last words")
    node.place("opt/jeroboam/metadata.sh", f"#!/bin/bash\n{answer}\n", 0o755)
    node.step("22", "common/steps/metadata.sh")
    return node.run_script("opt/jeroboam/steps/22.sh")


def test_the_step_starts_the_unit_and_asks_the_kernel(node: Node) -> None:
    done = _step(node, answer="[[ $1 == verify ]] && echo verified")
    assert done.returncode == 0, done.stderr
    assert node.called() == ["systemctl start jeroboam-metadata.service"]
    assert "verified" in done.stdout


def test_a_unit_that_failed_fails_the_bootstrap(node: Node) -> None:
    done = _step(node, systemctl="exit 1")
    assert done.returncode == 1
    assert done.stderr == "containers can reach the metadata service: the last words\n"


def test_so_does_a_rule_that_does_not_hold(node: Node) -> None:
    assert _step(node, answer="echo open >&2; exit 1").returncode == 1

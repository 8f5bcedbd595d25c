"""With further ports, the way out stays by the first: whoever manages its interface is told so, for good."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.nodescripts.lab import Node

NETWORKD = "etc/systemd/network/05-jeroboam.network"
MANAGER = "etc/NetworkManager/conf.d/jeroboam-way-out.conf"
GIVEN = "[Match]\nName=e*\n[Network]\nDHCP=ipv4\n"
OTHER = "default via 10.70.0.1 dev ens3 proto dhcp src 10.70.0.9 metric 100 \n"
EQUAL = "default via 10.0.0.1 dev ens4 proto dhcp src 10.0.0.5 metric 100 \n"
PREFERRED = "default via 10.0.0.1 dev ens4 proto dhcp src 10.0.0.5 metric 50 \n"
IP = """\
case "$*" in
  "-o -4 address show to 10.0.0.0/24")
    [ -e "$JEROBOAM_ROOT/early" ] && rm "$JEROBOAM_ROOT/early" ||
      echo "3: ens4    inet 10.0.0.5/24 brd 10.0.0.255 scope global dynamic ens4" ;;
  "-o link show dev ens4") echo "3: ens4: <UP> mtu 1500 link/ether fa:16:3e:00:00:04 brd ff:ff:ff:ff:ff:ff" ;;
  "-4 route show default dev ens4") grep ' ens4 ' "$JEROBOAM_ROOT/routes" || : ;;
  "-4 route show default") cat "$JEROBOAM_ROOT/routes" ;;
  *) exit 9 ;;
esac"""


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A node whose first port is its second interface; its manager obeys as soon as it is told."""
    node = Node(tmp_path)
    node.environment({"JEROBOAM_SUBNET_CIDR": "10.0.0.0/24"})
    node.step("02-way-out", "common/steps/way-out.sh")
    node.place("usr/lib/systemd/network/all.network", GIVEN)
    node.place("routes", OTHER + EQUAL)
    node.place("better", PREFERRED + OTHER)
    node.stub("ip", IP, quiet=True)
    obey = 'cp "$JEROBOAM_ROOT/better" "$JEROBOAM_ROOT/routes"'
    told = 'echo "          Network File: /usr/lib/systemd/network/all.network"'
    node.stub("networkctl", f'if [ "$1" = reload ]; then {obey}; else {told}; fi')
    node.stub("nmcli", f'if [ "$1" = device ]; then {obey}; fi')
    node.stub("systemctl", "exit 3")
    return node


def _run(node: Node) -> subprocess.CompletedProcess[str]:
    return node.run_script("opt/jeroboam/steps/02-way-out.sh")


def test_networkd_prefers_the_first_ports_interface_alone(node: Node) -> None:
    """Once more after a reboot, it is so already."""
    for _ in range(2):
        done = _run(node)
        assert done.returncode == 0, done.stderr
        assert "the way out is by ens4" in done.stdout
    assert node.text(NETWORKD) == GIVEN
    said = node.text(f"{NETWORKD}.d/metric.conf")
    assert said.startswith("[Match]\nMACAddress=fa:16:3e:00:00:04\n")
    assert said.count("RouteMetric=50\n") == 2
    assert node.called().count("networkctl reload") == 1
    assert not node.exists(MANAGER)


def test_networkmanager_prefers_it_where_that_runs(node: Node) -> None:
    node.stub("systemctl")
    done = _run(node)
    assert done.returncode == 0, done.stderr
    assert node.text(MANAGER).splitlines() == [
        "[connection-jeroboam]",
        "match-device=interface-name:ens4",
        "ipv4.route-metric=50",
        "ipv6.route-metric=50",
    ]
    assert [call for call in node.called() if call.startswith("nmcli")] == [
        "nmcli device modify ens4 ipv4.route-metric 50 ipv6.route-metric 50",
    ]
    assert not node.exists(NETWORKD)


def test_a_copy_is_never_made_of_itself(node: Node) -> None:
    """After a start that a failure cut off, the interface has the copy already."""
    node.place(NETWORKD, GIVEN)
    node.stub("networkctl", f'if [ "$1" = reload ]; then cp "$JEROBOAM_ROOT/better" "$JEROBOAM_ROOT/routes"; '
              f'else echo "Network File: /{NETWORKD}"; fi')  # fmt: skip
    assert _run(node).returncode == 0
    assert node.text(NETWORKD) == GIVEN


def test_an_address_is_waited_for(node: Node) -> None:
    node.place("early", "")
    done = _run(node)
    assert done.returncode == 0, done.stderr
    assert "waiting for an address in 10.0.0.0/24" in done.stderr
    assert node.exists(NETWORKD)


def test_a_way_out_by_another_port_is_a_failure(node: Node) -> None:
    """An interface whose name begins alike is another one."""
    node.place("better", OTHER.replace("ens3", "ens40").replace("100", "50") + EQUAL)
    done = _run(node)
    assert done.returncode == 1
    assert "the default route is not by ens4: default via 10.70.0.1 dev ens40" in done.stderr


def test_a_network_without_a_router_has_no_way_out(node: Node) -> None:
    node.place("routes", OTHER)
    done = _run(node)
    assert done.returncode == 0, done.stderr
    assert "ens4 has no default route" in done.stdout
    assert not node.exists(NETWORKD)

"""Nodes that cannot: a file is missing, a cloud does not answer, a container network ends at the node."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from tests.labs.cloud.settings import settings
from tests.labs.nodes import cuts
from tests.labs.nodes.mirror.serve import Mirror
from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.labs.nodes.watcher import Watcher
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import DOCKER, Shape, booted, written

pytestmark = pytest.mark.nodes

# How soon is soon, a right clock says.
SHAPE = Shape("swarm", more=DOCKER, slowness=1)
SHORT = "timeouts: {create_minutes: 10, node_bootstrap_minutes: 4}\n"
LOG = "/var/log/jeroboam/bootstrap.log"
BOOT_SECONDS = 2400
SOON = 120
"""Seconds from a node's first word to a stack that says why it failed."""


def test_a_file_that_the_mirror_lacks_fails_the_stack_soon(tmp_path: Path, mirror: Mirror) -> None:
    cluster = written(tmp_path, "n-lacking", SHAPE)
    before, mirror.missing = mirror.missing, ("/linux/static/stable/*",)
    try:
        with booted(cluster, SHAPE.slowness) as watcher:
            running = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
            assert until(lambda: _spoke(watcher) or not running.runs, BOOT_SECONDS)
            assert running.runs, running.text
            began = time.monotonic()
            done = running.wait(BOOT_SECONDS)
            took = time.monotonic() - began
            seen = cluster.run("diagnose", cluster.name)
    finally:
        mirror.missing = before
    assert done.code != 0
    assert "40-install" in done.text, done.text
    assert "curl exit 22" in done.text
    assert "40-install" in seen.text
    assert took < SOON, took


def test_a_node_that_cannot_reach_heat_says_so_on_its_console(tmp_path: Path, mirror: Mirror) -> None:
    cluster = written(tmp_path, "n-mute", SHAPE)
    with booted(cluster, SHAPE.slowness) as watcher:
        running = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        assert until(lambda: len(watcher.machines) == 2 or not running.runs, BOOT_SECONDS)
        assert running.runs, running.text
        mute = watcher.machines["n-mute-default-0"]
        with _silent_to(mute.server.ports[0].address, settings().port(8004)):
            assert until(lambda: "name=signal status=failed" in mute.said, BOOT_SECONDS), mute.said[-2000:]
            seen = cluster.run("diagnose", cluster.name)
        running.send(signal.SIGTERM)
        running.wait(BOOT_SECONDS)
    assert "step 10-preflight failed" in mute.said
    assert "cannot reach Heat at" in seen.text, seen.text
    assert "n-mute-default-0" in seen.text


def test_a_swarm_whose_overlay_ends_at_its_nodes_fails(tmp_path: Path, mirror: Mirror) -> None:
    """Docker calls both nodes ready; the first has nobody to ask, and is up."""
    cluster = written(tmp_path, "n-parted", SHAPE._replace(more=f"{DOCKER}{SHORT}"))
    with booted(cluster, SHAPE.slowness) as watcher, cuts.lost(4789):
        done = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets").wait(BOOT_SECONDS)
        seen = cluster.run("diagnose", cluster.name)
        said = {name.rpartition("n-parted-")[2]: it.said for name, it in watcher.machines.items()}
    assert done.code != 0
    what = "a packet in the overlay network ingress to reach a manager at UDP port 4789"
    assert f"waiting for {what}" in said["default-0"], said["default-0"][-2000:]
    assert "name=signal status=ok" in said["master-0"]
    assert f"waiting for {what}" in done.text, done.text
    assert "its overlay networks do not reach other nodes" in seen.text, seen.text


def test_a_node_waits_until_its_pods_reach_other_nodes(tmp_path: Path, mirror: Mirror) -> None:
    """Where tunnels are let through only later, it says what it waits for, and then is up."""
    cluster = written(tmp_path, "k-parted", Shape("kubernetes", more=flannel.spec("vxlan"), slowness=1))
    with booted(cluster, SHAPE.slowness) as watcher:
        running = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets")
        with cuts.lost(8472):
            assert until(lambda: len(watcher.machines) == 2 or not running.runs, BOOT_SECONDS), running.text
            worker = watcher.machines["k-parted-default-0"]
            what = "waiting for a packet from this node's pods"
            assert until(lambda: what in ran(worker, f"cat {LOG}"), BOOT_SECONDS), worker.said[-2000:]
            assert "CoreDNS on other nodes" in ran(worker, f"cat {LOG}")
            assert "name=95-health status=ok" not in worker.said
            assert running.runs
        done = running.wait(BOOT_SECONDS)
        log = ran(worker, f"cat {LOG}")
        addresses = ran(worker, "ip -o -4 address show dev lo")
    assert done.code == 0, done.text
    assert "name=95-health status=ok" in log
    assert len(addresses.splitlines()) == 1, addresses


def _spoke(watcher: Watcher) -> bool:
    return any(machine.booted_in is not None for machine in watcher.machines.values())


@contextmanager
def _silent_to(address: IPv4Address, port: int) -> Iterator[None]:
    """The cloud's answers from one port do not reach a node."""
    rule = ("pref", "100", "from", CLOUD_ADDRESS, "to", str(address), "ipproto", "tcp", "sport", str(port))
    subprocess.run(("ip", "rule", "add", *rule, "blackhole"), check=True)
    try:
        yield
    finally:
        subprocess.run(("ip", "rule", "del", *rule, "blackhole"), check=True)

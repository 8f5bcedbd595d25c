"""Nodes that cannot: a file that is missing, and a cloud that does not answer."""

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
from tests.labs.nodes.mirror.serve import Mirror
from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.labs.nodes.watcher import Watcher
from tests.nodes.asking import until
from tests.nodes.clusters import DOCKER, Shape, booted, written

pytestmark = pytest.mark.nodes

# How soon is soon, a right clock says.
SHAPE = Shape("swarm", more=DOCKER, slowness=1)
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

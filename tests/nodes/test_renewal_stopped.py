"""A Kubernetes that nobody renewed: what is said of it from outside, and the way back as the docs have it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed
from tests.nodes.kubernetes import KUBECTL, TIMEOUTS, Kubernetes

pytestmark = pytest.mark.nodes

SHAPE = Shape("kubernetes", more=f"{flannel.spec('vxlan')}{TIMEOUTS}")
PAGE = Path(__file__).parents[2] / "docs/certificates.md"
TELL = "bash /opt/jeroboam/run.sh /opt/jeroboam/ends.sh"
"""What workers have a timer for; a master has it with the upkeep that is stopped here."""
SECONDS = 600


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Kubernetes]:
    with deployed(tmp_path_factory.mktemp("spec"), "y-stopped", SHAPE) as up:
        yield Kubernetes(up)


def test_what_ran_out_is_named_and_the_docs_bring_it_back(cluster: Kubernetes) -> None:
    assert until(cluster.all_ready, SECONDS)
    ran(cluster.master, "systemctl disable --now jeroboam-upkeep.timer")
    for machine in cluster.machines.values():
        machine.move_clock(timedelta(days=400))
    for machine in cluster.machines.values():
        machine.run("systemctl restart kubelet.service", seconds=120)
        ran(machine, TELL)
    asked = cluster.master.run(f"{KUBECTL} get nodes", seconds=90)
    assert "x509: certificate has expired or is not yet valid" in asked.stderr
    seen = cluster.up.cluster.run("diagnose", cluster.up.cluster.name)
    assert seen.code == 1, seen.text
    worker = cluster.worker.server.name
    for words in (
        "[api-certificate-ended]",
        "[etcd-certificate-ended]",
        "[kubelet-certificate-ended]",
        f"jeroboam roll SPEC --node {worker} --no-drain",
    ):
        assert words in seen.text
    cluster.up.note(f"{asked.stderr}\n{seen.text}\nall of this was said")
    for command in _way_back():
        _typed(cluster.master, command)
    assert until(lambda: cluster.master.server.name in cluster.nodes("Ready"), SECONDS)
    cluster.kubectl("create configmap written-afterwards")
    ran(cluster.master, TELL)
    left = cluster.up.cluster.run("diagnose", cluster.up.cluster.name)
    assert "[api-certificate-ended]" not in left.text
    assert "[kubelet-certificate-ended]" in left.text
    cluster.up.note(f"{left.text}\nthe master was back")


def _way_back() -> list[str]:
    """What the page has people type on a master after the end."""
    section = PAGE.read_text(encoding="utf-8").partition("## After the end")[2]
    return section.partition("```sh\n")[2].partition("```")[0].splitlines()


def _typed(machine: Machine, command: str) -> None:
    assert command.startswith("sudo ")
    # The tests are root already.
    ran(machine, command.removeprefix("sudo "), SECONDS)

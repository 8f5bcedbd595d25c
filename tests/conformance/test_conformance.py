"""Upstream's conformance tests on a Kubernetes of three masters and two workers."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.conformance import results, upstream
from tests.conformance.left_out import LEFT_OUT
from tests.conformance.upstream import Part
from tests.labs.nodes.mirror import catalogue
from tests.labs.nodes.mirror.serve import Mirror
from tests.labs.nodes.place import FOLDER
from tests.nodes import flannel
from tests.nodes.asking import ran
from tests.nodes.clusters import ADDRESS, Shape, deployed
from tests.nodes.kubernetes import Kubernetes
from tests.support.cases import ROOT

# OpenStack's clients bring warnings, which elsewhere are errors.
pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

SHAPE = Shape("kubernetes", masters=3, nodes=2, more=flannel.spec("vxlan"), slowness=8)
FOCUS = os.environ.get("CONFORMANCE_FOCUS") or ""
"""Words of tests' names, as a regular expression; with any, the page stays as it is."""
PROCESSES = 6
LEAST = 150
AGAIN = 20
"""As many tests as may fail and run once more, alone."""
PAGE = ROOT / "docs" / "conformance.md"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Kubernetes]:
    with deployed(tmp_path_factory.mktemp("spec"), "conformance", SHAPE) as up:
        yield Kubernetes(up)


def test_all_that_can_be_shown_here_passes(cluster: Kubernetes) -> None:
    never = upstream.exactly(LEFT_OUT)
    parts = (
        Part("parallel", "Conformance && !Serial", PROCESSES, FOCUS, never),
        Part("serial", "Conformance && Serial", 1, FOCUS, never),
    )
    folder = FOLDER / "report" / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(ran(cluster.master, "cat /etc/kubernetes/admin.conf"), encoding="utf-8")
    seconds = {it.name: upstream.run(it, kubeconfig, ADDRESS, folder) for it in parts}
    found = results.read(upstream.result(it, folder) for it in parts)
    if 0 < len(found.failed) <= AGAIN:
        again = Part("again", "Conformance", 1, "|".join(upstream.exactly(found.failed)))
        seconds[again.name] = upstream.run(again, kubeconfig, ADDRESS, folder)
        found = found.after(results.read([upstream.result(again, folder)]))
    nodes = f"{SHAPE.masters} masters and {SHAPE.nodes} workers as namespaces"
    facts = (
        f"Kubernetes {catalogue.release().version}, Ubuntu's stand-in, {nodes}, Flannel's VXLAN",
        ", ".join(f"{name}: {taken / 60:.0f} min" for name, taken in seconds.items()),
    )
    text = results.page(found, LEFT_OUT, facts)
    (folder / "page.md").write_text(text, encoding="utf-8")
    if not FOCUS:
        PAGE.write_text(text, encoding="utf-8")
    assert not found.failed, "\n\n".join(f"{name}\n{why}" for name, why in found.failed.items())
    if not FOCUS:
        assert found.unchosen == LEFT_OUT.keys()
        assert len(found.passed) >= LEAST

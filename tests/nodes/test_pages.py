"""What pages have people type on a node, or about one with kubectl, typed on nodes that boot."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labs.cloud.settings import settings
from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.asking import ran, until
from tests.nodes.clusters import Shape, deployed
from tests.nodes.kubernetes import TIMEOUTS, Kubernetes
from tests.support import walks
from tests.support.cases import ROOT
from tests.support.who_runs import NODE_TEST, ON_NODES, owners, shells

pytestmark = pytest.mark.nodes

SHAPE = Shape("kubernetes", more=f"{flannel.spec('vxlan')}{TIMEOUTS}")
ADMIN = "export KUBECONFIG=/etc/kubernetes/admin.conf"
QUIET = re.compile("ip .* add|bash .* verify|sudo journalctl --vacuum|sudo crictl rmi|sudo systemctl ")
"""What says nothing when all is well."""
AS_BEFORE = "; ".join(f"ip -{family} rule delete pref {number}" for family in "46" for number in (10, 11))
"""Has a node lack the rules that one of an earlier release lacks."""
BEFORE = {
    "ip -4 rule add to 169.254.169.254 iif": AS_BEFORE,
    # By itself it runs minutes after a boot.
    "sudo journalctl -u jeroboam-upkeep": "systemctl start jeroboam-upkeep.service",
}
AFTER = {"ip -6 rule add to fe80::a9fe:a9fe prohibit": "bash /opt/jeroboam/metadata.sh verify"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Kubernetes]:
    """By the name that pages have."""
    with deployed(tmp_path_factory.mktemp("spec"), "prod", SHAPE) as up:
        yield Kubernetes(up)


@pytest.mark.parametrize("page", ON_NODES)
def test_lines_do_what_their_page_says(cluster: Kubernetes, page: str) -> None:
    assert until(cluster.all_ready, 600)
    for line in shells(ROOT / page):
        if owners(ROOT / page, line, {}) == [NODE_TEST]:
            said = _openstack(cluster, line) if line.startswith("openstack ") else _there(cluster, line)
            print(f"{page}: {line}\n{said}")
            assert said or QUIET.match(line), line
            assert "No entries" not in said, line
    cluster.up.machines.update(cluster.up.watcher.machines)
    assert until(cluster.all_ready, 900), cluster.kubectl("get nodes")


def _there(cluster: Kubernetes, line: str) -> str:
    """On the master, as root."""
    before = next((it for start, it in BEFORE.items() if line.startswith(start)), "true")
    after = next((it for start, it in AFTER.items() if line.startswith(start)), "true")
    return ran(cluster.master, f"{ADMIN}\n{before}\n{line} &&\n{after}")


def _openstack(cluster: Kubernetes, line: str) -> str:
    """At the cloud."""
    folder: Path = cluster.up.cluster.folder
    said = walks.said(line, folder, {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "OS_CLIENT_CONFIG_FILE": str(settings().clouds),
        "OS_CLOUD": cluster.up.cluster.cloud,
    })  # fmt: skip
    assert "[exit status " not in said, (line, said)
    return said or line

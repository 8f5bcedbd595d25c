"""The kubectl that the tutorial's test plays is let in by a kubeconfig of ours, and by no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from urllib3.exceptions import HTTPError

from tests.support import played_kubectl
from tests.unit.clients.kubernetes.conftest import Played, door


def test_it_names_nodes(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    played.cluster.unheard("w-0")
    words = ["--kubeconfig", str(played.door.folder / "kubeconfig"), "get", "nodes"]
    played_kubectl.main(words, f"127.0.0.1:{played.door.port}")
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    version = played.cluster.node("m-0")["status"]["nodeInfo"]["kubeletVersion"]
    assert rows == [
        ["NAME", "STATUS", "ROLES", "VERSION"],
        ["m-0", "Ready", "control-plane", version],
        ["w-0", "NotReady", "<none>", version],
    ]


def test_nobody_else_is_let_in(played: Played, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    door(other, played.door.port, seed=2)
    words = ["--kubeconfig", str(other / "kubeconfig"), "get", "nodes"]
    with pytest.raises(HTTPError):
        played_kubectl.main(words, f"127.0.0.1:{played.door.port}")


def test_pods_of_a_lost_node_are_elsewhere_but_for_its_own(played: Played) -> None:
    cluster = played.cluster
    cluster.add_pod("kube-system/coredns-1", "w-0", owner="ReplicaSet/coredns")
    cluster.add_daemon("kube-system/kube-proxy")
    cluster.unheard("w-0")
    cluster.rescheduled("w-0")
    assert not any("coredns" in pod for pod in cluster.pods_on("w-0"))
    assert "kube-system/kube-proxy-w-0" in cluster.pods_on("w-0")
    assert any("coredns" in pod for pod in cluster.pods_on("m-0"))

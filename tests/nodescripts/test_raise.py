"""A master that was made anew raises the cluster that runs: never down, never by two, and only once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jeroboam.model.types import ClusterModel
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node
from tests.nodescripts.test_kubernetes import (
    KUBEADM_OF_A_CLUSTER,
    kubeadm_calls,
    model,
    node_of_role,
    run_step,
    secrets,
    up,
)

__all__ = ["model", "secrets"]

UPLOAD = "init phase upload-config all --config"
ADDONS = "init phase addon all --config"
OWN = "1.36.5"


@pytest.fixture
def master(tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud) -> Node:
    """The third master, made anew; the others answer."""
    node = node_of_role(tmp_path, "everything-master-2", model.roles[0], secrets, cloud)
    assert f"v{OWN}\n" in node.text("cluster/version")
    node.stub("kubeadm", KUBEADM_OF_A_CLUSTER)
    up(node, "10.0.0.5", "10.0.0.6", "10.0.0.7")
    return node


def _runs(node: Node, version: str) -> None:
    node.place("cluster/version", f"kubernetesVersion: v{version}\n")


def _joined(node: Node) -> subprocess.CompletedProcess[str]:
    return run_step(node, "60-control-plane")


def _verbs(node: Node, *beginnings: str) -> list[str]:
    """Those of kubeadm's calls that begin so, each as its beginning."""
    return [found for call in kubeadm_calls(node) for found in beginnings if call.startswith(found)]


def test_an_older_cluster_is_raised_before_the_join(master: Node) -> None:
    _runs(master, "1.35.8")
    done = _joined(master)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "raising the cluster from Kubernetes 1.35.8 to 1.36.5" in done.stdout
    assert _verbs(master, UPLOAD, "join ") == [UPLOAD, "join "]
    assert f"v{OWN}" in master.text("etc/kubernetes/manifests/kube-scheduler.yaml")
    assert master.text("var/lib/etcd/kubernetes") == f"{OWN}\n"


def test_options_of_the_same_version_are_raised_once(
    master: Node, tmp_path: Path, model: ClusterModel, secrets: dict[str, str], cloud: Cloud
) -> None:
    """Another master of the same files finds that it is done."""
    assert _joined(master).returncode == 0
    assert _verbs(master, UPLOAD) == [UPLOAD]
    other = node_of_role(tmp_path / "other", "everything-master-1", model.roles[0], secrets, cloud)
    other.stub("kubeadm", KUBEADM_OF_A_CLUSTER)
    up(other, "10.0.0.5", "10.0.0.6")
    other.place("cluster/jeroboam-config", master.text("cluster/jeroboam-config"))
    assert _joined(other).returncode == 0
    assert _verbs(other, UPLOAD, "join ") == ["join "]


def test_a_newer_patch_is_joined_as_it_is(master: Node) -> None:
    _runs(master, "1.36.99")
    done = _joined(master)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the cluster runs Kubernetes 1.36.99: this master joins with that, not with 1.36.5" in done.stdout
    assert _verbs(master, UPLOAD, "join ") == ["join "]
    assert run_step(master, "63-addons").returncode == 0
    assert _verbs(master, ADDONS) == []


@pytest.mark.parametrize(
    ("version", "why"),
    [("1.37.0", "it never goes down"), ("1.34.11", "it goes up one minor version at a time")],
)
def test_a_step_that_kubernetes_has_not_is_refused_before_anything_changes(
    master: Node, version: str, why: str
) -> None:
    _runs(master, version)
    done = _joined(master)
    assert done.returncode == 1
    assert f"the cluster has run Kubernetes {version} and this master is given {OWN}: {why}" in done.stderr
    assert _verbs(master, UPLOAD, "join ") == []
    assert not any("member remove" in call for call in master.called())


def test_data_of_etcd_from_two_minor_versions_ago_is_left_alone(master: Node) -> None:
    _runs(master, "1.34.11")
    assert _joined(master).returncode == 1
    master.place("var/lib/etcd/data/member/snap", "x")
    master.place("var/lib/etcd/kubernetes", "1.34.11\n")
    before = kubeadm_calls(master)
    done = _joined(master)
    assert done.returncode == 1
    assert "the cluster has run Kubernetes 1.34.11 and this master is given 1.36.5" in done.stderr
    assert kubeadm_calls(master) == before


def test_where_the_clusters_configuration_cannot_be_read_nothing_joins(master: Node) -> None:
    (master.root / "cluster/version").unlink()
    assert _joined(master).returncode == 1
    assert _verbs(master, UPLOAD, "join ") == []


def test_a_master_that_joined_as_another_version_says_so(master: Node) -> None:
    """The version comes from the cluster, whoever has changed it since."""
    _runs(master, "1.35.8")
    master.stub("kubeadm", KUBEADM_OF_A_CLUSTER.replace("upload-config", "nothing"))
    done = _joined(master)
    assert done.returncode == 1
    assert "this master has kube-apiserver v1.35.8, not v1.36.5" in done.stderr
    assert not master.exists("var/lib/jeroboam/in-control-plane")


def test_addons_wait_for_the_last_master(master: Node) -> None:
    master.place("cluster/others", "r/kube-apiserver:v1.36.5\nr/kube-apiserver:v1.35.8\n")
    assert _joined(master).returncode == 0
    done = run_step(master, "63-addons")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "stay as they are until all masters run Kubernetes 1.36.5" in done.stdout
    assert _verbs(master, ADDONS) == []
    master.place("cluster/others", "r/kube-apiserver:v1.36.5\nr/kube-apiserver:v1.36.5\n")
    assert run_step(master, "63-addons").returncode == 0
    assert run_step(master, "63-addons").returncode == 0
    assert _verbs(master, ADDONS) == [ADDONS]
    assert not master.exists("run/jeroboam/init.yaml")

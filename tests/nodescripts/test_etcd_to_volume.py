"""The only master's etcd is moved onto a volume: all of it, in order, and never half."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from jeroboam.secrets.recipes import made
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node
from tests.nodescripts.test_kubernetes import node_of_role, up
from tests.unit.drivers.kubernetes.planned import plan

VOLUME = "6fa459ea-ee8a-3ca4-894e-db77e160355e"
DISKS = """
cd "$JEROBOAM_ROOT"
case $(basename "$0"):$# in
  mount:2) /bin/cp -a volume/. "$2" && touch taken ;;
  mount:1)
    [ -n "$(grep ' /var/lib/etcd ' etc/fstab)" ] || exit 1
    mv var/lib/etcd below && /bin/cp -a volume var/lib/etcd && touch moved
    ;;
  umount:1) rm -rf volume taken && mv "$1" volume ;;
  mountpoint:2) case $2 in */var/lib/etcd) [ -e moved ] ;; *) [ -e taken ] ;; esac ;;
esac
"""
"""A volume is a folder: mounted it is copied to its place, unmounted back; etcd's covers what was there."""


@pytest.fixture
def master(tmp_path: Path, cloud: Cloud) -> Node:
    """A master with data of etcd on its own disk, and an empty volume that was attached since."""
    model = plan(masters={"count": 1, "flavor": "m"})
    secrets = made(model.secrets, {}, random=Random(1), now=datetime.now(UTC))
    node = node_of_role(tmp_path, "prod-master-0", model.roles[0], secrets, cloud)
    up(node, "10.0.0.5")
    for path, text in (
        ("var/lib/etcd/data/member/snap/db", "all that there is\n"),
        ("var/lib/etcd/cluster", "sha256:ours\n"),
        ("etc/fstab", "UUID=root / ext4 defaults 0 1\n"),
        ("sys/block/vdb/serial", VOLUME[:20]),
        ("volume/lost+found/x", ""),
    ):
        node.place(path, text)
    for name in ("mount", "umount", "mountpoint"):
        node.stub(name, DISKS, quiet=name == "mountpoint")
    node.stub("blkid", 'case "$*" in *export*) exit 2 ;; *) echo 0f-11 ;; esac')
    node.stub("mkfs.ext4")
    node.stub("crictl", 'case $1 in ps) echo "id-of-${4##*=}" ;; esac')
    return node


def _moved(node: Node) -> subprocess.CompletedProcess[str]:
    return node.run("opt/jeroboam/run.sh", str(node.root / "opt/jeroboam/etcd-to-volume.sh"), VOLUME)


def _order(node: Node, *words: str) -> list[str]:
    """Those of the words that the calls begin with, in the order of the calls."""
    return [word for call in node.called() for word in words if call.startswith(word)]


def test_etcd_is_stopped_copied_and_started_again(master: Node) -> None:
    done = _moved(master)
    assert done.returncode == 0, done.stdout + done.stderr
    api, etcd = (f"crictl stop --timeout 60 id-of-{name}" for name in ("kube-apiserver", "etcd"))
    before, after = ("mount", "systemctl stop kubelet"), ("umount", "mount", "systemctl start kubelet")
    assert _order(master, *before, api, etcd, *after[::2]) == [*before, api, etcd, *after]
    assert master.text("volume/data/member/snap/db") == "all that there is\n"
    assert master.text("var/lib/etcd/cluster") == "sha256:ours\n"
    assert not master.exists("var/lib/etcd/.jeroboam-moving")
    assert (
        master.text("etc/fstab").splitlines()[1].startswith("UUID=0f-11 /var/lib/etcd auto defaults,nofail")
    )
    assert master.exists("below/data-before/member/snap/db")
    assert not master.exists("below/data")
    assert f"jeroboam-etcd-volume={VOLUME}" in master.called()[-1]


def test_a_second_time_nothing_is_moved(master: Node) -> None:
    assert _moved(master).returncode == 0
    before = len(master.called())
    done = _moved(master)
    assert done.returncode == 0
    assert "is on a volume already" in done.stdout
    assert _order(master, "systemctl stop") == ["systemctl stop"]
    assert not any(call.startswith(("mount", "umount")) for call in master.called()[before:])


def test_a_copy_that_fails_leaves_the_cluster_as_it_was_and_is_begun_anew(master: Node) -> None:
    master.stub("cp", 'echo half >"$JEROBOAM_ROOT/run/jeroboam/etcd-volume/half"; exit 1')
    assert _moved(master).returncode == 1
    assert master.called()[-1] == "systemctl start kubelet.service"
    assert master.text("etc/fstab") == "UUID=root / ext4 defaults 0 1\n"
    assert master.text("var/lib/etcd/data/member/snap/db") == "all that there is\n"
    (master.stubs / "cp").unlink()
    assert _moved(master).returncode == 0
    assert master.text("volume/data/member/snap/db") == "all that there is\n"


def test_a_volume_with_data_is_left_alone(master: Node) -> None:
    master.place("volume/data/member/snap/db", "another's\n")
    done = _moved(master)
    assert done.returncode == 1
    assert "the volume holds data already; it was left unchanged" in done.stderr
    assert master.text("volume/data/member/snap/db") == "another's\n"
    assert not any(call.startswith(("systemctl", "crictl")) for call in master.called())


def test_a_volume_that_is_not_there_is_named(master: Node) -> None:
    (master.root / "sys/block/vdb/serial").unlink()
    done = _moved(master)
    assert done.returncode == 1
    assert f"no disk of this node is volume {VOLUME}" in done.stderr
    assert not any(call.startswith(("systemctl", "crictl", "mount")) for call in master.called())

"""Volumes: found by serial, formatted only when blank, mounted through fstab."""

from __future__ import annotations

import subprocess

import pytest

from tests.nodescripts.lab import Node

ID = "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"
OTHER = "6fa459ea-ee8a-3ca4-894e-db77e160355e"


@pytest.fixture
def disks(node: Node) -> Node:
    """Two virtio disks; the second is ours, blank."""
    node.place("sys/block/vda/serial", "")
    node.place("sys/block/vdb/serial", OTHER[:20] + "\n")
    node.place("sys/block/vdc/serial", ID[:20])
    node.place("etc/fstab", "UUID=root / ext4 defaults 0 1\n")
    node.environment({"JEROBOAM_ETCD_VOLUMES": f"0={ID} 1={OTHER}"})
    node.stub("lsblk")
    node.stub("mkfs.ext4", 'touch "$JEROBOAM_ROOT/formatted"')
    # As blkid does: exit status 2 where it finds nothing.
    node.stub(
        "blkid",
        '[ -e "$JEROBOAM_ROOT/formatted" ] || exit 2\n'
        'case "$*" in *export*) echo TYPE=ext4 ;; *) echo 0f-11 ;; esac',
    )
    node.stub("mountpoint", '[ -e "$JEROBOAM_ROOT/mounted" ]')
    node.stub("mount", 'touch "$JEROBOAM_ROOT/mounted"')
    node.stub("systemctl")
    node.step("30", "common/steps/etcd-volume.sh")
    return node


def _run(node: Node) -> subprocess.CompletedProcess[str]:
    return node.run_script("opt/jeroboam/steps/30.sh")


def test_a_blank_volume_is_formatted_and_mounted_by_uuid(disks: Node) -> None:
    done = _run(disks)
    assert done.returncode == 0, done.stderr
    assert "mkfs.ext4 -q -m 0 /dev/vdc" in disks.called()
    assert disks.text("etc/fstab").splitlines()[1].split()[:3] == ["UUID=0f-11", "/var/lib/etcd", "auto"]
    assert f"mount {disks.root}/var/lib/etcd" in disks.called()


def test_a_new_file_system_is_labelled(disks: Node) -> None:
    heat = {"JEROBOAM_ETCD_VOLUMES": f"0={ID}"}
    disks.environment(heat, JEROBOAM_RELABEL="restorecon -F")
    disks.stub("restorecon")
    assert _run(disks).returncode == 0
    assert disks.called()[-1] == f"restorecon -F {disks.root}/var/lib/etcd"


def test_a_distro_without_fstab_gets_one(disks: Node) -> None:
    (disks.root / "etc/fstab").unlink()
    assert _run(disks).returncode == 0
    assert disks.text("etc/fstab").startswith("UUID=0f-11 /var/lib/etcd auto ")


def test_a_rerun_changes_nothing(disks: Node) -> None:
    assert _run(disks).returncode == 0
    fstab, calls = disks.text("etc/fstab"), len(disks.called())
    assert _run(disks).returncode == 0
    assert disks.text("etc/fstab") == fstab
    assert [call for call in disks.called()[calls:] if call.startswith(("mkfs", "mount "))] == []


def test_data_of_a_replaced_server_is_kept(disks: Node) -> None:
    disks.place("formatted", "")
    assert _run(disks).returncode == 0
    assert not any(call.startswith("mkfs") for call in disks.called())
    assert "UUID=0f-11 /var/lib/etcd" in disks.text("etc/fstab")


def test_a_partition_table_is_left_alone(disks: Node) -> None:
    disks.stub("blkid", "echo PTTYPE=gpt")
    done = _run(disks)
    assert done.returncode == 1
    assert "it was left unchanged" in done.stderr
    assert not any(call.startswith(("mkfs", "mount ")) for call in disks.called())


def test_an_unreadable_disk_is_not_taken_for_a_blank_one(disks: Node) -> None:
    disks.stub("blkid", "exit 4")
    assert _run(disks).returncode == 1
    assert not any(call.startswith("mkfs") for call in disks.called())


def test_scsi_disks_are_found_by_the_whole_id(disks: Node) -> None:
    disks.place("sys/block/vdc/serial", "something-else")
    disks.stub("lsblk", f"printf 'sda \\nsdb {OTHER}\\nsdc {ID}\\n'")
    assert _run(disks).returncode == 0
    assert "mkfs.ext4 -q -m 0 /dev/sdc" in disks.called()


def test_waiting_for_a_volume_is_bounded(disks: Node) -> None:
    disks.place("sys/block/vdc/serial", "something-else")
    disks.environment({"JEROBOAM_ETCD_VOLUMES": f"0={ID}"}, JEROBOAM_BOOTSTRAP_SECONDS="20")
    done = _run(disks)
    assert done.returncode == 1
    assert f"timed out waiting for volume {ID} to be attached" in done.stderr
    assert f"waiting for volume {ID}" in done.stderr


def test_each_node_takes_its_own(disks: Node) -> None:
    disks.stub("uname", "echo prod-master-1")
    assert _run(disks).returncode == 0
    assert "mkfs.ext4 -q -m 0 /dev/vdb" in disks.called()

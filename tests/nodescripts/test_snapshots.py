"""Snapshots that a master keeps: in its hours, whole ones, as many as told, and never onto a full disk."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from os import utime
from pathlib import Path
from random import Random

import pytest

from jeroboam.secrets.recipes import made
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node
from tests.nodescripts.test_kubernetes import node_of_role
from tests.unit.drivers.kubernetes.planned import plan

HOUR = 3600
NOW = 1_795_953_600
"""An hour of the first of three masters."""
PAGES = b"state" + bytes(1019)
CRICTL = """
case $1 in
  ps) [ ! -e "$JEROBOAM_ROOT/etcd-is-down" ] && echo id-of-etcd ;;
  exec) for word; do :; done; cat "$JEROBOAM_ROOT/state" >"$JEROBOAM_ROOT$word" ;;
esac
"""
KUBECTL = """
for word; do :; done
case "$*" in *" annotate node prod-master-0 "*) echo "$word" >"$JEROBOAM_ROOT/told" ;; esac
"""
DATE = """
[ "$*" = +%s ] && exec cat "$JEROBOAM_ROOT/now"
exec /usr/bin/date "$@"
"""
EACH_HOUR = """
last_hour() { say $((NOW / 3600 - 5)); }
for NOW in $(cat "$ROOT/at"); do
  if is_due; then say due; else say not; fi
done
"""


@pytest.fixture
def master(tmp_path: Path, cloud: Cloud) -> Node:
    """The first of three masters, whose etcd gives a snapshot."""
    model = plan(masters={"count": 3, "flavor": "m"}, kubernetes={"snapshots": {"keep": 3}})
    secrets = made(model.secrets, {}, random=Random(1), now=datetime.now(UTC))
    node = node_of_role(tmp_path, "prod-master-0", model.roles[0], secrets, cloud)
    for name, body in (("crictl", CRICTL), ("kubectl", KUBECTL), ("date", DATE)):
        node.stub(name, body, quiet=name == "date")
    node.stub("df", 'printf "Avail\\n%s\\n" "$(cat "$JEROBOAM_ROOT/free")"', quiet=True)
    node.place("free", f"{4 << 30}")
    node.place("var/lib/etcd/data/member/snap/db", "x" * 1000)
    _gives(node, PAGES + hashlib.sha256(PAGES).digest())
    _at(node, NOW)
    return node


def _gives(node: Node, content: bytes) -> None:
    (node.root / "state").write_bytes(content)


def _at(node: Node, time: int) -> None:
    node.place("now", f"{time}\n")


def _run(node: Node) -> subprocess.CompletedProcess[str]:
    return node.run_script("opt/jeroboam/snapshot.sh")


def _kept(node: Node) -> list[str]:
    folder = node.root / "var/lib/etcd/snapshots"
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def _has(node: Node, *hours_ago: int) -> None:
    """Snapshots that were taken so many hours ago."""
    for ago in hours_ago:
        taken = datetime.fromtimestamp(NOW - ago * HOUR, UTC)
        name = f"var/lib/etcd/snapshots/{taken:%Y-%m-%dT%H-%M-%SZ}.db"
        node.place(name, "old")
        utime(node.root / name, (taken.timestamp(), taken.timestamp()))


def test_the_first_is_taken_at_once(master: Node) -> None:
    done = _run(master)
    assert done.returncode == 0, done.stdout + done.stderr
    taken = datetime.fromtimestamp(NOW, UTC)
    assert _kept(master) == [f"{taken:%Y-%m-%dT%H-%M-%SZ}.db"]
    file = f"var/lib/etcd/snapshots/{_kept(master)[0]}"
    assert (master.root / file).read_bytes() == PAGES + hashlib.sha256(PAGES).digest()
    assert master.mode(file) == 0o600
    assert master.mode("var/lib/etcd/snapshots") == 0o700
    assert master.text("told").startswith("jeroboam.dev/snapshot=20")
    assert not any("snapshot" in name.name for name in (master.root / "var/lib/etcd/data").iterdir())


@pytest.mark.parametrize(
    ("later", "ago", "taken"),
    [(0, 6, True), (0, 2, True), (1, 6, False), (1, 7, True), (0, 0, False), (2, 3, False), (6, 1, True)],
)
def test_they_are_taken_in_hours_of_its_own_or_where_one_was_missed(
    master: Node, later: int, ago: int, taken: bool
) -> None:
    _has(master, ago - later)
    _at(master, NOW + later * HOUR)
    assert _run(master).returncode == 0
    assert len(_kept(master)) == 1 + taken


def test_masters_take_turns(tmp_path: Path, cloud: Cloud, master: Node) -> None:
    """Of three with six hours between two, each in hours that no other has."""
    model = plan(masters={"count": 3, "flavor": "m"})
    secrets = made(model.secrets, {}, random=Random(1), now=datetime.now(UTC))
    text = master.text("opt/jeroboam/snapshot.sh").partition("make_room()")[0]
    turns = []
    for index in range(3):
        name = f"prod-master-{index}"
        node = node_of_role(tmp_path / "more", name, model.roles[0], secrets, cloud)
        node.place("text.sh", f"{text}\n{EACH_HOUR}")
        node.place("at", " ".join(str(NOW + hour * HOUR) for hour in range(6)))
        done = node.run_script("text.sh")
        assert done.returncode == 0, done.stderr
        turns.append([hour for hour, said in enumerate(done.stdout.split()) if said == "due"])
    assert turns == [[0], [2], [4]]


def test_the_oldest_go(master: Node) -> None:
    _has(master, 24, 18, 12, 6)
    before = _kept(master)
    assert _run(master).returncode == 0
    assert len(_kept(master)) == 3
    assert _kept(master)[:2] == before[2:]


def test_a_disk_that_is_nearly_full_keeps_fewer_or_none(master: Node) -> None:
    _has(master, 12, 6)
    master.place("free", f"{(1 << 30) + 1999}")
    done = _run(master)
    assert done.returncode == 1
    assert "there is no room for a snapshot" in done.stderr
    assert _kept(master) == []


@pytest.mark.parametrize("content", [PAGES, PAGES + bytes(32), b"x" + PAGES + hashlib.sha256(PAGES).digest()])
def test_one_that_is_not_whole_is_not_kept(master: Node, content: bytes) -> None:
    _has(master, 6)
    _gives(master, content)
    done = _run(master)
    assert done.returncode == 1
    assert "the snapshot that etcd gave is damaged" in done.stderr
    assert len(_kept(master)) == 1
    assert not master.exists("told")


def test_without_etcd_nothing_is_told(master: Node) -> None:
    master.place("etcd-is-down", "")
    done = _run(master)
    assert done.returncode == 1
    assert not master.exists("told")


def test_a_step_begins_the_timer_and_who_wants_none_has_neither(master: Node) -> None:
    assert master.run_script("opt/jeroboam/steps/64-snapshots.sh").returncode == 0
    assert "systemctl enable --quiet --now jeroboam-snapshot.timer" in master.called()
    unit = master.text("etc/systemd/system/jeroboam-snapshot.service")
    assert "\nExecStart=/bin/bash /opt/jeroboam/run.sh /opt/jeroboam/snapshot.sh\n" in unit
    without = plan(kubernetes={"snapshots": {"enabled": False}})
    # What restores a snapshot looks for those that a master took before.
    had = {file.path for file in without.roles[0].config.files if "snapshot" in file.path}
    assert had == {"/opt/jeroboam/lib/snapshots.sh"}

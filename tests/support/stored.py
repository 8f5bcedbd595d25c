"""A cluster whose snapshots go to a store, and what holds for each kind of store, played or real."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import yaml

from jeroboam.deploy.roll.restore import RestoreRequest
from jeroboam.model.client import ClientError
from jeroboam.secrets.seal import seal_of
from jeroboam.secrets.snapshot_seal import snapshot_keys
from tests.support.tiny_cloud import TinyCloud
from tests.support.tls import authority
from tests.unit.cli.running import SPEC, Done, Run

STATE = b"all that there is, and a secret: sesame. " * 40
SEAL, OTHER = f"{'a1' * 32} {'b2' * 32}", f"{'c3' * 32} {'b2' * 32}"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Copies:
    """A client that copies `state`; with `fails` it ends half-way."""

    fails = False
    asked = 0
    state = STATE

    def snapshot(self, write: Callable[[bytes], None]) -> None:
        self.asked += 1
        size = len(self.state) // 17
        for start in range(0, len(self.state), size):
            write(self.state[start : start + size])
            if self.fails and start:
                raise ClientError("the snapshot is not whole", "run it again")

    def check(self, snapshot: Path) -> None:
        raise AssertionError(snapshot)

    def give(self, snapshot: Path) -> bool:
        raise AssertionError(snapshot)


class Restored(NamedTuple):
    """What a restoration was asked for, and what the file had then, with its time."""

    file: Path
    held: bytes
    written: datetime
    command: str


class Raw(NamedTuple):
    """A store past everything of ours: its addresses end in no slash."""

    address: str
    read: Callable[[str], bytes]
    """Of a name in the container."""
    write: Callable[[str, bytes, Mapping[str, str]], None]
    """A name, its bytes, and marks."""
    names: Callable[[], list[str]]


class StoredCluster:
    """The stack `demo`, whose commands are run at a time of its own."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder, self.run = folder, run
        self.client, self.time, self.restored = Copies(), NOON, list[Restored]()
        self.secrets(SEAL)
        (folder / "demo.yaml").write_text(SPEC, encoding="utf-8")

    def secrets(self, seal: str) -> None:
        """Has the secrets file hold another seal, or none."""
        held = yaml.safe_dump({"parameters": dict(authority(1))})
        (self.folder / "demo.secrets.yaml").write_text(f"# seal: {seal}\n{held}", encoding="utf-8")

    def snapshot(self, store: str, *words: str) -> Done:
        """Takes one, an hour after the last."""
        self.time += timedelta(hours=1)
        return self.run("snapshot", "demo", "--store", store, *words)

    def restore(self, word: str) -> Done:
        """Restores from it."""
        return self.run("restore", "demo.yaml", word, "--yes")


@contextmanager
def stored_cluster(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    run: Run,
    variables: Mapping[str, str],
    url: str,
    token: str,
) -> Iterator[StoredCluster]:
    """The cluster in a cloud whose Swift is at `url`; `variables` are the keys of S3."""
    for name in [n for n in os.environ if n.startswith(("OS_", "AWS_")) or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    cluster = StoredCluster(folder, run)

    @contextmanager
    def opened(*_: object, copying: bool) -> Iterator[Copies]:
        assert copying
        yield cluster.client

    def restored(request: RestoreRequest, _: Any) -> Iterator[Any]:
        file = request.snapshot
        assert file is not None
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        assert file.stat().st_mode & 0o077 == 0
        cluster.restored.append(Restored(file, file.read_bytes(), written, request.command))
        yield SimpleNamespace()

    monkeypatch.setattr("jeroboam.cli.snapshot.opened", opened)
    monkeypatch.setattr("jeroboam.cli.snapshot.now", lambda: cluster.time)
    monkeypatch.setattr("jeroboam.cli.restore.restored", restored)
    monkeypatch.setattr("jeroboam.cli.restore.RollScreen", lambda *_: SimpleNamespace(show=lambda _: None))
    # Several pieces of what is a few hundred bytes.
    monkeypatch.setattr("jeroboam.deploy.stores.store._PIECE", 700)
    identity = {"name": "demo", "coe": "kubernetes", "distro": "ubuntu"}
    outputs = [{"output_key": "jeroboam_cluster", "output_value": identity}]
    stack = {"stack_name": "demo", "tags": ["jeroboam"], "outputs": outputs}
    with TinyCloud(stack=stack) as tiny:
        tiny.types, tiny.urls, tiny.token_text = (*tiny.types, "object-store"), {"object-store": url}, token
        theirs = {"OS_CLIENT_CONFIG_FILE": str(folder / "none.yaml"), "HOME": str(folder), **variables}
        for name, value in tiny.variables(**theirs).items():
            monkeypatch.setenv(name, value)
        yield cluster


class AnyStore:
    """What holds for each kind of store, for tests to inherit; `cluster` and `raw` are fixtures of theirs."""

    def test_it_is_written_listed_and_restored(self, cluster: StoredCluster, raw: Raw) -> None:
        store = f"{raw.address}/ä b"
        done = cluster.snapshot(store)
        assert done.status == 0, done.err
        name = "demo-20261129T130000Z.snapshot.enc"
        assert done.out == f"{store}/{name}\n"
        assert "encrypted, written and read back; none is deleted\n" in done.err
        held = raw.read(f"ä b/{name}")
        assert held.startswith(b"Salted__")
        assert b"sesame" not in held
        cluster.snapshot(store)
        said = cluster.run("snapshot", "demo", "--store", store, "--list")
        assert [it.split()[-3:] for it in said.out.splitlines()] == [
            ["2026-11-29", f"{hour}:00:00", "UTC"] for hour in (13, 14)
        ]
        assert said.out.startswith(f"{store}/{name}  ")
        facts = json.loads(
            cluster.run("snapshot", "demo", "--store", store, "--list", "--format", "json").out
        )
        assert facts[0] == {"file": f"{store}/{name}", "bytes": len(held), "taken": "2026-11-29T13:00:00Z"}
        done = cluster.restore(f"{store}/{name}")
        assert done.status == 0, done.err
        (restored,) = cluster.restored
        assert (restored.held, restored.written) == (STATE, NOON + timedelta(hours=1))
        assert not restored.file.parent.exists()

    def test_the_latest_is_named_when_it_is_restored(self, cluster: StoredCluster, raw: Raw) -> None:
        for _ in range(2):
            assert cluster.snapshot(raw.address).status == 0
        # Newer, and of another cluster of this name.
        cluster.secrets(OTHER)
        assert cluster.snapshot(raw.address).status == 0
        cluster.secrets(SEAL)
        assert cluster.restore(f"{raw.address}/latest").status == 0
        (restored,) = cluster.restored
        assert restored.written == NOON + timedelta(hours=2)
        # A run that goes on has to mean the same one.
        assert f"{raw.address}/demo-20261129T140000Z.snapshot.enc" in restored.command

    def test_older_ones_of_its_own_are_deleted_and_nothing_else(
        self, cluster: StoredCluster, raw: Raw
    ) -> None:
        cluster.secrets(OTHER)
        foreign = cluster.snapshot(raw.address).out.strip()
        cluster.secrets(SEAL)
        others = [
            "demo-b-20261129T130000Z.snapshot.enc",
            "demo-notes.txt",
            "a/demo-20261129T130000Z.snapshot.enc",
        ]
        for name in others:
            raw.write(name, b"of somebody", {})
        first, second, third = (cluster.snapshot(raw.address).out.strip() for _ in range(3))
        done = cluster.snapshot(raw.address, "--keep", "2", "--format", "json")
        assert done.status == 0, done.err
        facts = json.loads(done.out)
        assert [f"{raw.address}/{it}" for it in facts["deleted"]] == [first, second]
        assert set(raw.names()) == {
            *others, *(it.rpartition("/")[2] for it in (foreign, third, facts["file"])),
        }  # fmt: skip

    def test_one_that_is_in_the_future_does_not_cost_the_new_one(
        self, cluster: StoredCluster, raw: Raw
    ) -> None:
        cluster.time += timedelta(days=400)
        future = cluster.snapshot(raw.address).out.strip()
        cluster.time = NOON
        new = cluster.snapshot(raw.address, "--keep", "1").out.strip()
        assert sorted(raw.names()) == sorted(it.rpartition("/")[2] for it in (future, new))

    def test_one_that_ends_half_way_is_not_in_the_store(self, cluster: StoredCluster, raw: Raw) -> None:
        cluster.client.fails = True
        done = cluster.snapshot(raw.address)
        assert done.status == 1
        assert "the snapshot is not whole" in done.err
        assert raw.names() == []

    def test_without_the_container_no_cluster_is_asked(self, cluster: StoredCluster, raw: Raw) -> None:
        address = raw.address.replace("backups", "none")
        done = cluster.snapshot(address)
        assert done.status == 1
        assert f"cannot list '{address}'" in done.err
        assert "make it once: " in done.err
        assert cluster.client.asked == 0

    def test_what_others_wrote_is_not_restored(self, cluster: StoredCluster, raw: Raw) -> None:
        first, second = (cluster.snapshot(raw.address).out.strip().rpartition("/")[2] for _ in range(2))
        cluster.secrets(OTHER)
        other = cluster.snapshot(raw.address).out.strip()
        cluster.secrets(SEAL)
        done = cluster.restore(other)
        assert done.status == 1
        assert "was encrypted with other secrets" in done.err
        raw.write("demo-plain", STATE, {})
        assert "was not written by jeroboam" in cluster.restore(f"{raw.address}/demo-plain").err
        # An old one in the place of a newer one, with the mark of its keys.
        marks = {"jeroboam-key": mark_of(SEAL), "jeroboam-hmac": "00" * 32}
        raw.write(second, raw.read(first), marks)
        done = cluster.restore(f"{raw.address}/{second}")
        assert done.status == 1
        assert "its HMAC is of other data" in done.err
        assert "there is no '" in cluster.restore(f"{raw.address}/demo-none").err
        assert cluster.restored == []


def mark_of(seal: str) -> str:
    """The mark of the keys of a seal."""
    found = seal_of(seal)
    assert found
    return snapshot_keys(found).mark

"""The whole way of a snapshot to a real Swift and to its S3, and back; what these refuse."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from jeroboam.deploy.stores.store import ObjectBody, ObjectStore
from tests.labs.swift.lab import KEY, USER, Swift
from tests.support.stored import AnyStore, Raw, StoredCluster, stored_cluster
from tests.support.who_runs import line
from tests.unit.cli.running import Run, run

__all__ = ["run"]
# openstacksdk brings warnings of its own.
pytestmark = [pytest.mark.stores, pytest.mark.filterwarnings("ignore")]
KEYS = {"AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": KEY}


@pytest.fixture
def cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Run, swift: Swift
) -> Iterator[StoredCluster]:
    """With an empty container `backups`."""
    monkeypatch.setattr("jeroboam.deploy.stores.store.PAUSES", ())
    monkeypatch.setattr("jeroboam.deploy.stores.store.LOGIN_PAUSES", ())
    swift.ask("PUT", "backups", headers={"X-Remove-Container-Meta-Quota-Bytes": "yes"})
    for name in names(swift):
        swift.ask("DELETE", f"backups/{quote(name)}")
    with stored_cluster(monkeypatch, tmp_path, run, KEYS, swift.account, swift.token) as found:
        yield found


def names(swift: Swift) -> list[str]:
    """Of the objects in the container."""
    return [it["name"] for it in json.loads(swift.ask("GET", "backups?format=json"))]


def raw_of(swift: Swift, address: str) -> Raw:
    def write(name: str, body: bytes, marks: Mapping[str, str]) -> None:
        headers = {f"X-Object-Meta-{mark}": value for mark, value in marks.items()}
        swift.ask("PUT", f"backups/{quote(name)}", body, headers)

    return Raw(address, lambda name: swift.ask("GET", f"backups/{quote(name)}"), write, lambda: names(swift))


class TestOfSwift(AnyStore):
    @pytest.fixture
    def raw(self, swift: Swift) -> Raw:
        return raw_of(swift, "swift:backups")


class TestOfS3(AnyStore):
    @pytest.fixture
    def raw(self, swift: Swift) -> Raw:
        return raw_of(swift, f"s3:{swift.address}/backups")


@pytest.fixture(params=["swift", "s3"])
def address(request: pytest.FixtureRequest, swift: Swift) -> str:
    return "swift:backups" if request.param == "swift" else f"s3:{swift.address}/backups"


def test_a_store_that_is_full(cluster: StoredCluster, swift: Swift, address: str) -> None:
    swift.ask("POST", "backups", headers={"X-Container-Meta-Quota-Bytes": "100"})
    done = cluster.snapshot(address)
    assert done.status == 1
    assert "the store is full, or its quota is" in done.err
    assert names(swift) == []


def test_one_that_was_damaged_on_its_way_is_not_there(
    cluster: StoredCluster, swift: Swift, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store itself holds what comes against the digests that are sent with it."""
    put = ObjectStore.put

    def damaged(self: ObjectStore, name: str, body: ObjectBody, *rest: object) -> None:
        text = body.path.read_bytes()
        body.path.write_bytes(text[:-1] + bytes([text[-1] ^ 1]))
        put(self, name, body, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ObjectStore, "put", damaged)
    done = cluster.snapshot(address)
    assert done.status == 1
    assert "(422)" in done.err or "XAmzContentSHA256Mismatch" in done.err or "BadDigest" in done.err
    assert names(swift) == []


def test_somebody_elses_token_and_keys(
    cluster: StoredCluster, swift: Swift, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test:stranger")
    refused = cluster.snapshot(f"s3:{swift.address}/backups")
    assert "AccessDenied: Access Denied. (403)" in refused.err
    assert "the keys, of AWS_ACCESS_KEY_ID, need s3:ListBucket" in refused.err
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert (
        "look at AWS_ACCESS_KEY_ID, where the keys are from"
        in cluster.snapshot(f"s3:{swift.address}/backups").err
    )
    monkeypatch.setenv("AWS_REGION", "eu-1")
    assert "set AWS_REGION to the region of the bucket" in cluster.snapshot(f"s3:{swift.address}/backups").err


def test_tens_of_megabytes_in_pieces_of_their_own_size(
    cluster: StoredCluster, swift: Swift, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jeroboam.deploy.stores.store._PIECE", 16 << 20)
    cluster.client.state = bytes(range(256)) * (40 << 12)
    done = cluster.snapshot(address)
    assert done.status == 0, done.err
    assert ": 40.0 MiB, encrypted, written and read back" in done.err
    assert cluster.restore(done.out.strip()).status == 0
    (restored,) = cluster.restored
    assert restored.held == cluster.client.state


def test_the_lines_of_the_page(cluster: StoredCluster, swift: Swift) -> None:
    swift.ask("PUT", "backups")
    begins = ("jeroboam snapshot prod --store swift:backups/clusters --keep", "jeroboam snapshot clusters",
              "jeroboam snapshot prod --store swift:backups/clusters --list", "jeroboam restore")  # fmt: skip
    said = []
    for begin in begins:
        typed = line("docs/etcd.md", begin).replace("https://s3.example.com", swift.address)
        typed = typed.replace("clusters/prod.yaml", "prod.yaml").replace("$PROD_SECRETS", "demo.secrets.yaml")
        words = shlex.split(typed.replace("prod", "demo"))
        done = cluster.run(*words[1:], *(("--yes",) if words[1] == "restore" else ()))
        assert done.status == 0, done.err
        said.append(done.out)
    assert said[2].startswith(said[0].strip())
    assert len(names(swift)) == 2
    assert len(cluster.restored) == 1

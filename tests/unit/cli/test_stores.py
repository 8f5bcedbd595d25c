"""`snapshot --store`, and `restore` of what is there: played stores, what they refuse, what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stored import AnyStore, Raw, StoredCluster, stored_cluster
from tests.support.tiny_store import KEYS, SWIFT, TOKEN, Answer, Held, TinyStore
from tests.unit.cli.running import Run

# openstacksdk brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks again does not wait."""
    monkeypatch.setattr("jeroboam.deploy.clock.time.sleep", lambda _: None)


@pytest.fixture
def store() -> Iterator[TinyStore]:
    with TinyStore("backups") as tiny:
        yield tiny


@pytest.fixture
def cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Run, store: TinyStore
) -> Iterator[StoredCluster]:
    with stored_cluster(monkeypatch, tmp_path, run, KEYS, store.address + SWIFT, TOKEN) as found:
        yield found


def raw_of(store: TinyStore, address: str) -> Raw:
    held = store.containers["backups"]
    return Raw(
        address,
        lambda name: held[name].body,
        lambda name, body, marks: held.update({name: Held(body, dict(marks))}),
        lambda: sorted(held),
    )


class TestOfSwift(AnyStore):
    @pytest.fixture
    def raw(self, store: TinyStore) -> Raw:
        return raw_of(store, "swift:backups")


class TestOfS3(AnyStore):
    @pytest.fixture
    def raw(self, store: TinyStore) -> Raw:
        return raw_of(store, f"s3:{store.address}/backups")


QUOTA = b"<Error><Code>QuotaExceeded</Code><Message>full</Message></Error>"
SKEWED = b"<Error><Code>RequestTimeTooSkewed</Code><Message>late</Message></Error>"
REFUSALS = [
    ("swift", "GET", Answer(403), "cannot list 'swift:backups': Forbidden (403)", "a role that may"),
    ("swift", "PUT", Answer(413), "Request Entity Too Large (413)", "the store is full, or its quota is"),
    ("swift", "PUT", Answer(507), "Insufficient Storage (507)", "the store is full, or its quota is"),
    ("s3", "PUT", Answer(403, QUOTA), "QuotaExceeded: full (403)", "the store is full, or its quota is"),
    ("s3", "GET", Answer(403), "cannot list", "need s3:ListBucket, s3:PutObject and s3:GetObject"),
    ("s3", "GET", Answer(403, SKEWED), "RequestTimeTooSkewed: late (403)", "clock is off"),
    ("s3", "GET", Answer(301), "Moved Permanently (301)", "set AWS_REGION to the region of the bucket"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "method", "answer", "says", "hint"), REFUSALS)
def test_what_is_refused(
    cluster: StoredCluster, store: TinyStore, kind: str, method: str, answer: Answer, says: str, hint: str
) -> None:
    store.refuse[method] = [answer]
    done = cluster.snapshot("swift:backups" if kind == "swift" else f"s3:{store.address}/backups")
    assert done.status == 1
    assert says in done.err
    assert hint in done.err
    assert not store.containers["backups"]
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in done.err


@pytest.mark.parametrize("kind", ["swift", "s3"])
def test_a_store_that_is_away_is_asked_again(cluster: StoredCluster, store: TinyStore, kind: str) -> None:
    damaged = Answer(422) if kind == "swift" else Answer(400, b"<Error><Code>BadDigest</Code></Error>")
    store.refuse = {it: [Answer(503)] for it in ("GET", "HEAD")} | {"PUT": [Answer(503), damaged]}
    done = cluster.snapshot("swift:backups" if kind == "swift" else f"s3:{store.address}/backups")
    assert done.status == 0, done.err
    assert done.err.count("; retrying in ") == 4
    # The file was sent from its beginning each time.
    assert cluster.restore(done.out.strip()).status == 0


def test_a_token_that_ran_out_is_renewed_before_the_file_is_sent(
    cluster: StoredCluster, store: TinyStore
) -> None:
    store.refuse["GET"] = [Answer(200, b"[]"), Answer(401)]
    done = cluster.snapshot("swift:backups")
    assert done.status == 0, done.err
    assert store.refuse["GET"] == []
    # One that is refused with the file is not sent the rest of it, which is nothing.
    store.refuse["PUT"] = [Answer(401)]
    done = cluster.snapshot("swift:backups")
    assert done.status == 1
    assert "Unauthorized (401)" in done.err
    assert store.requests.count("PUT /v1/AUTH_p1/backups/demo-20261129T140000Z.snapshot.enc") == 1


def test_one_that_reads_back_otherwise_is_no_backup(cluster: StoredCluster, store: TinyStore) -> None:
    first = cluster.snapshot("swift:backups").out.strip().rpartition("/")[2]
    store.etag = "another"
    done = cluster.snapshot("swift:backups", "--keep", "1")
    assert done.status == 1
    assert "read back, it is another one" in done.err
    assert first in store.containers["backups"]


def test_where_older_ones_cannot_be_deleted_the_new_one_is_told_of(
    cluster: StoredCluster, store: TinyStore
) -> None:
    cluster.snapshot("swift:backups")
    store.refuse["DELETE"] = [Answer(403)]
    done = cluster.snapshot("swift:backups", "--keep", "1")
    assert done.status == 1
    new = "swift:backups/demo-20261129T140000Z.snapshot.enc"
    assert f"{new} is written and whole, but older ones stay: cannot delete 'swift:backups/demo" in done.err


@pytest.mark.parametrize("kind", ["swift", "s3"])
def test_a_listing_has_pages(cluster: StoredCluster, store: TinyStore, kind: str) -> None:
    address = "swift:backups" if kind == "swift" else f"s3:{store.address}/backups"
    for _ in range(3):
        cluster.snapshot(address)
    store.pages = 1
    assert len(cluster.run("snapshot", "demo", "--store", address, "--list").out.splitlines()) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"<html>please log in",
        b'<!DOCTYPE a [<!ENTITY b "c">]><ListBucketResult><IsTruncated>&b;</IsTruncated></ListBucketResult>',
        b"<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        b"<Other></Other>",
    ],
)
def test_a_listing_that_is_none(cluster: StoredCluster, store: TinyStore, body: bytes) -> None:
    store.refuse["GET"] = [Answer(200, body)] * 9
    done = cluster.snapshot(f"s3:{store.address}/backups", "--list")
    assert done.status == 1
    assert "the answer is not understood" in done.err


def test_what_changes_or_ends_while_it_is_read(cluster: StoredCluster, store: TinyStore) -> None:
    address = cluster.snapshot("swift:backups").out.strip()
    store.refuse["GET"] = [Answer(206, b"short")]
    assert "the answer is not understood: 5 bytes of 700" in cluster.restore(address).err
    store.refuse["GET"] = [Answer(412)]
    assert "it was changed or deleted meanwhile" in cluster.restore(address).err
    assert cluster.restored == []


def test_swift_is_listed_without_its_stack_and_s3_without_a_cloud(
    cluster: StoredCluster, store: TinyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = cluster.snapshot("swift:backups").out.strip().rpartition("/")[2]
    monkeypatch.delenv("OS_AUTH_URL")
    done = cluster.run("snapshot", "demo", "--store", f"s3:{store.address}/backups", "--list")
    assert name in done.out
    (empty,) = cluster.run(
        "snapshot", "other", "--store", f"s3:{store.address}/backups", "--list"
    ).err.splitlines()
    assert empty == f"there is no snapshot of 'other' in 's3:{store.address}/backups'"


def test_keys_of_a_profile_and_never_those_of_netrc(
    cluster: StoredCluster, store: TinyStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in KEYS:
        monkeypatch.delenv(name)
    address = f"s3:{store.address}/backups"
    done = cluster.snapshot(address, "--list")
    assert done.status == 1
    assert "nor the profile 'default' in" in done.err
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n", encoding="ascii")
    (tmp_path / ".netrc").chmod(0o600)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(
        "[default]\naws_access_key_id = other\naws_secret_access_key = other\n"
        "[backup]\naws_access_key_id = AKIDBACKUP\naws_secret_access_key = 100%\naws_session_token = t\n",
        encoding="ascii",
    )
    (tmp_path / ".aws/config").write_text("[profile backup]\nregion = eu-1\n", encoding="ascii")
    monkeypatch.setenv("AWS_PROFILE", "backup")
    assert cluster.snapshot(address, "--list").status == 0
    signed = store.signed[-1]
    assert "Credential=AKIDBACKUP/" in signed["authorization"]
    assert "/eu-1/s3/aws4_request,SignedHeaders=host;" in signed["authorization"]
    assert signed["x-amz-security-token"] == "t"
    (tmp_path / ".aws/credentials").write_text("a secret by itself\n", encoding="ascii")
    done = cluster.snapshot(address, "--list")
    assert "credentials' is no file of profiles: MissingSectionHeaderError" in done.err
    assert "a secret by itself" not in done.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--keep", "3"), "--keep is of a store"),
        (("--list",), "--list is of a store"),
        (("--store", "swift:a", "-o", "b"), "name one of them"),
        (("--store", "swift:a", "--list", "--keep", "3"), "omit --keep"),
        (("--store", "swift:a", "--keep", "0"), "0 is not in the range"),
        (("--store", "backups"), "names no object store"),
        (("--store", "swift:"), "names no object store"),
        (("--store", "swift:a/../b"), "names no object store"),
        (("--store", "s3:backups"), "names no object store"),
        (("--store", "s3:https://host"), "names no object store"),
        (("--store", "s3:https://host:x/b"), "names no object store"),
        (("--store", "s3:https://host/b?c"), "names no object store"),
        (("--store", "s3:https://key:secret@host/b"), "holds no credentials"),
    ],
)
def test_words_that_do_not_go_together(run: Run, words: tuple[str, ...], says: str) -> None:
    done = run("snapshot", "demo", *words)
    assert done.status == 2
    assert says in " ".join(done.err.replace("│", " ").split())
    assert "secret@" not in done.err


def test_one_in_no_store_is_not_restored(cluster: StoredCluster) -> None:
    done = cluster.restore("swift:backups")
    assert done.status == 2
    assert "names no snapshot in the store" in " ".join(done.err.replace("│", " ").split())


def test_a_secrets_file_without_a_seal_has_no_keys(cluster: StoredCluster, store: TinyStore) -> None:
    cluster.secrets("none")
    done = cluster.snapshot("swift:backups")
    assert done.status == 1
    assert "has no seal" in done.err
    assert cluster.client.asked == 0
    (cluster.folder / "demo.secrets.yaml").unlink()
    assert (
        "there is no secrets file 'demo.secrets.yaml', which opens"
        in cluster.restore("swift:backups/latest").err
    )

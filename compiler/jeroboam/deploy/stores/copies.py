"""A cluster's snapshots in a store: their names, which of them are its own, how many are kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.stores.store import ObjectBody, ObjectFacts, ObjectStore
from jeroboam.secrets.snapshot_seal import SnapshotKeys, SnapshotOpener

LATEST = "latest"
"""In place of a name: the newest of the cluster's own."""
_MARK, _HELD = "jeroboam-key", "jeroboam-hmac"
_TIME = "%Y%m%dT%H%M%SZ"
_ENDING = ".snapshot.enc"


class SnapshotCopy(NamedTuple):
    """A snapshot in a store: when it was taken, in UTC, its name, and its encrypted size in bytes."""

    taken: datetime
    name: str
    size: int


def copy_name(cluster: str, taken: datetime) -> str:
    """The name of a cluster's snapshot; in the order of names they are in the order of time."""
    return f"{cluster}-{taken.strftime(_TIME)}{_ENDING}"


def copy_time(cluster: str, name: str) -> datetime | None:
    """When the snapshot of this name was taken, in UTC; None where it is none of the cluster's."""
    found = re.fullmatch(rf"{re.escape(cluster)}-(\d{{8}}T\d{{6}}Z){re.escape(_ENDING)}", name, re.ASCII)
    try:
        return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def copies(store: ObjectStore, cluster: str) -> tuple[SnapshotCopy, ...]:
    """What the store has by such names, oldest first. Raises CloudError."""
    return tuple(
        sorted(
            SnapshotCopy(taken, it.key, it.size)
            for it in store.objects(f"{cluster}-")
            if (taken := copy_time(cluster, it.key))
        )
    )


def put(
    store: ObjectStore,
    name: str,
    body: ObjectBody,
    keys: SnapshotKeys,
    held: str,
    sent: Callable[[int], object],
) -> None:
    """Writes a snapshot, and reads back that it is whole. Raises CloudError and DeployError."""
    store.put(name, body, {_MARK: keys.mark, _HELD: held}, sent)


def pruned(store: ObjectStore, cluster: str, keys: SnapshotKeys, keep: int, new: str) -> tuple[str, ...]:
    """Deletes all but the newest `keep`, and never `new`; the names of those that are gone.

    What another cluster of this name has put there is neither counted nor touched: it has other keys. Raises
    CloudError.
    """
    found = copies(store, cluster)
    # As long as all are few enough, nobody has to be asked whose they are.
    own = [it.name for it in found if len(found) <= keep or _is_own(store.look(it.name), keys)]
    old = [name for name in own[:-keep] if name != new]
    for name in old:
        store.delete(name)
    return tuple(old)


def found_copy(store: ObjectStore, cluster: str, keys: SnapshotKeys, name: str) -> tuple[str, ObjectFacts]:
    """The name of a snapshot, that of the newest for LATEST, and what the store says of it.

    Raises CloudError, and DeployError where there is none, or one of other secrets.
    """
    if name == LATEST:
        for copy in reversed(copies(store, cluster)):
            facts = store.look(copy.name)
            if facts and _is_own(facts, keys):
                return copy.name, facts
        raise DeployError(
            f"there is no snapshot of '{cluster}' in '{store.address}' that this secrets file opens",
            f"see what is there: jeroboam snapshot {cluster} --store {store.address} --list",
        )
    facts = store.look(name)
    if facts is None:
        raise DeployError(
            f"there is no '{store.address.of(name)}'",
            f"see what is there: jeroboam snapshot {cluster} --store {store.address} --list",
        )
    if _MARK not in facts.marks or _HELD not in facts.marks:
        raise DeployError(
            f"'{store.address.of(name)}' was not written by jeroboam, or lost its headers "
            f"{_MARK} and {_HELD}: whether it is whole cannot be told",
            "download it, open it by openssl as docs/etcd.md says, and restore that file",
        )
    if not _is_own(facts, keys):
        raise DeployError(
            f"'{store.address.of(name)}' was encrypted with other secrets",
            "pass the secrets file of the day on which it was taken, with --secrets",
        )
    return name, facts


def fetched(
    store: ObjectStore, name: str, facts: ObjectFacts, keys: SnapshotKeys, write: Callable[[bytes], object]
) -> None:
    """Gives a snapshot, decrypted, to `write`; nothing of it may be used before this returns.

    Raises CloudError, and DeployError where it is not what was written there.
    """
    opener = SnapshotOpener(keys, name, write)
    for part in store.parts(name, facts):
        opener.add(part)
    if not opener.end(facts.marks[_HELD]):
        raise DeployError(
            f"'{store.address.of(name)}' is damaged, or was put there by somebody else: its HMAC is of other "
            "data",
            "restore another one",
        )


def _is_own(facts: ObjectFacts | None, keys: SnapshotKeys) -> bool:
    return facts is not None and facts.marks.get(_MARK) == keys.mark

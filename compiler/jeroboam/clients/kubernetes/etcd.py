"""The members of etcd, which no object of Kubernetes' API tells of: asked in a pod of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_KEYS = "/etc/kubernetes/pki/etcd"
_ETCDCTL = (
    "etcdctl", "--endpoints=https://127.0.0.1:2379", f"--cacert={_KEYS}/ca.crt",
    f"--cert={_KEYS}/peer.crt", f"--key={_KEYS}/peer.key",
)  # fmt: skip

Run = Callable[[Iterable[str]], str]
"""Runs a command in a pod of etcd's, and gives what it prints. Raises ClientError."""


def remove_member(name: str, run: Run) -> bool:
    """Has etcd do without the member on the master `name`; False where there is none."""
    found = listed(run((*_ETCDCTL, "member", "list", "--write-out=simple"))).get(name)
    if found is None:
        return False
    run((*_ETCDCTL, "member", "remove", found))
    return True


def listed(text: str) -> dict[str, str]:
    """The ids of members by their names, of lines of `etcdctl member list`: id, status, name and more."""
    rows = ([word.strip() for word in line.split(",")] for line in text.splitlines())
    return {row[2]: row[0] for row in rows if len(row) > 3 and row[2]}

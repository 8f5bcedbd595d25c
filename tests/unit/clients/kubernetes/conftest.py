"""A played cluster with two nodes, and the product's client of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from jeroboam import plugins
from jeroboam.model.access import ClusterAccess
from jeroboam.model.client import Client, Door
from jeroboam.secrets.issue import issued
from tests.support.played_kubernetes import PlayedKubernetes, serving
from tests.support.tls import NOW, authority

ADDRESS = "192.0.2.7"
"""What the certificate of the API is for; it is reached at 127.0.0.1, as through a tunnel."""


class Played(NamedTuple):
    cluster: PlayedKubernetes
    door: Door

    def client(self) -> Client:
        """One that has asked nothing yet."""
        connect = plugins.client("kubernetes")
        assert connect
        return connect(self.door)


def door(folder: Path, port: int, *, seed: int = 1, address: str = ADDRESS, masters: int = 1) -> Door:
    """The way in, with a new kubeconfig in `folder`, issued from the CA of that seed."""
    for name, text in _credentials(seed, address).items():
        (folder / name).write_text(text, encoding="utf-8")
    return Door("prod", "https", "127.0.0.1", port, address, (ADDRESS,) * masters, folder)


@cache
def _credentials(seed: int, address: str) -> Mapping[str, str]:
    values = authority(seed)
    driver = plugins.driver("kubernetes")
    assert driver
    wanted = driver.credentials(ClusterAccess("prod", "https", address, 6443, (), frozenset(values)))
    files = issued(wanted, values, random=Random(7), now=NOW, lifetime=timedelta(hours=1))
    assert isinstance(files, dict)
    return files


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    """One master, `m-0`, and one worker, `w-0`, with all that they run of the cluster."""
    cluster = PlayedKubernetes()
    cluster.add_daemon("kube-system/kube-proxy")
    cluster.add_daemon("kube-flannel/kube-flannel")
    cluster.add_node("m-0", master=True)
    cluster.add_node("w-0")
    cluster.add_pod(
        "kube-system/coredns-1", "w-0", owner="ReplicaSet/coredns", labels={"k8s-app": "kube-dns"}
    )
    with serving(cluster, tmp_path, authority(1), name=ADDRESS) as port:
        yield Played(cluster, door(tmp_path, port))

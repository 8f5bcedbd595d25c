"""Plays the COE of a cluster whose nodes are played: its API, at which a node is what its server is."""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from jeroboam.cli.secrets_file import held_in
from tests.cloud.clusters import Cluster
from tests.cloud.nodes import Said
from tests.support.played_docker import PlayedSwarm
from tests.support.played_kubernetes import PlayedKubernetes, serving
from tests.support.played_mesos import PlayedMesos

ROUND_SECONDS = 0.3


class Playing(Protocol):
    """A COE that is played: what its nodes do to it."""

    def joins(self, name: str, version: str, *, master: bool) -> None:
        """A node that says that it is ready."""

    def stops(self, name: str) -> None:
        """A node whose server is not there, or does not run; said again and again."""


class PlayedCoe(NamedTuple):
    """A played COE that runs: `at` is what `--api` is given, `api` the COE itself."""

    api: Any
    at: str


@contextmanager
def playing_coe(cluster: Cluster, demo: Any, said: Sequence[Said]) -> Iterator[PlayedCoe]:
    """The API of a deployed cluster, until the block ends: nodes join when they say so."""
    stack = demo.orchestration.find_stack(cluster.name)
    outputs = {it["output_key"]: it["output_value"] for it in demo.orchestration.get_stack(stack.id).outputs}
    name = urlsplit(outputs["api_url"]).hostname or ""
    with _PLAYED[cluster.coe](cluster, name, demo) as (playing, coe):
        ended = threading.Event()
        follower = threading.Thread(target=_follow, args=(playing, cluster.name, demo, said, ended))
        follower.start()
        try:
            yield coe
        finally:
            ended.set()
            follower.join()


def secrets_of(cluster: Cluster) -> Mapping[str, str]:
    """The base64 values of its secrets file, by name."""
    held = held_in(str(cluster.folder / f"{cluster.name}.secrets.yaml"))
    assert held is not None
    return {str(name): str(value) for name, value in held.parameters.items()}


def _follow(playing: Playing, cluster: str, demo: Any, said: Sequence[Said], ended: threading.Event) -> None:
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    heard, known = 0, set[str]()
    while not ended.wait(ROUND_SECONDS):
        try:
            states = {
                it.name: it.status for it in demo.compute.servers() if it.name.startswith(f"{cluster}-")
            }
        except (ClientException, SDKException):  # what a test takes away comes back
            continue
        for one in said[heard:]:
            heard += 1
            made = one.body.get("data") or {}
            if one.body["status"] == "SUCCESS" and "config" in made:
                known.add(one.node)
                master = one.node.startswith(f"{cluster}-master-")
                playing.joins(one.node, made["coe_version"], master=master)
        for name in known:
            if states.get(name) != "ACTIVE":
                playing.stops(name)


class _Kubernetes:
    def __init__(self, played: PlayedKubernetes) -> None:
        self._played = played

    def joins(self, name: str, version: str, *, master: bool) -> None:
        """A Node object that was not deleted keeps what was said of it."""
        played = self._played
        spec = played.node(name)["spec"] if name in played.names() else {}
        played.add_node(name, master=master, version=version)
        played.node(name)["spec"] = spec
        if not any("/pods/coredns" in path for path in played.objects):
            played.add_daemon("kube-system/kube-proxy")
            labels = {"k8s-app": "kube-dns"}
            played.add_pod("kube-system/coredns-1", name, owner="ReplicaSet/coredns", labels=labels)

    def stops(self, name: str) -> None:
        if name in self._played.names():
            self._played.unheard(name)
            self._played.rescheduled(name)


class _Swarm:
    def __init__(self, played: PlayedSwarm) -> None:
        self._played = played

    def joins(self, name: str, version: str, *, master: bool) -> None:
        key = self._played.add(name, manager=master)
        self._played.nodes[key]["Description"]["Engine"]["EngineVersion"] = version

    def stops(self, name: str) -> None:
        known = [it["Description"]["Hostname"] for it in self._played.nodes.values()]
        if name in known and self._played.node(name)["Status"]["State"] == "ready":
            self._played.down(name)


class _Mesos:
    """Agents are known by their addresses, masters are none of its agents."""

    def __init__(self, played: PlayedMesos, addresses: Mapping[str, str]) -> None:
        self._played, self._addresses = played, addresses

    def joins(self, name: str, version: str, *, master: bool) -> None:
        if not master:
            self._played.add(self._addresses[name], version=version)

    def stops(self, name: str) -> None:
        address = self._addresses[name]
        for agent in self._played.agents.values():
            if agent["agent_info"]["hostname"] == address and agent["active"]:
                agent["active"] = False


@contextmanager
def _kubernetes(cluster: Cluster, name: str, _: Any) -> Iterator[tuple[Playing, PlayedCoe]]:
    played = PlayedKubernetes()
    with serving(played, cluster.folder, secrets_of(cluster), name=name) as port:
        yield _Kubernetes(played), PlayedCoe(played, f"127.0.0.1:{port}")


@contextmanager
def _swarm(cluster: Cluster, name: str, _: Any) -> Iterator[tuple[Playing, PlayedCoe]]:
    with PlayedSwarm(cluster.folder, secrets_of(cluster), name) as played:
        yield _Swarm(played), PlayedCoe(played, f"127.0.0.1:{played.port}")


@contextmanager
def _mesos(cluster: Cluster, _: str, demo: Any) -> Iterator[tuple[Playing, PlayedCoe]]:
    addresses = {
        it.name: it.fixed_ips[0]["ip_address"]
        for it in demo.network.ports()
        if it.name.startswith(f"{cluster.name}-") and it.fixed_ips
    }
    password = b64decode(secrets_of(cluster)["mesos_admin_password"]).decode()
    with PlayedMesos(password=password) as played:
        played.calls_itself = addresses[f"{cluster.name}-master-0"]
        yield _Mesos(played, addresses), PlayedCoe(played, f"127.0.0.1:{played.port}")


_PLAYED = {"kubernetes": _kubernetes, "swarm": _swarm, "mesos": _mesos}

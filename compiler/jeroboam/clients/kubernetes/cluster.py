"""A running Kubernetes cluster: what a roll asks of it, and the pods that it moves."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from jeroboam.clients.kubernetes import health
from jeroboam.clients.kubernetes import nodes as a_node
from jeroboam.clients.kubernetes import pods as a_pod
from jeroboam.clients.kubernetes.api import AnswerError, KubernetesApi
from jeroboam.clients.kubernetes.applying import Applying
from jeroboam.clients.kubernetes.etcd import remove_member
from jeroboam.clients.kubernetes.removed import removed
from jeroboam.clients.kubernetes.rotating import SecretRotation
from jeroboam.clients.kubernetes.sending import sent
from jeroboam.clients.kubernetes.snapshots import PORT, checked, copied
from jeroboam.model.access import ETCD_CA, ETCD_CLIENT
from jeroboam.model.applied import ObjectChange, WantedObjects
from jeroboam.model.client import Client, ClientError, Door, Member
from jeroboam.model.rotation import AfterPhase, JoinToken, Values

GIVE_SECONDS = 20.0
"""For how long a master is tried before it is looked what has become of it."""
PAUSE_SECONDS = 0.2
_NODES = "/api/v1/nodes"
_TRIES = 5


def connect(door: Door) -> Client:
    """The cluster behind `door`, in whose folder is a kubeconfig. Raises ClientError where that is none."""
    return Kubernetes(KubernetesApi(door), len(door.masters), door.folder)


class Kubernetes:
    """A Client, an Applier, a Copier and a Rotator.

    `masters` is how many it is known to have, 0 if that is unknown. In `folder` are the certificates that
    etcd is asked with, where it is.
    """

    def __init__(self, api: KubernetesApi, masters: int, folder: Path) -> None:
        self._api, self._masters, self._applying, self._folder = api, masters, Applying(api), folder
        self._rotating = SecretRotation(api)

    def members(self) -> tuple[Member, ...]:
        """Its Node objects."""
        found = (a_node.member(node) for node in self._api.items(_NODES))
        return tuple(sorted(found, key=lambda member: member.name))

    def problems(self, away: frozenset[str]) -> tuple[str, ...]:
        """Of the masters' programs, etcd's quorum, DNS, and of kube-proxy and the network on every node."""
        api = self._api
        pods = [pod for space in health.NAMESPACES for pod in api.items(_in(space, "pods"))]
        daemons = [
            daemon for space in health.NAMESPACES for daemon in api.items(_in(space, "daemonsets", "apps"))
        ]
        found = health.problems(api.items(_NODES), pods, daemons, away, self._masters)
        return (*self._unready(), *found)

    def _unready(self) -> tuple[str, ...]:
        """What the API server that answers says against itself."""
        try:
            self._api.word("/readyz", verbose="true")
        except AnswerError as error:
            if error.status != 500:
                raise
            failed = [word[3:] for word in error.said.split() if word.startswith("[-]")]
            return (f"the API server says that it is not ready: {', '.join(failed) or error.said}",)
        return ()

    def obstacles(self, name: str) -> tuple[str, ...]:
        """Budgets that allow nothing now, bare pods, data on the node's own disk."""
        api = self._api
        return a_pod.obstacles(
            self._on(name),
            api.items("/apis/policy/v1/poddisruptionbudgets"),
            api.items("/api/v1/persistentvolumes"),
        )

    def objections(self, version: str) -> tuple[str, ...]:
        """Versions of its API that are still asked for, and that one has no more."""
        return tuple(removed(self._api.word("/metrics"), version))

    def close(self, name: str) -> None:
        """Cordons it, with our mark in the same request; somebody else's cordon gets no mark."""
        self._change(name, close=True)

    def open(self, name: str) -> None:
        """Takes cordon and mark away, if the mark is there."""
        self._change(name, close=False)

    def _change(self, name: str, *, close: bool) -> None:
        for _ in range(_TRIES):
            node = self._api.find(f"{_NODES}/{name}")
            if node is None or (a_node.closed(node) if close else not a_node.ours(node)):
                return
            patch = {
                # Refused where somebody else was quicker: whose cordon it is must be known.
                "metadata": {
                    "resourceVersion": node["metadata"]["resourceVersion"],
                    "annotations": {a_node.OURS: "true" if close else None},
                },
                "spec": {"unschedulable": True if close else None},
            }
            try:
                self._api.patch(f"{_NODES}/{name}", patch)
            except AnswerError as error:
                if error.status == 404:
                    return
                if error.status != 409:
                    raise
            else:
                return
        raise ClientError(
            f"the Node object of {name} changed {_TRIES} times while it was being "
            + ("closed" if close else "opened"),
            "run the same command again",
            unreachable=True,
        )

    def drain(self, name: str) -> tuple[str, ...]:
        """Evicts what is there, but for what belongs to the node itself, and says what has not left yet."""
        leaving = [pod for pod in self._on(name) if not a_pod.stays(pod)]
        waiting = self._waiting(name, leaving)
        said = (
            f"pod {a_pod.called(pod)} waits until DNS is served elsewhere"
            if pod in waiting
            else self._evict(pod)
            for pod in leaving
        )
        return tuple(text for text in said if text)

    def _waiting(self, name: str, leaving: list[Any]) -> list[Any]:
        """The pods of CoreDNS that stay for now: it has no budget, and all that answer may be on one node."""
        servers = [pod for pod in leaving if health.serves_dns(pod) and not a_pod.terminating(pod)]
        if not servers:
            return []
        pods = self._api.items(_in("kube-system", "pods"))
        elsewhere = [pod for pod in pods if health.serves_dns(pod) and a_pod.node(pod) != name]
        if any(map(a_pod.ready, elsewhere)):
            return []
        others = (a_node.member(node) for node in self._api.items(_NODES))
        if not any(member.ready and member.takes_work and member.name != name for member in others):
            return []
        return servers if elsewhere else servers[1:]

    def _evict(self, pod: Any) -> str:
        """What is to be said of it; nothing where it is gone."""
        called = f"pod {a_pod.called(pod)}"
        if a_pod.terminating(pod):
            return f"{called} is ending"
        metadata = pod["metadata"]
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
            # The next pod of a StatefulSet has this one's name, and may be elsewhere.
            "deleteOptions": {"preconditions": {"uid": metadata["uid"]}},
        }
        try:
            self._api.post(f"{_in(metadata['namespace'], 'pods')}/{metadata['name']}/eviction", eviction)
        except AnswerError as error:
            return self._not_evicted(called, error)
        return f"{called} is ending"

    @staticmethod
    def _not_evicted(called: str, error: AnswerError) -> str:
        if error.status in (404, 409):
            return ""
        budgets = [cause.message for cause in error.causes if cause.reason == "DisruptionBudget"]
        if error.status == 429 and budgets:
            return f"{called} may not go yet: {'; '.join(budgets) or error.said}"
        # Those that go on by themselves, or are of this pod alone: a busy API, a namespace that is being
        # deleted, several budgets for one pod.
        if error.status in (403, 429, 500) and (error.causes or error.status != 403):
            return f"{called} cannot be evicted: {error.said}"
        raise error

    def leave(self, name: str) -> None:
        """Nothing: etcd and the controllers choose a new leader by themselves once the master stops.

        Its etcd stays a member until then: an API server without one takes requests and answers none.
        """

    def remove_vote(self, name: str) -> None:
        """Removes its member from etcd, asked in another master's pod."""
        if not any(a_node.manages(node) and a_node.name(node) == name for node in self._api.items(_NODES)):
            return
        found = self._etcd(other_than=name)
        if found is None:
            raise ClientError(f"{name} cannot leave etcd: no other member of it is ready")
        remove_member(name, lambda words: self._api.run_in(found, words))

    def _etcd(self, *, other_than: str = "") -> str | None:
        """The path of the pod of a member that is ready, not on the node `other_than`."""
        pods = (
            pod
            for pod in self._api.items(_in("kube-system", "pods"))
            if (pod["metadata"].get("labels") or {}).get("component") == "etcd"
            and a_pod.ready(pod)
            and a_pod.node(pod) != other_than
        )
        found = next(pods, None)
        return f"{_in('kube-system', 'pods')}/{found['metadata']['name']}" if found else None

    def snapshot(self, write: Callable[[bytes], None]) -> None:
        """Of etcd, asked of a member that is ready."""
        found = self._etcd()
        if found is None:
            raise ClientError("no member of etcd is ready", unreachable=True)
        context = ssl.create_default_context(cafile=f"{self._folder}/{ETCD_CA}")
        # As with the API: kubeadm's certificates have no authority key id.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.load_cert_chain(f"{self._folder}/{ETCD_CLIENT}")
        with self._api.forwarded(found, PORT, context) as port:
            copied(port, write)

    def check(self, snapshot: Path) -> None:
        """By the digest at its end, and the cluster's CA, which each of its namespaces has."""
        checked(snapshot, self._api.ca)

    def give(self, snapshot: Path) -> bool:
        """By the API's own port, where the master that waits for a snapshot listens.

        It speaks to one at a time, and every kubelet asks for its API there: so again and again.
        """
        until = monotonic() + GIVE_SECONDS
        while not sent(*self._api.reached_at, self._api.context, snapshot):
            if monotonic() > until:
                return False
            self._api.sleep(PAUSE_SECONDS)
        return True

    def forget(self, name: str) -> None:
        """Deletes the Node object, and with it what the API knows to run there."""
        self._api.delete(f"{_NODES}/{name}")

    def plan(self, wanted: WantedObjects) -> tuple[ObjectChange, ...]:
        """Objects by a dry run of the API's own; labels and taints of nodes by what the nodes have."""
        return self._applying.plan(wanted)

    def apply(self, wanted: WantedObjects) -> tuple[ObjectChange, ...]:
        """By server-side apply; what was applied before and is wanted no more is removed."""
        return self._applying.apply(wanted)

    def after_phase(self, what: AfterPhase, tokens: tuple[JoinToken, ...], values: Values) -> Iterator[str]:
        """Secrets are written again, join tokens replaced, add-ons begun anew."""
        return self._rotating.after_phase(what, tokens, values)

    def users_of_old(self, what: str, old: Values) -> tuple[str, ...]:
        """As far as the API knows."""
        return self._rotating.users_of_old(what, old)

    def _on(self, name: str) -> list[Any]:
        return self._api.items("/api/v1/pods", fieldSelector=f"spec.nodeName={name}")


def _in(namespace: str, kinds: str, group: str = "") -> str:
    """The path of a collection in a namespace; of the groups, each is at its first version."""
    root = f"/apis/{group}/v1" if group else "/api/v1"
    return f"{root}/namespaces/{namespace}/{kinds}"

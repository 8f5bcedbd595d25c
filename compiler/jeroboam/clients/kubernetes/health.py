"""Whether a cluster as a whole is healthy: masters' programs, quorum, DNS, and what each node runs of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jeroboam.clients.kubernetes import nodes as a_node
from jeroboam.clients.kubernetes import pods as a_pod

ON_MASTERS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""What kubeadm runs on every master, by a file of the kubelet's; each pod is named so, then by its node."""
ON_NODES = (("kube-system", "kube-proxy"), ("kube-flannel", "kube-flannel"), ("kube-system", "calico-node"))
"""Namespace and name of the DaemonSets that a cluster may have."""
NAMESPACES = tuple(dict.fromkeys(namespace for namespace, _ in ON_NODES))


def problems(
    nodes: Sequence[Any], pods: Sequence[Any], daemons: Iterable[Any], away: frozenset[str], masters: int
) -> tuple[str, ...]:
    """What is not healthy besides the nodes that are `away`, a sentence each.

    `pods` and `daemons` (DaemonSets) are those in NAMESPACES; `masters` is how many the cluster is known to
    have, at least.
    """
    managers = [a_node.name(node) for node in nodes if a_node.manages(node)]
    running = {pod["metadata"]["name"] for pod in pods if a_pod.ready(pod) and _of_masters(pod)}
    return (
        *_static(managers, running, away),
        *_quorum(managers, running, away, masters),
        *_dns(nodes, pods, away),
        *(text for daemon in daemons for text in _daemon(daemon, nodes, pods, away)),
    )


def _of_masters(pod: Any) -> bool:
    """Whether it is in the namespace where a kubelet's own file puts the masters' programs."""
    return bool(pod["metadata"].get("namespace") == "kube-system")


def _static(managers: Sequence[str], running: set[str], away: frozenset[str]) -> Iterable[str]:
    for master in managers:
        missing = [program for program in ON_MASTERS if f"{program}-{master}" not in running]
        if missing and master not in away:
            yield f"not ready on {master}: {', '.join(missing)}"


def _quorum(managers: Sequence[str], running: set[str], away: frozenset[str], masters: int) -> Iterable[str]:
    """One master alone has none to ask; it is missed while it is away, and that is known."""
    members = max(len(managers), masters)
    left = sum(f"etcd-{master}" in running for master in managers if master not in away)
    majority = members // 2 + 1
    if members > 1 and left < majority:
        gone = sorted(set(managers) & away)
        without = f" without {', '.join(gone)}" if gone else ""
        yield f"{left} of {members} members of etcd are ready{without}; its quorum takes {majority}"


def _dns(nodes: Sequence[Any], pods: Sequence[Any], away: frozenset[str]) -> Iterable[str]:
    """What is on a node that will be away, but is still open, counts: a drain has it moved first."""
    emptied = away - {a_node.name(node) for node in nodes if not a_node.closed(node)}
    if not any(serves_dns(pod) and a_pod.ready(pod) and a_pod.node(pod) not in emptied for pod in pods):
        yield "no pod of CoreDNS is ready" + (" elsewhere" if emptied else "")


def serves_dns(pod: Any) -> bool:
    """Whether it is one of CoreDNS, of those in its namespace."""
    return bool((pod["metadata"].get("labels") or {}).get("k8s-app") == "kube-dns" and _of_masters(pod))


def _daemon(daemon: Any, nodes: Sequence[Any], pods: Sequence[Any], away: frozenset[str]) -> Iterable[str]:
    namespace, name = daemon["metadata"]["namespace"], daemon["metadata"]["name"]
    if (namespace, name) not in ON_NODES:
        return
    works_on = {
        a_pod.node(pod)
        for pod in pods
        if a_pod.ready(pod)
        and a_pod.owner(pod) == ("DaemonSet", name)
        and pod["metadata"].get("namespace") == namespace
    }
    missing = [one for one in map(a_node.name, nodes) if one not in works_on and one not in away]
    if missing:
        yield f"{name} is not ready on {a_pod.listed(missing)}"

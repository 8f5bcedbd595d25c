"""Ports of the masters that are not free for the API server: JB0476.

Facts: pkg/cluster/ports and cmd/kubeadm/app/constants of k8s.io/kubernetes v1.36; the Cloud Controller
Manager's of cloud-provider v0.36 (options.DefaultPort), and that of Felix's probes in Calico's manifest.
"""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.parts.ports import SYSTEM, rows
from jeroboam.spec.types import ClusterSpec

_ALWAYS = {
    **SYSTEM,
    2379: "etcd",
    2380: "etcd",
    2381: "etcd",
    10248: "kubelet",
    10249: "kube-proxy",
    10250: "kubelet",
    10256: "kube-proxy",
    10257: "kube-controller-manager",
    10259: "kube-scheduler",
}


def api_port_problems(spec: ClusterSpec, options: KubernetesOptions) -> Iterator[Diagnostic]:
    """An API port that something else listens on."""
    first, last = node_ports()
    used = {
        **_ALWAYS,
        **({10258: "the Cloud Controller Manager"} if options.enabled("cloud_controller_manager") else {}),
        **({9099: "Calico"} if spec.container_network.driver == "calico" else {}),
        **dict.fromkeys(range(first, last + 1), "services of type NodePort"),
    }
    if spec.api.port in used:
        yield diagnose("JB0476", "/api/port", port=spec.api.port, owner=used[spec.api.port])


def node_ports() -> tuple[int, int]:
    """First and last port of services of type NodePort: the API server's default, and what is open."""
    first, last = next(row["ports"] for row in rows(__package__) if row["name"] == "node-port-tcp")
    return first, last

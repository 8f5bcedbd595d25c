"""What kubelet and kube-proxy read on every node, as data.

Facts: the types of kubelet.config.k8s.io/v1beta1 and kubeproxy.config.k8s.io/v1alpha1.
"""

from __future__ import annotations

from typing import Any

from jeroboam.drivers.kubernetes.options import KUBELET_PODS, KubernetesOptions
from jeroboam.model.types import literal
from jeroboam.parts.containerd import cgroup_driver
from jeroboam.spec.types import RuntimeSpec

_UNITS = {"k": "Ki", "m": "Mi", "g": "Gi"}


def kubelet_document(runtime: RuntimeSpec, options: KubernetesOptions) -> dict[str, Any]:
    """Kubelet's configuration, which kubeadm keeps in the cluster for every node."""
    document: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": cgroup_driver(runtime),
        "rotateCertificates": True,
        # Masters approve what kubelets ask for: fragments/kubernetes/approve.sh.
        "serverTLSBootstrap": True,
        # From 1.35 on kubelet refuses version 1 unless told otherwise; some distros have no other.
        "failCgroupV1": False,
    }
    if runtime.log_max_size:
        document["containerLogMaxSize"] = runtime.log_max_size[:-1] + _UNITS[runtime.log_max_size[-1]]
    if runtime.log_max_files:
        # kubelet counts the log being written as well.
        document["containerLogMaxFiles"] = runtime.log_max_files + 1
    if options.max_pods != KUBELET_PODS:
        document["maxPods"] = options.max_pods
    if options.feature_gates:
        document["featureGates"] = {literal(name): on for name, on in options.feature_gates.items()}
    return document


def kube_proxy_document(options: KubernetesOptions) -> dict[str, Any]:
    """kube-proxy's configuration."""
    document: dict[str, Any] = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": options.kube_proxy_mode,
    }
    if options.feature_gates:
        document["featureGates"] = {literal(name): on for name, on in options.feature_gates.items()}
    return document

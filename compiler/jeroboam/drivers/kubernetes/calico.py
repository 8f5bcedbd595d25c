"""Calico over VXLAN: its DaemonSet's settings from the spec, and its custom resource definitions.

Facts: libcalico-go/config/crd of projectcalico/calico v3.32 for names and scopes; the reference of
calico/node for the environment that the manifest fills from this ConfigMap.
"""

from __future__ import annotations

from typing import Any

from jeroboam.serialize import json_text
from jeroboam.spec.encapsulation import overhead
from jeroboam.spec.types import ClusterSpec

TESTED_MINORS = ("1.34", "1.35", "1.36")
"""The versions of Kubernetes that the requirements page of Calico v3.32 names."""
LARGEST_BLOCK, LARGEST_BLOCK_6 = 20, 116
"""Shortest prefix of the blocks that addresses come in, in IPv4 and in IPv6."""

_GROUP = "crd.projectcalico.org"
_CLUSTER_KINDS = {
    "BGPConfiguration": "bgpconfigurations",
    "BGPFilter": "bgpfilters",
    "BGPPeer": "bgppeers",
    "BlockAffinity": "blockaffinities",
    "CalicoNodeStatus": "caliconodestatuses",
    "ClusterInformation": "clusterinformations",
    "FelixConfiguration": "felixconfigurations",
    "GlobalNetworkPolicy": "globalnetworkpolicies",
    "GlobalNetworkSet": "globalnetworksets",
    "HostEndpoint": "hostendpoints",
    "IPAMBlock": "ipamblocks",
    "IPAMConfig": "ipamconfigs",
    "IPAMHandle": "ipamhandles",
    "IPPool": "ippools",
    "IPReservation": "ipreservations",
    "KubeControllersConfiguration": "kubecontrollersconfigurations",
    "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicies",
    "Tier": "tiers",
}
# Its owner writes the status of this one apart, and waits until it can.
_WITH_STATUS = ("KubeControllersConfiguration",)
_NAMESPACED_KINDS = {
    "NetworkPolicy": "networkpolicies",
    "NetworkSet": "networksets",
    "StagedKubernetesNetworkPolicy": "stagedkubernetesnetworkpolicies",
    "StagedNetworkPolicy": "stagednetworkpolicies",
}
_PLUGIN = {
    "type": "calico",
    "log_level": "info",
    "log_file_path": "/var/log/calico/cni/cni.log",
    "datastore_type": "kubernetes",
    "nodename": "__KUBERNETES_NODE_NAME__",
    "mtu": "__CNI_MTU__",
    "policy": {"type": "k8s"},
    "kubernetes": {"kubeconfig": "__KUBECONFIG_FILEPATH__"},
}
_PORTMAP = {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}}


def config_map(spec: ClusterSpec) -> dict[str, Any]:
    """The ConfigMap that Calico's DaemonSet takes its environment from; what is absent there stays unset."""
    containers = spec.container_network
    data = {
        "cni_network_config": _cni(dual_stack=containers.ipv6 is not None),
        "veth_mtu": str(_mtu(spec)),
        "ipv4_pool": str(containers.cidr),
        "ipv4_block_size": str(containers.subnet_len),
        "ipv6_support": "false",
    }
    if containers.ipv6:
        data |= {
            "ipv6_support": "true",
            "ipv6_address": "autodetect",
            "ipv6_pool": str(containers.ipv6.cidr),
            "ipv6_block_size": str(containers.ipv6.subnet_len),
        }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "calico-config", "namespace": "kube-system"},
        "data": data,
    }


def custom_kinds() -> list[dict[str, Any]]:
    """CustomResourceDefinitions, lean enough for user data.

    Upstream's are ten times what Nova takes. Theirs also describe each field; these accept any, as what
    writes them, Calico and calicoctl, checks its own input.
    """
    own = [_kind(_GROUP, "v1", kind, plural, "Cluster") for kind, plural in _CLUSTER_KINDS.items()]
    own += [_kind(_GROUP, "v1", kind, plural, "Namespaced") for kind, plural in _NAMESPACED_KINDS.items()]
    shared = _kind(
        "policy.networking.k8s.io", "v1alpha2", "ClusterNetworkPolicy", "clusternetworkpolicies", "Cluster"
    )
    # An API server serves a kind of Kubernetes' own groups only with the review that approved it.
    review = "https://github.com/kubernetes-sigs/network-policy-api/pull/300"
    shared["metadata"]["annotations"] = {"api-approved.kubernetes.io": review}
    return [*own, shared]


def _kind(group: str, version: str, kind: str, plural: str, scope: str) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
            },
            "scope": scope,
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                    },
                    **({"subresources": {"status": {}}} if kind in _WITH_STATUS else {}),
                }
            ],
        },
    }


def _mtu(spec: ClusterSpec) -> int:
    """The containers' MTU; 0 is for Calico to find out from the node's interface."""
    if spec.network.mtu is None:
        return 0
    return spec.network.mtu - overhead("vxlan", ipv6=spec.container_network.ipv6 is not None)


def _cni(*, dual_stack: bool) -> str:
    """The installer of Calico's plugin replaces each `__NAME__`; the MTU is a number, so without quotes."""
    both = {"assign_ipv4": "true", "assign_ipv6": "true"} if dual_stack else {}
    plugins = [{**_PLUGIN, "ipam": {"type": "calico-ipam", **both}}, _PORTMAP]
    text = json_text({"name": "k8s-pod-network", "cniVersion": "1.0.0", "plugins": plugins})
    return text.replace('"__CNI_MTU__"', "__CNI_MTU__")

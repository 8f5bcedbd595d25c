"""The roles of a Kubernetes cluster, and what a node of each is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from jeroboam.drivers.kubernetes import addons, kubeadm
from jeroboam.drivers.kubernetes.catalogue import Release
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.drivers.kubernetes.secrets import TOKEN_HOURS, secret_values
from jeroboam.model.types import (
    FileEntry,
    HeatFact,
    HeatValue,
    NodeConfig,
    Role,
)
from jeroboam.parts import containerd, flanneld
from jeroboam.parts.artifacts import image, pinned
from jeroboam.parts.bootstrap import Step, node_config
from jeroboam.parts.node import common_files, common_steps, common_values, proxy_files, volume_libraries
from jeroboam.parts.roles import cluster_roles, container_cidrs, network_capabilities, routed_cidrs
from jeroboam.resources import fragment
from jeroboam.serialize import yaml_documents
from jeroboam.spec.types import Cidr, ClusterSpec, NodeSpec

_PROXY_MODULES = {"ipvs": ("ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"), "nftables": ("nf_tables",)}

_SYSTEMD = "/etc/systemd/system"
_TOKEN_UNITS = ("jeroboam-tokens.service", "jeroboam-tokens.timer")


class Plan(NamedTuple):
    """What every role's files are made from."""

    spec: ClusterSpec
    options: KubernetesOptions
    release: Release


def roles(plan: Plan) -> tuple[Role, ...]:
    """The masters, then each node group."""
    return cluster_roles(
        plan.spec,
        partial(_config, plan),
        etcd_volume=plan.spec.masters.etcd_volume,
        routed=routed_by(plan.spec),
    )


def routed_by(spec: ClusterSpec) -> tuple[Cidr, ...]:
    """The containers' ranges that nodes send from, also where the user's own network may do so."""
    containers = spec.container_network
    return container_cidrs(containers) if containers.driver == "none" else routed_cidrs(containers)


def _config(plan: Plan, node: NodeSpec, *, master: bool) -> NodeConfig:
    return node_config(
        steps=_steps(plan, node, master=master),
        libraries=_libraries(plan, node, master=master),
        files=_files(plan, node, master=master),
        units=(containerd.containerd_unit(),),
        values=_values(plan, master=master),
        ssh_authorized_keys=plan.spec.ssh_authorized_keys,
        requires=network_capabilities(plan.spec.container_network),
    )


def _steps(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[Step]:
    spec, options = plan.spec, plan.options
    wanted = (
        (True, Step(25, "kubernetes/steps/swap")),
        *((True, step) for step in flanneld.key_steps(spec.container_network, master=master)),
        (True, Step(40, "kubernetes/steps/install-kubernetes")),
        (True, Step(45, "common/steps/containerd")),
        (master, Step(50, "kubernetes/steps/pki")),
        (master and options.encrypt_secrets, Step(55, "kubernetes/steps/encryption")),
        (master, Step(60, "kubernetes/steps/control-plane")),
        (not master, Step(60, "kubernetes/steps/join")),
        (master, Step(62, "kubernetes/steps/tokens")),
        (master and options.needs_cloud, Step(65, "kubernetes/steps/cloud-config")),
        (master, Step(70, "kubernetes/steps/manifests")),
        (master, Step(90, "kubernetes/steps/api-health")),
        (True, Step(95, "kubernetes/steps/health")),
    )
    yield from common_steps(spec, node, etcd_volume=master and spec.masters.etcd_volume is not None)
    yield from (step for is_wanted, step in wanted if is_wanted)


def _libraries(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[str]:
    yield from ("common/download.sh", "common/daemons.sh")
    yield from volume_libraries(node, etcd_volume=master and plan.spec.masters.etcd_volume is not None)
    yield "kubernetes/kubernetes.sh"
    if master:
        yield from ("kubernetes/masters.sh", "kubernetes/tokens.sh")


def _values(plan: Plan, *, master: bool) -> dict[str, str | HeatValue]:
    """All that scripts may ask for; a node is given what those on it do."""
    spec, options = plan.spec, plan.options
    no_proxy = (options.service_cidr, ".svc", f".{options.dns_domain}")
    return {
        **common_values(
            spec, api_port=kubeadm.api_port(spec), container_dir=containerd.STORAGE, no_proxy=no_proxy
        ),
        "JEROBOAM_SUBNET_ID": HeatFact.SUBNET_ID,
        "JEROBOAM_EXTERNAL_NETWORK": HeatFact.EXTERNAL_NETWORK if spec.network.external_network else "",
        "JEROBOAM_TOKEN_HOURS": str(TOKEN_HOURS),
        "JEROBOAM_NETWORK": spec.container_network.driver,
        **secret_values(options, master=master),
        **flanneld.key_values(spec.container_network, master=master),
    }


def _files(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[FileEntry]:
    spec, options, release = plan.spec, plan.options, plan.release
    artifacts = pinned(release.artifacts, spec.artifacts.pins)
    yield from common_files(spec, artifacts, modules=_modules(plan), sysctls=_sysctls(spec))
    if spec.container_network.driver == "calico":
        unmanaged = fragment("kubernetes/networkmanager-calico.conf")
        yield FileEntry("/etc/NetworkManager/conf.d/calico.conf", unmanaged)
    sandbox = image(release.images["pause"], spec.artifacts.image_registry)
    yield from containerd.containerd_files(spec.runtime, sandbox)
    # Steps enable them, and as files they can be packed.
    for name in ("kubelet.service", *(_TOKEN_UNITS if master else ())):
        yield FileEntry(f"{_SYSTEMD}/{name}", fragment(f"kubernetes/{name}"))
    drop_in = fragment("kubernetes/kubelet-kubeadm.conf")
    yield FileEntry(f"{_SYSTEMD}/kubelet.service.d/10-kubeadm.conf", drop_in)
    yield from proxy_files(spec, ("containerd", "kubelet"))
    yield from _kubeadm_files(plan, node, master=master)
    if master:
        yield from addons.manifest_files(spec, options, release.images)


def _kubeadm_files(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[FileEntry]:
    spec, options = plan.spec, plan.options
    registry = spec.artifacts.image_registry
    documents: Mapping[str, list[dict[str, object]]] = {
        "join": kubeadm.join_documents(spec, options, None if master else node),
        **({"init": kubeadm.init_documents(spec, options, plan.release.version, registry)} if master else {}),
        **({"encryption": [kubeadm.encryption_document()]} if master and options.encrypt_secrets else {}),
    }
    for name, parts in documents.items():
        yield FileEntry(f"/etc/jeroboam/kubeadm/{name}.yaml", yaml_documents(parts))
    if master and options.audit_policy:
        text = options.audit_policy.text
        yield FileEntry(kubeadm.AUDIT_POLICY_FILE, text if text.endswith("\n") else text + "\n", 0o600)


def _modules(plan: Plan) -> tuple[str, ...]:
    backend = plan.spec.container_network.backend
    of_backend = flanneld.MODULES.get(backend.type, ()) if backend else ()
    if plan.spec.container_network.driver == "calico":
        of_backend = ("vxlan",)
    return ("overlay", "br_netfilter", *of_backend, *_PROXY_MODULES.get(plan.options.kube_proxy_mode, ()))


def _sysctls(spec: ClusterSpec) -> str:
    ipv6 = fragment("kubernetes/sysctl-ipv6.conf") if spec.container_network.ipv6 else ""
    calico = fragment("kubernetes/sysctl-calico.conf") if spec.container_network.driver == "calico" else ""
    return fragment("kubernetes/sysctl.conf") + ipv6 + calico

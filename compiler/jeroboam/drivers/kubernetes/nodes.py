"""The roles of a Kubernetes cluster, and what a node of each is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jeroboam.drivers.kubernetes import addons, kubeadm, logins
from jeroboam.drivers.kubernetes.catalogue import KubernetesRelease
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.drivers.kubernetes.secrets import TOKEN_HOURS
from jeroboam.model.types import FileEntry, HeatFact, HeatValue, ended
from jeroboam.parts import containerd
from jeroboam.parts.artifacts import image
from jeroboam.parts.bootstrap import Step
from jeroboam.parts.engine import etcdutl_artifact
from jeroboam.parts.network import backend_modules
from jeroboam.parts.node import NodeParts, chosen, proxy_files
from jeroboam.resources import fragment, script
from jeroboam.serialize import json_text, yaml_documents
from jeroboam.spec.types import ClusterSpec, NodeSpec

_PROXY_MODULES = {"ipvs": ("ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"), "nftables": ("nf_tables",)}

_SYSTEMD = "/etc/systemd/system"
_UNITS = ("jeroboam-approver.service", "jeroboam-upkeep.service", "jeroboam-upkeep.timer")
"""What masters keep doing."""
_SNAPSHOT_UNITS = ("jeroboam-snapshot.service", "jeroboam-snapshot.timer")


class KubernetesCluster(NamedTuple):
    """What every role's files are made from."""

    spec: ClusterSpec
    options: KubernetesOptions
    release: KubernetesRelease


def nodes(plan: KubernetesCluster, node: NodeSpec, *, master: bool) -> NodeParts:
    """What a master, or a worker of a group, is given."""
    spec, options = plan.spec, plan.options
    # Of several, each can be made anew without its data.
    alone = master and spec.masters.count == 1
    return NodeParts(
        steps=_steps(spec, options, master=master),
        programs=_programs(options, master=master, alone=alone),
        files=tuple(_files(plan, node, master=master)),
        units=(containerd.containerd_unit(),),
        values=_values(spec, options),
        artifacts=plan.release.artifacts,
        modules=_modules(plan),
        sysctls=_sysctls(spec),
        container_dir=containerd.STORAGE,
        no_proxy=(options.service_cidr, ".svc", f".{options.dns_domain}"),
        for_restore=(etcdutl_artifact(spec.arch),) if master else (),
        has_upkeep=master,
    )


def _programs(options: KubernetesOptions, *, master: bool, alone: bool) -> tuple[str, ...]:
    wanted = {
        "kubernetes/approve.sh": master,
        "kubernetes/etcd-to-volume.sh": alone,
        "kubernetes/snapshot.sh": master and options.snapshots.enabled,
    }
    return tuple(path for path, is_wanted in wanted.items() if is_wanted)


def _steps(spec: ClusterSpec, options: KubernetesOptions, *, master: bool) -> tuple[Step, ...]:
    return chosen(
        (True, Step(25, "kubernetes/steps/swap")),
        (True, Step(40, "kubernetes/steps/install-kubernetes")),
        (True, Step(45, "common/steps/containerd")),
        (spec.runtime.registry_credentials, logins.STEP),
        (master, Step(50, "kubernetes/steps/pki")),
        (master and options.encrypt_secrets, Step(55, "kubernetes/steps/encryption")),
        (master, Step(60, "kubernetes/steps/control-plane")),
        (not master, Step(60, "kubernetes/steps/join")),
        (master, Step(61, "kubernetes/steps/certificates")),
        (master, Step(62, "kubernetes/steps/tokens")),
        (master, Step(63, "kubernetes/steps/addons")),
        (master and options.snapshots.enabled, Step(64, "kubernetes/steps/snapshots")),
        (master and options.needs_cloud, Step(65, "kubernetes/steps/cloud-config")),
        (master, Step(70, "kubernetes/steps/manifests")),
        (master, Step(90, "kubernetes/steps/api-health")),
        (True, Step(95, "kubernetes/steps/health")),
    )


def _values(spec: ClusterSpec, options: KubernetesOptions) -> dict[str, str | HeatValue]:
    return {
        "JEROBOAM_SUBNET_ID": HeatFact.SUBNET_ID,
        "JEROBOAM_EXTERNAL_NETWORK": HeatFact.EXTERNAL_NETWORK if spec.network.external_network else "",
        "JEROBOAM_BALANCER_PROVIDER": spec.api.load_balancer_provider or "",
        "JEROBOAM_TOKEN_HOURS": str(TOKEN_HOURS),
        "JEROBOAM_SNAPSHOT_HOURS": str(options.snapshots.every_hours),
        "JEROBOAM_SNAPSHOTS_KEPT": str(options.snapshots.keep),
        "JEROBOAM_NETWORK": spec.container_network.driver,
        "JEROBOAM_DNS_ADDRESS": str(kubeadm.dns_address(options)),
        "JEROBOAM_DNS_DOMAIN": options.dns_domain,
    }


def _files(plan: KubernetesCluster, node: NodeSpec, *, master: bool) -> Iterator[FileEntry]:
    spec, options, release = plan.spec, plan.options, plan.release
    sandbox = image(release.images["pause"], spec.artifacts.image_registry)
    yield from containerd.containerd_files(spec.runtime, sandbox)
    # Steps enable them, and as files they can be packed.
    kept = (*_UNITS, *(_SNAPSHOT_UNITS if options.snapshots.enabled else ()))
    for name in ("kubelet.service", *(kept if master else ())):
        yield FileEntry(f"{_SYSTEMD}/{name}", script(f"kubernetes/{name}"))
    drop_in = fragment("kubernetes/kubelet-kubeadm.conf")
    yield FileEntry(f"{_SYSTEMD}/kubelet.service.d/10-kubeadm.conf", drop_in)
    yield FileEntry("/etc/tmpfiles.d/jeroboam-cni.conf", fragment("kubernetes/cni.conf"))
    yield from logins.login_files(spec.runtime)
    yield from proxy_files(spec, ("containerd", "kubelet"))
    yield from _kubeadm_files(plan, node, master=master)
    if master:
        yield from addons.manifest_files(spec, options, release.images)


def _kubeadm_files(plan: KubernetesCluster, node: NodeSpec, *, master: bool) -> Iterator[FileEntry]:
    spec, options = plan.spec, plan.options
    registry = spec.artifacts.image_registry
    documents: Mapping[str, list[dict[str, object]]] = {
        "join": kubeadm.join_documents(spec, options, None if master else node),
        **({"init": kubeadm.init_documents(spec, options, plan.release.version, registry)} if master else {}),
    }
    for name, parts in documents.items():
        compared = json_text(kubeadm.unmarked(parts, node))
        yield FileEntry(f"/etc/jeroboam/kubeadm/{name}.yaml", yaml_documents(parts), compared=compared)
    for file in options.api_server_files if master else ():
        yield FileEntry(f"{kubeadm.API_SERVER_FILES}/{file.name}", ended(file.text), 0o600)
    if master and options.audit_policy:
        yield FileEntry(kubeadm.AUDIT_POLICY_FILE, ended(options.audit_policy.text), 0o600)


def _modules(plan: KubernetesCluster) -> tuple[str, ...]:
    containers = plan.spec.container_network
    of_network = ("vxlan",) if containers.driver == "calico" else backend_modules(containers)
    return ("overlay", "br_netfilter", *of_network, *_PROXY_MODULES.get(plan.options.kube_proxy_mode, ()))


def _sysctls(spec: ClusterSpec) -> str:
    ipv6 = fragment("kubernetes/sysctl-ipv6.conf") if spec.container_network.ipv6 else ""
    calico = fragment("kubernetes/sysctl-calico.conf") if spec.container_network.driver == "calico" else ""
    return fragment("kubernetes/sysctl.conf") + ipv6 + calico

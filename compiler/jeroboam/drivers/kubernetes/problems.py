"""Checks of a valid spec for Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.drivers.kubernetes import calico
from jeroboam.drivers.kubernetes.addons import image_names
from jeroboam.drivers.kubernetes.api_port import api_port_problems
from jeroboam.drivers.kubernetes.arguments import arguments, items
from jeroboam.drivers.kubernetes.catalogue import KubernetesRelease, supported_minors
from jeroboam.drivers.kubernetes.exposure import exposures
from jeroboam.drivers.kubernetes.kubeadm import API_SERVER_FILES
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.drivers.kubernetes.owned_arguments import argument_problems
from jeroboam.drivers.kubernetes.pod_images import documents
from jeroboam.drivers.kubernetes.pods import pod_problems
from jeroboam.drivers.kubernetes.version_names import name_problems
from jeroboam.parts.artifacts import pinned, tag
from jeroboam.parts.containerd import SNAPSHOTTERS
from jeroboam.parts.engine import etcdutl_artifact
from jeroboam.parts.network import too_few_subnets
from jeroboam.parts.problems import node_labels, pin_problems, storage_driver_problems
from jeroboam.serialize import YamlError
from jeroboam.source.pointers import child
from jeroboam.spec.floating_ips import api_has_an_existing_one
from jeroboam.spec.labels import LABEL_VALUE
from jeroboam.spec.nodes import node_specs
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import Cidr, ClusterSpec, ContainerNetworkSpec, TextFile

# kubelet may set these and no other labels of Kubernetes' own (cmd/kubelet/app/options of k8s.io/kubernetes).
_OWN_LABELS = frozenset(
    {
        "kubernetes.io/hostname",
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)
_OWN_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")
# Host bits of the widest and the narrowest service range, addresses of the smallest pod range, and how much
# longer a node's share may be than the range (cmd/kubeadm/app/constants of k8s.io/kubernetes).
_SERVICE_BITS = (20, 4)
_POD_ADDRESSES = 14
_SHARE_BITS = 16
# Minor versions before kube-proxy's ipvs was deprecated (cmd/kube-proxy/app/server_linux.go, v1.37).
_WITH_IPVS = ("1.34",)
# As step 65 knows an id from a name.
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RESERVED = ("kubernetes.io", "k8s.io")


def unsupported(spec: ClusterSpec) -> Diagnostic:
    """The diagnostic of a `coe_version` that no release matches."""
    minors = supported_minors()
    return diagnose("JB0410", "/coe_version", version=spec.coe_version, oldest=minors[0], newest=minors[-1])


def plan_problems(spec: ClusterSpec, options: KubernetesOptions) -> tuple[Diagnostic, ...]:
    """All that can be said without knowing the release."""
    return (
        *_network(spec),
        *_ranges(spec, options),
        *_floating_network(spec, options),
        *_volume_zones(spec, options),
        *_labels(spec, options),
        *_runtime(spec),
        *_documents(options),
        *api_port_problems(spec, options),
        *argument_problems(options),
        *_api_server_files(options),
        *exposures(options),
        *pod_problems(spec, options),
    )


def release_problems(
    spec: ClusterSpec, options: KubernetesOptions, release: KubernetesRelease
) -> tuple[Diagnostic, ...]:
    """What the release lacks or does not know: pins, names of arguments, digests, tests of Calico."""
    pins = spec.artifacts.pins
    downloads = (*release.artifacts, etcdutl_artifact(spec.arch))
    names = [*(download.name for download in downloads), *image_names(spec, options)]
    found = [*pin_problems(spec, names), *name_problems(options, release.minor)]
    missing = [a.name for a in pinned(downloads, pins) if a.sha256 is None]
    if missing:
        at = "/coe_version" if spec.coe_version else ""
        names_text = ", ".join(missing)
        found.append(diagnose("JB0411", at, names=names_text, first=missing[0], version=release.version))
    if spec.container_network.driver == "calico" and release.minor not in calico.TESTED_MINORS:
        oldest, newest = calico.TESTED_MINORS[0], calico.TESTED_MINORS[-1]
        installed = tag(release.images["calico-node"])
        asked = (Related("/coe_version", f"kubernetes {release.minor} is asked for here"),)
        found.append(
            diagnose(
                "JB0422", "/container_network/driver", related=asked, calico=installed, oldest=oldest,
                newest=newest, minor=release.minor,
            )
        )  # fmt: skip
    if options.kube_proxy_mode == "ipvs" and release.minor not in _WITH_IPVS:
        found.append(diagnose("JB0477", "/kubernetes/kube_proxy_mode"))
    return tuple(found)


def _network(spec: ClusterSpec) -> Iterator[Diagnostic]:
    containers = spec.container_network
    if containers.driver in ("flannel", "calico") and containers.ipv6 and not spec.network.fixed_subnet:
        yield diagnose("JB0417", "/container_network/ipv6")
    if containers.driver == "calico":
        yield from _blocks(containers)
    elif containers.driver == "flannel":
        yield from _parts(containers)


def _ranges(spec: ClusterSpec, options: KubernetesOptions) -> Iterator[Diagnostic]:
    """What kubeadm refuses (ValidateNetworking in cmd/kubeadm/app/apis/kubeadm/validation/validation.go)."""
    services = ip_network(options.service_cidr)
    widest, narrowest = (services.max_prefixlen - bits for bits in _SERVICE_BITS)
    if not widest <= services.prefixlen <= narrowest:
        yield diagnose(
            "JB0610", "/kubernetes/service_cidr", cidr=services, widest=widest, narrowest=narrowest
        )
    containers = spec.container_network
    yield from _share(containers.driver, "/container_network", containers.cidr, containers.subnet_len)
    if ipv6 := containers.ipv6:
        yield from _share(containers.driver, "/container_network/ipv6", ipv6.cidr, ipv6.subnet_len)


def _share(driver: str, at: Pointer, cidr: Cidr, length: int) -> Iterator[Diagnostic]:
    """A node's share of a range; Flannel's own limits are the tighter ones below."""
    prefix = cidr.prefixlen
    if cidr.num_addresses < _POD_ADDRESSES:
        yield diagnose("JB0611", f"{at}/cidr", cidr=cidr, prefix=cidr.max_prefixlen - 4)
    elif driver != "calico" and length - prefix > _SHARE_BITS:
        yield diagnose("JB0612", f"{at}/subnet_len", subnet_len=length, cidr=cidr, most=prefix + _SHARE_BITS)
    elif driver != "flannel" and length < prefix:
        yield diagnose("JB0308", f"{at}/subnet_len", subnet_len=length, cidr=cidr, prefix=prefix)


def _volume_zones(spec: ClusterSpec, options: KubernetesOptions) -> Iterator[Diagnostic]:
    """Zones that the nodes' labels cannot name; that of a pod's node is the zone of its volume."""
    if not options.enabled("cinder_csi") or options.storage_class.availability_zone:
        return
    for at, node in node_specs(spec):
        for index, zone in enumerate(node.availability_zones):
            if not LABEL_VALUE.fullmatch(zone):
                where = child(child(at, "availability_zones"), index)
                yield diagnose("JB0615", where, value=shown(zone))


def _floating_network(spec: ClusterSpec, options: KubernetesOptions) -> Iterator[Diagnostic]:
    """An external network whose id neither the spec nor anything of the stack tells the cloud provider."""
    network = spec.network
    made = spec.api.floating_ip and not api_has_an_existing_one(spec)
    told = made or spec.masters.node.floating_ip
    brought = network.fixed_network is not None or network.router is not None
    name = network.external_network
    if (
        options.enabled("cloud_controller_manager")
        and name
        and brought
        and not told
        and not _ID.fullmatch(name)
    ):
        yield diagnose("JB0613", "/network/external_network", name=name)


def _blocks(containers: ContainerNetworkSpec) -> Iterator[Diagnostic]:
    least = calico.LARGEST_BLOCK
    if containers.subnet_len < least:
        at = "/container_network/subnet_len"
        yield diagnose("JB0414", at, subnet_len=containers.subnet_len, least=least)
    least = calico.LARGEST_BLOCK_6
    if containers.ipv6 and containers.ipv6.subnet_len < least:
        at = "/container_network/ipv6/subnet_len"
        yield diagnose("JB0414", at, subnet_len=containers.ipv6.subnet_len, least=least)


def _parts(containers: ContainerNetworkSpec) -> Iterator[Diagnostic]:
    yield from too_few_subnets("/container_network", containers.cidr, containers.subnet_len)
    if ipv6 := containers.ipv6:
        yield from too_few_subnets("/container_network/ipv6", ipv6.cidr, ipv6.subnet_len)
    for name in ("subnet_min", "subnet_max"):
        if getattr(containers, name) is not None:
            yield diagnose("JB0416", f"/container_network/{name}", name=name)


def _labels(spec: ClusterSpec, options: KubernetesOptions) -> Iterator[Diagnostic]:
    for at, label in node_labels(spec):
        if not _allowed(label):
            yield diagnose("JB0418", at, at_key=True, label=label)
    for it in arguments(options):
        if (it.program, it.name) == ("kubelet", "node-labels"):
            for label in (item.partition("=")[0] for item in items(it.value)):
                if not _allowed(label):
                    yield diagnose("JB0418", it.at, label=shown(label))


def _allowed(label: str) -> bool:
    prefix, slash, _ = label.partition("/")
    if not slash or label in _OWN_LABELS:
        return True
    if any(prefix == own or prefix.endswith("." + own) for own in _OWN_PREFIXES):
        return True
    return not any(prefix == name or prefix.endswith("." + name) for name in _RESERVED)


def _runtime(spec: ClusterSpec) -> Iterator[Diagnostic]:
    yield from storage_driver_problems("JB0419", spec, SNAPSHOTTERS)
    for index, registry in enumerate(spec.runtime.insecure_registries):
        if "/" in registry:
            yield diagnose("JB0420", f"/runtime/insecure_registries/{index}", registry=registry)
    if spec.runtime.registry_credentials and spec.artifacts.image_registry:
        related = (Related("/artifacts/image_registry", "the images of the cluster itself are there"),)
        yield diagnose("JB0616", "/runtime/registry_credentials", related=related)


def _documents(options: KubernetesOptions) -> Iterator[Diagnostic]:
    for index, file in enumerate(options.manifests):
        yield from _objects(file, f"/kubernetes/manifests/{index}")
    if options.audit_policy:
        yield from _objects(options.audit_policy, "/kubernetes/audit_policy_file")


def _api_server_files(options: KubernetesOptions) -> Iterator[Diagnostic]:
    """Two of one name, and arguments that name one which is not there."""
    names = [file.name for file in options.api_server_files]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield diagnose("JB0617", f"/kubernetes/api_server_files/{index}", name=shown(name))
    for argument, value in options.api_server_args.items():
        folder, _, name = value.rpartition("/")
        if folder == API_SERVER_FILES and name not in names:
            yield diagnose("JB0618", child("/kubernetes/api_server_args", argument), name=shown(name))


def _objects(file: TextFile, at: Pointer) -> Iterator[Diagnostic]:
    """A file that kubectl would refuse is found here rather than on a master half an hour later."""
    try:
        found = documents(file.text)
    except YamlError as error:
        yield diagnose("JB0421", at, hint=error.hint, path=file.path, why=str(error))
        return
    if not found:
        yield diagnose("JB0421", at, path=file.path, why="it contains no document")
    for number, document in enumerate(found, start=1):
        absent = [
            key
            for key in ("apiVersion", "kind")
            if not isinstance(document, dict) or not isinstance(document.get(key), str)
        ]
        if absent:
            why = f"document {number} has no '{absent[0]}'"
            yield diagnose("JB0421", at, path=file.path, why=why)

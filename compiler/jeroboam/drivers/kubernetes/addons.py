"""What is applied once the API answers: network, add-ons and the spec's own manifests, in this order."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from jeroboam.drivers.kubernetes import calico, manifests
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.flannel import FlannelConfig, config_object, flannel_config, has_key, net_conf
from jeroboam.model.types import FileEntry, ended
from jeroboam.parts.access import has_proxy
from jeroboam.parts.artifacts import repository, tag
from jeroboam.parts.flanneld import KEYED
from jeroboam.serialize import yaml_documents
from jeroboam.spec.types import ClusterSpec

MANIFESTS = "/etc/jeroboam/manifests"
KEYED_MANIFESTS = f"{KEYED}/manifests"
_ADDONS = {
    # as the spec names it: (its manifest, the image whose tag is its version)
    "cloud_controller_manager": (manifests.CLOUD_CONTROLLER_MANAGER, "cloud-controller-manager"),
    "cinder_csi": (manifests.CINDER_CSI, "cinder-csi-plugin"),
    "metrics_server": (manifests.METRICS_SERVER, "metrics-server"),
}


_OF_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
_OF_KUBEADM = ("coredns", "etcd")
_IMAGES = {
    "flannel": ("flannel", "flannel-cni-plugin"),
    "calico": ("calico-node", "calico-cni", "calico-kube-controllers"),
    "cloud_controller_manager": ("cloud-controller-manager",),
    "cinder_csi": (
        "cinder-csi-plugin",
        "csi-attacher",
        "csi-provisioner",
        "csi-resizer",
        "csi-node-driver-registrar",
    ),
    "metrics_server": ("metrics-server",),
}


def image_names(spec: ClusterSpec, options: KubernetesOptions) -> tuple[str, ...]:
    """What the cluster's own images are called; kubeadm names the control plane's to itself, by tag."""
    used = (spec.container_network.driver, *(addon for addon in _ADDONS if options.enabled(addon)))
    return ("pause", *(name for part in used for name in _IMAGES.get(part, ())))


def images(
    spec: ClusterSpec, options: KubernetesOptions, version: str, known: Mapping[str, str]
) -> dict[str, str]:
    """Upstream's references of all that a cluster pulls by itself, with what kubeadm names; by name."""
    for addon, (_, name) in _ADDONS.items():
        if options.enabled(addon):
            known = _with_version(known, name, options.addons[addon].version)
    control_plane = {name: f"registry.k8s.io/{name}:v{version}" for name in _OF_KUBERNETES}
    return {**control_plane, **{name: known[name] for name in (*_OF_KUBEADM, *image_names(spec, options))}}


def versions(options: KubernetesOptions, known: Mapping[str, str]) -> dict[str, str]:
    """The version of each add-on that is installed, by the property that may name another."""
    return {
        f"kubernetes.addons.{addon}.version": options.addons[addon].version or tag(known[image])[1:]
        for addon, (_, image) in _ADDONS.items()
        if options.enabled(addon)
    }


def manifest_files(
    spec: ClusterSpec, options: KubernetesOptions, images: Mapping[str, str]
) -> tuple[FileEntry, ...]:
    """Files whose names' order is the order to apply them in; `images` are the release's.

    What holds the key of WireGuard's tunnels stands elsewhere until a step has filled the key in.
    """
    registry = spec.artifacts.image_registry
    texts: list[tuple[str, str]] = []
    files: list[FileEntry] = []
    if spec.container_network.driver == "flannel":
        config = flannel(spec, options)
        keyed = has_key(config)
        daemon = manifests.manifest(
            manifests.FLANNEL, images, registry, spec.name, keyed=keyed, config=_digest(net_conf(config))
        )
        folder = KEYED_MANIFESTS if keyed else MANIFESTS
        text = daemon + yaml_documents([config_object(config)])
        files.append(FileEntry(f"{folder}/10-{manifests.FLANNEL}.yaml", text, compared=""))
    elif spec.container_network.driver == "calico":
        daemon = manifests.manifest(manifests.CALICO, images, registry, spec.name)
        made = yaml_documents([*calico.custom_kinds(), calico.config_map(spec)])
        texts.append((f"10-{manifests.CALICO}", made + daemon))
    for number, (addon, (name, image)) in enumerate(_ADDONS.items(), start=20):
        if options.enabled(addon):
            chosen = _with_version(images, image, options.addons[addon].version)
            text = manifests.manifest(
                name, chosen, registry, spec.name, proxied=has_proxy(spec.proxy),
                storage_class=options.storage_class,
            )  # fmt: skip
            texts.append((f"{number}-{name}", text))
    for number, file in enumerate(options.manifests):
        texts.append((f"50-{number:02}-manifest", ended(file.text)))
    return (*files, *(FileEntry(f"{MANIFESTS}/{name}.yaml", text, compared="") for name, text in texts))


def flannel(spec: ClusterSpec, options: KubernetesOptions) -> FlannelConfig:
    """Flannel's configuration; its rules use the same backend as kube-proxy's (iptables or nftables)."""
    nftables = options.kube_proxy_mode == "nftables"
    return flannel_config(spec.container_network, spec.network.mtu, nftables=nftables)


def _digest(text: str) -> str:
    """Tells two configurations apart, so that a daemon is started anew with the second."""
    return sha256(text.encode()).hexdigest()[:12]


def _with_version(images: Mapping[str, str], name: str, version: str | None) -> Mapping[str, str]:
    if version is None:
        return images
    digest = images[name].partition("@")[1:]
    return {**images, name: f"{repository(images[name])}:v{version}{''.join(digest)}"}

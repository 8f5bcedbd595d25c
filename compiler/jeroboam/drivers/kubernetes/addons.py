"""What is applied once the API answers: network, add-ons and the spec's own manifests, in this order."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.drivers.kubernetes import calico, manifests
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.flannel import FlannelConfig, config_map, flannel_config
from jeroboam.model.types import FileEntry
from jeroboam.parts.artifacts import repository
from jeroboam.serialize import yaml_documents
from jeroboam.spec.types import ClusterSpec

UNAVAILABLE = ("dashboard", "ingress", "autoscaler", "keystone_auth")
"""Add-ons that the schema knows and this release cannot install."""

_FOLDER = "/etc/jeroboam/manifests"
_ADDONS = {
    # as the spec names it: (its manifest, the image whose tag is its version)
    "cloud_controller_manager": (manifests.CLOUD_CONTROLLER_MANAGER, "cloud-controller-manager"),
    "cinder_csi": (manifests.CINDER_CSI, "cinder-csi-plugin"),
    "metrics_server": (manifests.METRICS_SERVER, "metrics-server"),
}


def manifest_files(
    spec: ClusterSpec, options: KubernetesOptions, images: Mapping[str, str]
) -> tuple[FileEntry, ...]:
    """Files whose names' order is the order to apply them in; `images` are the release's."""
    registry = spec.artifacts.image_registry
    texts: list[tuple[str, str]] = []
    if spec.container_network.driver == "flannel":
        daemon = manifests.manifest(manifests.FLANNEL, images, registry, spec.name)
        config = config_map(flannel(spec, options))
        texts.append((f"10-{manifests.FLANNEL}", daemon + yaml_documents([config])))
    elif spec.container_network.driver == "calico":
        daemon = manifests.manifest(manifests.CALICO, images, registry, spec.name)
        made = yaml_documents([*calico.custom_kinds(), calico.config_map(spec)])
        texts.append((f"10-{manifests.CALICO}", made + daemon))
    for number, (addon, (name, image)) in enumerate(_ADDONS.items(), start=20):
        if options.enabled(addon):
            chosen = _with_version(images, image, options.addons[addon].version)
            texts.append((f"{number}-{name}", manifests.manifest(name, chosen, registry, spec.name)))
    for number, file in enumerate(options.manifests):
        texts.append(
            (f"50-{number:02}-manifest", file.text if file.text.endswith("\n") else file.text + "\n")
        )
    return tuple(FileEntry(f"{_FOLDER}/{name}.yaml", text) for name, text in texts)


def flannel(spec: ClusterSpec, options: KubernetesOptions) -> FlannelConfig:
    """What Flannel is told; its rules are of the same make as kube-proxy's."""
    nftables = options.kube_proxy_mode == "nftables"
    return flannel_config(spec.container_network, spec.network.mtu, nftables=nftables)


def _with_version(images: Mapping[str, str], name: str, version: str | None) -> Mapping[str, str]:
    if version is None:
        return images
    return {**images, name: f"{repository(images[name])}:v{version}"}

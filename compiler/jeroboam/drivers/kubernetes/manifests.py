"""The add-on manifests: fragments/kubernetes/manifests/ at the catalogue's versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jeroboam import resources, serialize
from jeroboam.parts.artifacts import image, repository

FLANNEL = "flannel"
CALICO = "calico"
CLOUD_CONTROLLER_MANAGER = "cloud-controller-manager"
CINDER_CSI = "cinder-csi"
METRICS_SERVER = "metrics-server"


def manifest(
    name: str,
    images: Mapping[str, str],
    registry: str | None,
    cluster: str = "kubernetes",
    *,
    secret: str | None = None,
) -> str:
    """The YAML documents of add-on `name`, one of the constants of this module.

    `images` are a Release's; an image there replaces the one of the same repository in the manifest.
    `registry` is the image prefix of the spec. `cluster` names what the add-on creates in OpenStack,
    where clusters of one project share a name space. A volume of the ConfigMap called `secret` becomes
    one of the Secret of that name. Raises KeyError for an image that `images` lacks.
    """
    references = {repository(reference): image(reference, registry) for reference in images.values()}
    documents = serialize.load_yaml_all(resources.fragment(f"kubernetes/manifests/{name}.yaml"))
    return serialize.yaml_documents(_filled(document, references, cluster, secret) for document in documents)


def _filled(data: Any, references: Mapping[str, str], cluster: str, secret: str | None) -> Any:
    """`data` with each `image`, each flag that names the cluster and the volume of `secret` replaced."""
    if isinstance(data, Mapping):
        if secret and data.get("configMap") == {"name": secret}:
            return {"name": data["name"], "secret": {"secretName": secret}}
        return {
            key: references[repository(value)]
            if key == "image" and isinstance(value, str)
            else _filled(value, references, cluster, secret)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_filled(item, references, cluster, secret) for item in data]
    if data in ("--cluster-name=kubernetes", "--cluster=kubernetes"):
        return data.replace("=kubernetes", f"={cluster}")
    return data

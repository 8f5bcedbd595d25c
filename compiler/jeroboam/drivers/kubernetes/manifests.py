"""The add-on manifests: fragments/kubernetes/manifests/ at the catalogue's versions."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam import serialize
from jeroboam.drivers.kubernetes.options import StorageClass
from jeroboam.parts.artifacts import image
from jeroboam.render import render

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
    keyed: bool = False,
    proxied: bool = False,
    storage_class: StorageClass | None = None,
    config: str = "",
) -> str:
    """The YAML documents of add-on `name`, one of the constants of this module, without comments.

    `images` are a Release's, `registry` is the image prefix of the spec. `cluster` names what the add-on
    creates in OpenStack, where clusters of one project share a name space. With `keyed`, Flannel's
    configuration is a Secret; with `proxied`, what calls OpenStack does so by the nodes' proxy;
    `storage_class` is for Cinder's driver, and `config` tells one configuration of Flannel from another.
    Raises jinja2.UndefinedError for an image that `images` lacks.
    """
    references = {key: image(reference, registry) for key, reference in images.items()}
    text = render(
        f"kubernetes/manifests/{name}.yaml.j2",
        images=references,
        cluster=cluster,
        keyed=keyed,
        proxied=proxied,
        storage_class=storage_class or StorageClass(),
        config=config,
    )
    return serialize.yaml_documents(serialize.load_yaml_all(text))

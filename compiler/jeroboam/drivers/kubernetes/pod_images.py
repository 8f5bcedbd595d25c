"""The images that a user's manifests name, as far as they hold pods of Kubernetes' own kinds.

Facts: the API reference of Kubernetes 1.36 on PodSpec and on the kinds that have one. What an operator makes
of an object of its own kind, nobody else knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jeroboam.model.artifacts import ManifestImage
from jeroboam.serialize import load_yaml_all
from jeroboam.spec.types import TextFile

_TEMPLATE = ("spec", "template", "spec")
_POD_SPECS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Pod": ("spec",),
        "PodTemplate": ("template", "spec"),
        "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
        **dict.fromkeys(
            ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"),
            _TEMPLATE,
        ),
    }
)
"""Where each kind has the specification of its pods."""


@lru_cache(maxsize=32)
def documents(text: str) -> list[Any]:
    """The documents of a manifest, not to be changed; raises YamlError. Several who read it parse it once."""
    return load_yaml_all(text)


def pod_images(manifests: Iterable[TextFile]) -> tuple[ManifestImage, ...]:
    """Each image of each manifest once, in their order. Raises YamlError for a file that is not YAML."""
    found = (
        ManifestImage(reference, file.path)
        for file in manifests
        for document in documents(file.text)
        for reference in _of_object(document)
    )
    return tuple(dict.fromkeys(found))


def _of_object(document: Any) -> Iterator[str]:
    kind = _inner(document, "kind")
    if isinstance(kind, str) and kind.endswith("List"):
        for item in _items(document, "items"):
            yield from _of_object(item)
    elif isinstance(kind, str) and kind in _POD_SPECS:
        pod: Any = document
        for name in _POD_SPECS[kind]:
            pod = _inner(pod, name)
        yield from _of_pod(pod)


def _of_pod(pod: Any) -> Iterator[str]:
    containers = (*_items(pod, "initContainers"), *_items(pod, "containers"))
    volumes = (_inner(volume, "image") for volume in _items(pod, "volumes"))
    named = (
        *(_inner(container, "image") for container in containers),
        *(_inner(volume, "reference") for volume in volumes),
    )
    yield from (name for name in named if isinstance(name, str) and name)


def _inner(found: Any, name: str) -> Any:
    return found.get(name) if isinstance(found, dict) else None


def _items(found: Any, name: str) -> Iterable[Any]:
    items = _inner(found, name)
    return items if isinstance(items, list) else ()

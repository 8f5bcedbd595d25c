"""What a Kubernetes version consists of: downloads with digests, and images; read from catalogue.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from jeroboam import resources
from jeroboam.model.artifacts import Download
from jeroboam.model.support import Support

_KUBERNETES = ("kubeadm", "kubelet", "kubectl")


class KubernetesRelease(NamedTuple):
    """A Kubernetes version on one architecture; `images` maps a component to its upstream reference."""

    version: str
    minor: str
    artifacts: tuple[Download, ...]
    images: Mapping[str, str]


def supported_minors() -> tuple[str, ...]:
    """Every minor version that can be asked for, oldest first."""
    return tuple(_data()["minors"])


def default_minor() -> str:
    """The minor version of a cluster that names none."""
    minor: str = _data()["default"]
    return minor


def known_patches(minor: str) -> tuple[str, ...]:
    """The versions of a supported minor whose digests are known, oldest first."""
    return tuple(_data()["minors"][minor]["patches"])


def support_ends(minor: str) -> str:
    """The last day (ISO 8601) on which upstream supports a supported minor."""
    ends: str = _data()["minors"][minor]["support_ends"]
    return ends


def support(version: str) -> Support:
    """Until when upstream supports a version of a supported minor."""
    minor = version.rpartition(".")[0]
    later = supported_minors()[supported_minors().index(minor) + 1 :]
    return Support(f"kubernetes {minor}", support_ends(minor), next(iter(later), None))


def release(wanted: str | None, arch: str) -> KubernetesRelease | None:
    """The release that `wanted` names: a minor (its newest known patch), a version, or None (the default).

    A patch that the catalogue lacks has Kubernetes artifacts without digests. None for any other text
    and for a minor that is not supported. `arch` is amd64 or arm64.
    """
    parts = re.fullmatch(
        r"((?:0|[1-9]\d*)\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))?",
        default_minor() if wanted is None else wanted,
        re.A,
    )
    if parts is None or parts[1] not in _data()["minors"]:
        return None
    minor = parts[1]
    version = parts[0] if parts[0] != minor else known_patches(minor)[-1]
    entry = _data()["minors"][minor]
    versions = {**dict.fromkeys(_KUBERNETES, version), **entry["versions"]}
    return KubernetesRelease(
        version=version,
        minor=minor,
        artifacts=tuple(_artifact(name, versions[name], arch) for name in _data()["downloads"]),
        images=MappingProxyType({**entry["images"], **_data()["images"]}),
    )


def _artifact(name: str, version: str, arch: str) -> Download:
    download = _data()["downloads"][name]
    return Download(
        name=name,
        version=version,
        url=download["url"].format(version=version, arch=arch),
        sha256=_data()["digests"][name].get(version, {}).get(arch),
        sha256_url=download["sha256_url"].format(version=version, arch=arch),
        kind=download["kind"],
        target=download["target"],
    )


@cache
def _data() -> Any:
    return json.loads(resources.data(__file__, "catalogue.json"))

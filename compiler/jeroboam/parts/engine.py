"""Docker Engine, etcd and flanneld as downloads: versions, digests and where each digest comes from.

Docker publishes no checksums beside its static binaries, and Flannel none beside flanneld: a version whose
digest is not known here needs a pin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jeroboam import resources
from jeroboam.model.artifacts import Download
from jeroboam.model.support import Support
from jeroboam.parts.artifacts import pinned


def docker_versions() -> tuple[str, str]:
    """The start of the oldest and of the newest version that can be asked for.

    28.2 is the first that lets other hosts reach containers by their own addresses, as Flannel needs.
    """
    docker = _data()["docker"]
    return docker["oldest"], docker["newest"]


def known_docker(arch: str) -> tuple[str, ...]:
    """The versions whose digests are known, oldest first."""
    digests: Mapping[str, Mapping[str, Any]] = _data()["docker"]["digests"]
    return tuple(sorted((v for v, of in digests.items() if arch in of), key=_numbers))


def docker_artifact(wanted: str | None, arch: str) -> Download | None:
    """The engine that `wanted` names: a version, the start of one (its newest known), or None (the default).

    A version that is not known has no digest. None for any other text, and for the start of a version of
    which none is known. `arch` is amd64 or arm64.
    """
    docker = _data()["docker"]
    text = docker["default"] if wanted is None else wanted
    number = r"(?:0|[1-9]\d*)"
    if not re.fullmatch(rf"{number}(\.{number}){{0,2}}", text, re.A):
        return None
    if text.count(".") < 2:
        matching = [version for version in known_docker(arch) if version.startswith(f"{text}.")]
        if not matching:
            return None
        text = matching[-1]
    oldest, newest = map(_numbers, docker_versions())
    if not (oldest <= _numbers(text) and _numbers(text)[:1] <= newest):
        return None
    return Download(
        name="docker",
        version=text,
        url=docker["url"].format(version=text, machine=docker["machine"][arch]),
        sha256=docker["digests"].get(text, {}).get(arch),
        sha256_url=None,
        kind="tgz",
        target="prefix",
    )


def docker_support_ends() -> Mapping[str, str]:
    """The last day (ISO 8601) of each major version for which upstream states one."""
    ends: Mapping[str, str] = _data()["docker"]["support_ends"]
    return ends


def docker_support(version: str) -> Support | None:
    """Until when upstream maintains the engine of a version; None where it has not said."""
    major = version.partition(".")[0]
    ends = docker_support_ends().get(major)
    if ends is None:
        return None
    later = [str(number) for number in range(int(major) + 1, int(docker_versions()[1]) + 1)]
    return Support(f"docker {major}", ends, next(iter(later), None))


def etcd_artifact(arch: str) -> Download:
    """The etcd of the masters, with etcdctl."""
    return _artifact("etcd", arch, "tgz", "prefix")


def etcdutl_artifact(arch: str) -> Download:
    """The release of etcd again, for etcdutl, by which the data of an etcd in a container is restored.

    An image may have the name etcd, and be pinned by it.
    """
    return etcd_artifact(arch)._replace(name="etcdutl")


def flanneld_artifact(arch: str) -> Download:
    """The flanneld of every node."""
    return _artifact("flanneld", arch, "binary", "flanneld")


def without_digest(artifacts: Iterable[Download], pins: Mapping[str, str]) -> tuple[Download, ...]:
    """Downloads that no node could verify: no digest, no pin, no checksum file from upstream."""
    return tuple(a for a in pinned(artifacts, pins) if a.sha256 is None and a.sha256_url is None)


def _artifact(name: str, arch: str, kind: Any, target: str) -> Download:
    entry = _data()[name]
    version = entry["version"]
    checksums = entry.get("sha256_url")
    return Download(
        name=name,
        version=version,
        url=entry["url"].format(version=version, arch=arch),
        sha256=entry["digests"].get(arch),
        sha256_url=checksums and checksums.format(version=version),
        kind=kind,
        target=target,
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@cache
def _data() -> Any:
    return json.loads(resources.data(__file__, "engine.json"))

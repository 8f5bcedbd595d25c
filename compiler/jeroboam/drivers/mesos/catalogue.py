"""What a Mesos version consists of: the images of its daemons, read from catalogue.json, and downloads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from jeroboam import resources
from jeroboam.model.artifacts import Download
from jeroboam.parts import engine
from jeroboam.parts.network import has_flannel
from jeroboam.spec.types import ClusterSpec


class MesosRelease(NamedTuple):
    """A Mesos version; `images` maps mesos, marathon and zookeeper to their upstream references."""

    version: str
    arches: tuple[str, ...]
    images: Mapping[str, str]


def supported_versions() -> tuple[str, ...]:
    """Every version that can be asked for, oldest first."""
    return tuple(_data()["releases"])


def release(wanted: str | None) -> MesosRelease | None:
    """The release that `wanted` names: a version, its minor, or None (the default); None if there is none."""
    name = _data()["default"] if wanted is None else wanted
    versions = [v for v in supported_versions() if name in (v, v.rpartition(".")[0])]
    if not versions:
        return None
    entry = _data()["releases"][versions[-1]]
    return MesosRelease(versions[-1], tuple(entry["arches"]), MappingProxyType(entry["images"]))


def artifacts(spec: ClusterSpec) -> tuple[Download, ...]:
    """Every download of a cluster's nodes, for an architecture that Docker's default version has."""
    docker = engine.docker_artifact(None, spec.arch)
    assert docker is not None
    flannel = (engine.etcd_artifact(spec.arch), engine.flanneld_artifact(spec.arch))
    return (docker, *(flannel if has_flannel(spec.container_network) else ()))


@cache
def _data() -> Any:
    return json.loads(resources.data(__file__, "catalogue.json"))

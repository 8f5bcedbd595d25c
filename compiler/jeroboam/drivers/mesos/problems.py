"""Checks of a valid spec for Mesos: JB045x and JB046x."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.drivers.mesos import daemons
from jeroboam.drivers.mesos.arguments import argument_problems
from jeroboam.drivers.mesos.catalogue import MesosRelease, artifacts, supported_versions
from jeroboam.drivers.mesos.options import MesosOptions
from jeroboam.parts.artifacts import pinned_images
from jeroboam.parts.docker import STORAGE_DRIVERS
from jeroboam.parts.network import too_few_subnets
from jeroboam.parts.ports import SYSTEM
from jeroboam.parts.problems import docker_registry_problems, pin_problems, storage_driver_problems
from jeroboam.source.pointers import child
from jeroboam.spec.types import ClusterSpec

_TASK_PORTS = range(31000, 32001)
_ETCD_PORTS = (2379, 2380)
# Isolators that need neither cgroups nor the linux launcher (docs/containerizers of Mesos 1.11).
_PLAIN = ("posix/", "filesystem/posix", "disk/du")
# A range, else text or a number: src/common/values.cpp of Mesos 1.11 takes brackets for other types.
_ATTRIBUTE = re.compile(r"\[\d+-\d+(, *\d+-\d+)*\]|[^\[\](){}\s:;]([^\[\](){}:;]*[^\[\](){}\s:;])?")


def unsupported(spec: ClusterSpec) -> Diagnostic:
    """The diagnostic of a `coe_version` that no release matches."""
    return diagnose(
        "JB0450", "/coe_version", version=spec.coe_version, supported=", ".join(supported_versions())
    )


def plan_problems(spec: ClusterSpec, options: MesosOptions, release: MesosRelease) -> tuple[Diagnostic, ...]:
    """All of it."""
    return (
        *_images(spec, options, release),
        *_access(spec, options),
        *argument_problems(spec, options, release.version),
        *_attributes(spec, options),
        *_network(spec, options),
        *storage_driver_problems("JB0461", spec, STORAGE_DRIVERS),
        *docker_registry_problems(spec),
        *pin_problems(spec, [*(a.name for a in artifacts(spec)), *used_images(spec, options, release)]),
        *_ports(spec, options),
    )


def needs_cgroup_v1(options: MesosOptions) -> bool:
    """Whether agents need cgroup v1: Mesos 1.11 supports no other."""
    isolation = options.isolation if "mesos" in options.containerizers else ()
    return "docker" in options.containerizers or any(not name.startswith(_PLAIN) for name in isolation)


def used_images(spec: ClusterSpec, options: MesosOptions, release: MesosRelease) -> dict[str, str]:
    """The images of the daemons that the cluster runs, with the spec's digests where it has any."""
    names = ("zookeeper", "mesos", *(["marathon"] if options.marathon else []))
    return pinned_images({name: release.images[name] for name in names}, spec.artifacts.pins)


def _images(spec: ClusterSpec, options: MesosOptions, release: MesosRelease) -> Iterator[Diagnostic]:
    if spec.arch not in release.arches:
        yield diagnose("JB0451", "/arch", arch=spec.arch, supported=", ".join(release.arches))
    by_tag = [name for name, reference in used_images(spec, options, release).items() if "@" not in reference]
    if by_tag and not spec.artifacts.image_registry:
        yield diagnose("JB0453", "/coe", version=release.version, names=" and ".join(by_tag))


def _access(spec: ClusterSpec, options: MesosOptions) -> Iterator[Diagnostic]:
    yield diagnose("JB0452", "/coe") if spec.tls.enabled else diagnose("JB0464", "/tls/enabled")
    if not options.authentication:
        yield diagnose("JB0457", "/mesos/authentication")


def _attributes(spec: ClusterSpec, options: MesosOptions) -> Iterator[Diagnostic]:
    listed = (("/mesos/attributes", options.attributes), *_labels(spec))
    for at, attributes in listed:
        for name, value in attributes.items():
            if not _ATTRIBUTE.fullmatch(value) or re.search("[:;]", name):
                yield diagnose("JB0455", child(at, name), name=name, value=value)


def _labels(spec: ClusterSpec) -> Iterator[tuple[Pointer, dict[str, str]]]:
    for index, group in enumerate(spec.node_groups):
        yield f"/node_groups/{index}/node_labels", dict(group.node.node_labels)


def _network(spec: ClusterSpec, options: MesosOptions) -> Iterator[Diagnostic]:
    containers = spec.container_network
    if containers.driver != "flannel":
        if spec.masters.etcd_volume:
            yield diagnose("JB0458", "/masters/etcd_volume", driver=containers.driver)
        return
    yield from too_few_subnets("/container_network", containers.cidr, containers.subnet_len)
    if containers.ipv6:
        yield diagnose("JB0462", "/container_network/ipv6")
    elif "mesos" in options.containerizers:
        yield diagnose("JB0459", "/container_network/driver")


def _ports(spec: ClusterSpec, options: MesosOptions) -> Iterator[Diagnostic]:
    port = spec.api.port
    own = () if options.marathon else (daemons.MASTER_PORT,)
    etcd = _ETCD_PORTS if spec.container_network.driver == "flannel" else ()
    taken = {*SYSTEM, *daemons.TAKEN_PORTS, *etcd} - set(own)
    if port is not None and (port in taken or port in _TASK_PORTS):
        yield diagnose("JB0460", "/api/port", port=port)

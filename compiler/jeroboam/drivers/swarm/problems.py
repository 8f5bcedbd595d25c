"""Checks of a valid spec for Swarm: JB043x."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.drivers.swarm.options import SwarmOptions
from jeroboam.flannel import backend_port
from jeroboam.model.artifacts import Download
from jeroboam.parts import engine
from jeroboam.parts.docker import STORAGE_DRIVERS
from jeroboam.parts.network import too_few_subnets
from jeroboam.parts.ports import SYSTEM
from jeroboam.parts.problems import (
    docker_registry_problems,
    node_labels,
    pin_problems,
    storage_driver_problems,
)
from jeroboam.spec.types import ClusterSpec

DATA_PORT = 4789
"""UDP port of Swarm's overlay networks."""
_TAKEN = {**SYSTEM, 2377: "Swarm", 2379: "etcd", 2380: "etcd", 7946: "Swarm"}
# Each overlay network gets a /24.
_PART = 24
_OWN_LABELS = ("com.docker", "io.docker", "org.dockerproject")


def unsupported(spec: ClusterSpec) -> Diagnostic:
    """The diagnostic of a `coe_version` that no release matches."""
    oldest, newest = engine.docker_versions()
    known = ", ".join(engine.known_docker(spec.arch))
    return diagnose(
        "JB0430", "/coe_version", version=spec.coe_version, oldest=oldest, newest=newest, known=known,
        arch=spec.arch,
    )  # fmt: skip


def plan_problems(spec: ClusterSpec, options: SwarmOptions) -> tuple[Diagnostic, ...]:
    """All that can be said without knowing the version."""
    return (
        *_flannel(spec),
        *_api(spec),
        *_pools(options),
        *storage_driver_problems("JB0432", spec, STORAGE_DRIVERS),
        *docker_registry_problems(spec),
        *_labels(spec),
        *_notes(spec, options),
    )


def download_problems(spec: ClusterSpec, artifacts: tuple[Download, ...]) -> Iterator[Diagnostic]:
    """What is wrong with the pins, and which downloads no node could verify."""
    yield from pin_problems(spec, [artifact.name for artifact in artifacts])
    for artifact in engine.without_digest(artifacts, spec.artifacts.pins):
        at = "/coe_version" if spec.coe_version and artifact.name == "docker" else ""
        yield diagnose(
            "JB0431", at, name=artifact.name, version=artifact.version, arch=spec.arch, url=artifact.url
        )


def _flannel(spec: ClusterSpec) -> Iterator[Diagnostic]:
    containers = spec.container_network
    if containers.driver != "flannel":
        return
    yield from too_few_subnets("/container_network", containers.cidr, containers.subnet_len)
    if containers.ipv6 is not None:
        yield diagnose("JB0435", "/container_network/ipv6")
    if containers.backend and backend_port(containers.backend) == DATA_PORT:
        yield diagnose("JB0433", "/container_network/backend/port", port=DATA_PORT)


def _api(spec: ClusterSpec) -> Iterator[Diagnostic]:
    if spec.api.port in _TAKEN:
        yield diagnose("JB0437", "/api/port", port=spec.api.port, owner=_TAKEN[spec.api.port])


def _pools(options: SwarmOptions) -> Iterator[Diagnostic]:
    for index, pool in enumerate(options.default_address_pools):
        network = ip_network(pool)
        if network.version != 4 or network.prefixlen > _PART:
            yield diagnose("JB0434", f"/swarm/default_address_pools/{index}", pool=pool)


def _labels(spec: ClusterSpec) -> Iterator[Diagnostic]:
    for at, label in node_labels(spec):
        if any(label == own or label.startswith(f"{own}.") for own in _OWN_LABELS):
            yield diagnose("JB0438", at, at_key=True, label=label)


def _notes(spec: ClusterSpec, options: SwarmOptions) -> Iterator[Diagnostic]:
    if options.availability_of_managers == "drain" and not any(group.count for group in spec.node_groups):
        yield diagnose("JB0440", "/swarm/availability_of_managers")
    if spec.api.load_balancer and spec.api.load_balancer_provider != "ovn":
        yield diagnose("JB0614", "/coe", listener=f"{spec.name}-api")
    if options.autolock:
        yield diagnose("JB0439", "/swarm/autolock")

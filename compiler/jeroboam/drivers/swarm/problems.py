"""What Swarm finds wrong with a spec that is well-formed: JB043x."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.drivers.swarm.options import SwarmOptions
from jeroboam.flannel import backend_port
from jeroboam.parts import engine
from jeroboam.parts.artifacts import Artifact, unknown_pins
from jeroboam.parts.docker import STORAGE_DRIVERS
from jeroboam.spec.types import ClusterSpec

DATA_PORT = 4789
"""UDP port of Swarm's overlay networks."""
_TAKEN = {2377: "Swarm", 2379: "etcd", 2380: "etcd", 7946: "Swarm"}
# Each overlay network gets a /24.
_PART = 24
_OWN_LABELS = ("com.docker", "io.docker", "org.dockerproject")


def unsupported(spec: ClusterSpec) -> Diagnostic:
    """That no release is what `coe_version` asks for."""
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
        *_runtime(spec),
        *_labels(spec),
        *_notes(spec, options),
    )


def download_problems(spec: ClusterSpec, artifacts: tuple[Artifact, ...]) -> Iterator[Diagnostic]:
    """What is wrong with the pins, and which downloads no node could verify."""
    pins = spec.artifacts.pins
    names = [artifact.name for artifact in artifacts]
    for name in unknown_pins(names, pins):
        at = f"/artifacts/pins/{_token(name)}"
        yield diagnose("JB0412", at, at_key=True, name=name, names=", ".join(names))
    for artifact in engine.without_digest(artifacts, pins):
        at = "/coe_version" if spec.coe_version and artifact.name == "docker" else ""
        yield diagnose(
            "JB0431", at, name=artifact.name, version=artifact.version, arch=spec.arch, url=artifact.url
        )


def _flannel(spec: ClusterSpec) -> Iterator[Diagnostic]:
    containers = spec.container_network
    if containers.driver != "flannel":
        return
    # flanneld refuses a network that holds fewer than four subnets (pkg/subnet/config.go).
    if containers.subnet_len < containers.cidr.prefixlen + 2:
        at = "/container_network/subnet_len"
        yield diagnose("JB0415", at, subnet_len=containers.subnet_len, least=containers.cidr.prefixlen + 2)
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


def _runtime(spec: ClusterSpec) -> Iterator[Diagnostic]:
    driver = spec.runtime.storage_driver
    if driver is not None and driver not in STORAGE_DRIVERS:
        known = ", ".join(STORAGE_DRIVERS)
        yield diagnose("JB0432", "/runtime/storage_driver", driver=driver, supported=known)


def _labels(spec: ClusterSpec) -> Iterator[Diagnostic]:
    groups = ((f"/node_groups/{index}", group.node) for index, group in enumerate(spec.node_groups))
    for at, node in (("/masters", spec.masters.node), *groups):
        for key in node.node_labels:
            if any(key == own or key.startswith(f"{own}.") for own in _OWN_LABELS):
                yield diagnose("JB0438", f"{at}/node_labels/{_token(key)}", at_key=True, label=key)


def _notes(spec: ClusterSpec, options: SwarmOptions) -> Iterator[Diagnostic]:
    if options.availability_of_managers == "drain" and not any(group.count for group in spec.node_groups):
        yield diagnose("JB0440", "/swarm/availability_of_managers")
    if options.autolock:
        yield diagnose("JB0439", "/swarm/autolock")


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")

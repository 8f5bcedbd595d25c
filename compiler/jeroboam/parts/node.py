"""What a node of every COE is given: steps, values and files; a driver adds its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jeroboam.model.types import FileEntry, HeatFact, HeatValue
from jeroboam.parts import access
from jeroboam.parts.artifacts import Artifact, artifacts_table, mirrored
from jeroboam.parts.bootstrap import Step, hook_files
from jeroboam.spec.types import ClusterSpec, NodeSpec


def common_steps(spec: ClusterSpec, node: NodeSpec, *, etcd_volume: bool) -> Iterator[Step]:
    """The steps around a driver's own, by their numbers; `etcd_volume` is whether the node has one."""
    wanted = (
        (bool(spec.tls.trusted_ca_files), Step(0, "common/steps/trust-cas")),
        (access.has_proxy(spec.proxy), Step(5, "common/steps/proxy")),
        (True, Step(10, "common/steps/preflight")),
        (bool(spec.hooks.pre_bootstrap), Step(15, "common/steps/pre-hooks")),
        (True, Step(20, "common/steps/kernel")),
        (etcd_volume, Step(30, "common/steps/etcd-volume")),
        (node.docker_volume is not None, Step(35, "common/steps/container-volume")),
        (bool(spec.hooks.post_bootstrap), Step(80, "common/steps/post-hooks")),
    )
    return (step for is_wanted, step in wanted if is_wanted)


def volume_libraries(node: NodeSpec, *, etcd_volume: bool) -> tuple[str, ...]:
    """What the steps that prepare data volumes source."""
    return ("common/volumes.sh",) * (etcd_volume or node.docker_volume is not None)


def common_values(
    spec: ClusterSpec, *, api_port: int, container_dir: str, no_proxy: Iterable[str]
) -> dict[str, str | HeatValue]:
    """What scripts of every COE may ask for; containers' data is in `container_dir`.

    `no_proxy` is what the COE reaches directly, besides what every node does.
    """
    return {
        "JEROBOAM_CLUSTER": spec.name,
        "JEROBOAM_API_ADDRESS": HeatFact.API_ADDRESS,
        "JEROBOAM_API_PUBLIC_ADDRESS": HeatFact.API_PUBLIC_ADDRESS,
        "JEROBOAM_API_PORT": str(api_port),
        "JEROBOAM_MASTER_ADDRESSES": HeatFact.MASTER_ADDRESSES,
        "JEROBOAM_SUBNET_CIDR": HeatFact.SUBNET_CIDR,
        "JEROBOAM_ETCD_VOLUMES": HeatFact.ETCD_VOLUMES,
        "JEROBOAM_DOCKER_VOLUMES": HeatFact.DOCKER_VOLUMES,
        "JEROBOAM_CONTAINER_DIR": container_dir,
        "JEROBOAM_SIGNAL": HeatFact.SIGNAL,
        "JEROBOAM_PROGRESS": HeatFact.PROGRESS,
        "JEROBOAM_BOOTSTRAP_SECONDS": str(spec.timeouts.node_bootstrap_minutes * 60),
        "JEROBOAM_VERIFY_OPENSTACK_CA": str(spec.tls.verify_openstack_ca).lower(),
        "JEROBOAM_HTTP_PROXY": spec.proxy.http or "",
        "JEROBOAM_HTTPS_PROXY": spec.proxy.https or "",
        "JEROBOAM_NO_PROXY": access.no_proxy(spec, no_proxy),
    }


def common_files(
    spec: ClusterSpec, artifacts: Iterable[Artifact], *, modules: Iterable[str], sysctls: str
) -> Iterator[FileEntry]:
    """Files of every COE: what to download, what to trust, the spec's hooks, and the kernel's settings."""
    table = artifacts_table(mirrored(artifact, spec.artifacts.mirror) for artifact in artifacts)
    yield FileEntry("/etc/jeroboam/artifacts.list", table)
    yield from access.ca_files(spec.tls.trusted_ca_files)
    yield from hook_files("pre", ((file.path, file.text) for file in spec.hooks.pre_bootstrap))
    yield from hook_files("post", ((file.path, file.text) for file in spec.hooks.post_bootstrap))
    yield FileEntry("/etc/modules-load.d/jeroboam.conf", "".join(f"{name}\n" for name in modules))
    yield FileEntry("/etc/sysctl.d/90-jeroboam.conf", sysctls)


def proxy_files(spec: ClusterSpec, services: Iterable[str]) -> Iterator[FileEntry]:
    """A drop-in for each service, where anything goes through a proxy."""
    if access.has_proxy(spec.proxy):
        yield from access.proxy_drop_ins(services)

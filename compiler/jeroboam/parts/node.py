"""A node of any COE: what every node is given, and what a COE adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jeroboam.model.artifacts import Download
from jeroboam.model.types import FileEntry, HeatFact, HeatValue, NodeConfig, Unit
from jeroboam.parts import access, network
from jeroboam.parts.artifacts import artifacts_table, mirrored, pinned
from jeroboam.parts.bootstrap import Step, hook_files, node_config
from jeroboam.parts.flanneld import key_steps
from jeroboam.resources import fragment
from jeroboam.spec.types import ClusterSpec, HooksSpec, NodeSpec


@dataclass(frozen=True, slots=True)
class NodeParts:
    """What a COE gives a node besides what every node is given.

    `values` are all that its scripts may ask for; a node is given what those on it do. `artifacts` are what
    the node downloads, as upstream has them, `for_restore` what it does when etcd is restored. Containers'
    data is in `container_dir`; `no_proxy` is what the COE reaches directly, `programs` are scripts that its
    timers run, `told` as in a NodeConfig. `has_upkeep` is whether one of those timers says which certificates
    end.
    """

    steps: tuple[Step, ...]
    files: tuple[FileEntry, ...]
    units: tuple[Unit, ...]
    values: Mapping[str, str | HeatValue]
    artifacts: tuple[Download, ...]
    modules: tuple[str, ...]
    sysctls: str
    container_dir: str
    no_proxy: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    for_restore: tuple[Download, ...] = ()
    told: frozenset[str] = frozenset()
    has_upkeep: bool = False


def configured(
    spec: ClusterSpec,
    node: NodeSpec,
    parts: NodeParts,
    secrets: Mapping[str, HeatValue | str],
    *,
    version: str,
    master: bool,
    etcd_volume: bool,
    api_port: int,
) -> NodeConfig:
    """The configuration of nodes that are alike; `version` is the COE's.

    `etcd_volume` is whether each of them has one.
    """
    return node_config(
        steps=(*_steps(spec, node, master=master, etcd_volume=etcd_volume), *parts.steps),
        programs=(*(("common/proxy.sh",) if access.has_proxy(spec.proxy) else ()), *parts.programs),
        files=(*_files(spec, node, parts), *parts.files),
        units=parts.units,
        values={**_values(spec, parts, version, api_port), **parts.values, **secrets},
        ssh_authorized_keys=spec.ssh_authorized_keys,
        requires=network.capabilities(spec.container_network),
        told=parts.told,
        has_upkeep=parts.has_upkeep,
    )


def chosen(*steps: tuple[bool, Step]) -> tuple[Step, ...]:
    """The steps whose condition holds."""
    return tuple(step for is_wanted, step in steps if is_wanted)


def proxy_files(spec: ClusterSpec, services: Iterable[str]) -> Iterator[FileEntry]:
    """A drop-in for each service, where anything goes through a proxy."""
    if access.has_proxy(spec.proxy):
        yield from access.proxy_drop_ins(services)


def _hooks(spec: ClusterSpec, node: NodeSpec) -> HooksSpec:
    """The cluster's, then those of such nodes alone."""
    return HooksSpec(
        (*spec.hooks.pre_bootstrap, *node.hooks.pre_bootstrap),
        (*spec.hooks.post_bootstrap, *node.hooks.post_bootstrap),
    )


def _steps(spec: ClusterSpec, node: NodeSpec, *, master: bool, etcd_volume: bool) -> tuple[Step, ...]:
    hooks = _hooks(spec, node)
    return (
        *chosen(
            (bool(spec.tls.trusted_ca_files), Step(0, "common/steps/trust-cas")),
            (bool(node.ports), Step(2, "common/steps/way-out")),
            (bool(spec.network.ntp_servers), Step(5, "common/steps/time")),
            (True, Step(10, "common/steps/preflight")),
            (bool(hooks.pre_bootstrap), Step(15, "common/steps/pre-hooks")),
            (True, Step(20, "common/steps/kernel")),
            (etcd_volume, Step(30, "common/steps/etcd-volume")),
            (node.docker_volume is not None, Step(35, "common/steps/container-volume")),
            (bool(hooks.post_bootstrap), Step(80, "common/steps/post-hooks")),
        ),
        *key_steps(spec.container_network, master=master),
    )


def _values(spec: ClusterSpec, parts: NodeParts, version: str, api_port: int) -> dict[str, str | HeatValue]:
    return {
        "JEROBOAM_CLUSTER": spec.name,
        "JEROBOAM_COE_VERSION": version,
        "JEROBOAM_CONFIG": HeatFact.CONFIG,
        "JEROBOAM_SECRETS": HeatFact.SECRETS,
        "JEROBOAM_API_ADDRESS": HeatFact.API_ADDRESS,
        "JEROBOAM_API_PUBLIC_ADDRESS": HeatFact.API_PUBLIC_ADDRESS,
        "JEROBOAM_API_PORT": str(api_port),
        "JEROBOAM_MASTER_ADDRESSES": HeatFact.MASTER_ADDRESSES,
        "JEROBOAM_SUBNET_CIDR": HeatFact.SUBNET_CIDR,
        "JEROBOAM_ETCD_VOLUMES": HeatFact.ETCD_VOLUMES,
        "JEROBOAM_DOCKER_VOLUMES": HeatFact.DOCKER_VOLUMES,
        "JEROBOAM_CONTAINER_DIR": parts.container_dir,
        "JEROBOAM_NTP_SERVERS": " ".join(spec.network.ntp_servers),
        "JEROBOAM_RESTORE": HeatFact.RESTORE,
        "JEROBOAM_SIGNAL": HeatFact.SIGNAL,
        "JEROBOAM_PROGRESS": HeatFact.PROGRESS,
        "JEROBOAM_BOOTSTRAP_SECONDS": str(spec.timeouts.node_bootstrap_minutes * 60),
        "JEROBOAM_VERIFY_OPENSTACK_CA": str(spec.tls.verify_openstack_ca).lower(),
        "JEROBOAM_HTTP_PROXY": spec.proxy.http or "",
        "JEROBOAM_HTTPS_PROXY": spec.proxy.https or "",
        "JEROBOAM_NO_PROXY": access.no_proxy(spec, parts.no_proxy),
    }


def _files(spec: ClusterSpec, node: NodeSpec, parts: NodeParts) -> Iterator[FileEntry]:
    """What to download, what to trust, the spec's hooks, and the kernel's settings."""
    for name, wanted in (("artifacts", parts.artifacts), ("restore", parts.for_restore)):
        if wanted:
            downloads = pinned(wanted, spec.artifacts.pins)
            table = artifacts_table(mirrored(artifact, spec.artifacts.mirror) for artifact in downloads)
            yield FileEntry(f"/etc/jeroboam/{name}.list", table)
    yield from access.ca_files(spec.tls.trusted_ca_files)
    hooks = _hooks(spec, node)
    yield from hook_files("pre", ((file.path, file.text) for file in hooks.pre_bootstrap))
    yield from hook_files("post", ((file.path, file.text) for file in hooks.post_bootstrap))
    unmanaged = fragment("common/networkmanager.conf")
    yield FileEntry("/etc/NetworkManager/conf.d/jeroboam.conf", unmanaged)
    yield FileEntry("/etc/modules-load.d/jeroboam.conf", "".join(f"{name}\n" for name in parts.modules))
    yield FileEntry("/etc/sysctl.d/90-jeroboam.conf", parts.sysctls)

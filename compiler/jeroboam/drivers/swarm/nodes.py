"""The roles of a swarm, and what a node of each is given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address
from typing import NamedTuple

from jeroboam.drivers.swarm.options import SwarmOptions
from jeroboam.drivers.swarm.secrets import JOIN_GRANT, secret_values
from jeroboam.model.types import (
    FileEntry,
    HeatFact,
    HeatValue,
    NodeConfig,
    Role,
    Unit,
)
from jeroboam.parts import access, docker, etcd, flanneld
from jeroboam.parts.artifacts import Artifact, artifacts_table, mirrored, pinned
from jeroboam.parts.bootstrap import Step, hook_files, node_config
from jeroboam.parts.roles import cluster_roles, network_capabilities
from jeroboam.resources import fragment
from jeroboam.spec.types import ClusterSpec, NodeSpec

DEFAULT_PORT = 2376


class Plan(NamedTuple):
    """What every role's files are made from."""

    spec: ClusterSpec
    options: SwarmOptions
    artifacts: tuple[Artifact, ...]

    @property
    def flannel(self) -> bool:
        """Whether Docker's bridges are on Flannel's network."""
        return self.spec.container_network.driver == "flannel"


def api_port(spec: ClusterSpec) -> int:
    """The port of every manager's Docker API and of the load balancer before them."""
    return spec.api.port or DEFAULT_PORT


def roles(plan: Plan) -> tuple[Role, ...]:
    """The managers, then each node group."""
    etcd_volume, routed = plan.spec.masters.etcd_volume, flanneld.routed_cidrs(plan.spec.container_network)
    return cluster_roles(plan.spec, partial(_config, plan), etcd_volume=etcd_volume, routed_cidrs=routed)


def _config(plan: Plan, node: NodeSpec, *, master: bool) -> NodeConfig:
    return node_config(
        steps=_steps(plan, node, master=master),
        libraries=_libraries(plan, node, master=master),
        files=_files(plan, node, master=master),
        units=_units(plan, master=master),
        values=_values(plan, master=master),
        ssh_authorized_keys=plan.spec.ssh_authorized_keys,
        requires=network_capabilities(plan.spec.container_network),
    )


def _steps(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[Step]:
    spec = plan.spec
    wanted = (
        (bool(spec.tls.trusted_ca_files), Step(0, "common/steps/trust-cas")),
        (access.has_proxy(spec.proxy), Step(5, "common/steps/proxy")),
        (True, Step(10, "common/steps/preflight")),
        (bool(spec.hooks.pre_bootstrap), Step(15, "common/steps/pre-hooks")),
        (True, Step(20, "common/steps/kernel")),
        (master and spec.masters.etcd_volume is not None, Step(30, "common/steps/etcd-volume")),
        (node.docker_volume is not None, Step(35, "common/steps/container-volume")),
        (True, Step(40, "common/steps/install")),
        (master, etcd.etcd_step(45)),
        *((True, step) for step in flanneld.key_steps(spec.container_network, master=master)),
        *((plan.flannel, step) for step in flanneld.flannel_steps(50, master=master)),
        (master, Step(55, "swarm/steps/certificate")),
        (True, Step(60, "common/steps/docker")),
        (master, Step(65, "swarm/steps/manager")),
        (not master, Step(65, "swarm/steps/join")),
        (bool(spec.hooks.post_bootstrap), Step(80, "common/steps/post-hooks")),
        (True, Step(95, "swarm/steps/health")),
    )
    return (step for is_wanted, step in wanted if is_wanted)


def _libraries(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[str]:
    yield from ("common/download.sh", "swarm/swarm.sh", "swarm/token.sh")
    if node.docker_volume or (master and plan.spec.masters.etcd_volume):
        yield "common/volumes.sh"
    if plan.flannel or master:
        yield "common/daemons.sh"
    if master:
        yield from (*etcd.LIBRARIES, "swarm/keep.sh")
    else:
        yield from ("common/addresses.sh", "common/etcd.sh")


def _units(plan: Plan, *, master: bool) -> Iterator[Unit]:
    yield docker.docker_unit()
    if plan.flannel:
        yield flanneld.flannel_unit()
    if master:
        yield etcd.etcd_unit()
        for name in ("jeroboam-swarm.service", "jeroboam-swarm.timer"):
            yield Unit(name, fragment(f"swarm/{name}"), enabled=False)


def _values(plan: Plan, *, master: bool) -> dict[str, str | HeatValue]:
    """All that scripts may ask for; a node is given what those on it do."""
    spec, options = plan.spec, plan.options
    return {
        "JEROBOAM_CLUSTER": spec.name,
        "JEROBOAM_API_ADDRESS": HeatFact.API_ADDRESS,
        "JEROBOAM_API_PUBLIC_ADDRESS": HeatFact.API_PUBLIC_ADDRESS,
        "JEROBOAM_API_PORT": str(api_port(spec)),
        "JEROBOAM_ALT_NAMES": ",".join(
            _alt_name(name) for name in (spec.api.dns_name, *spec.api.extra_sans) if name
        ),
        "JEROBOAM_MASTER_ADDRESSES": HeatFact.MASTER_ADDRESSES,
        "JEROBOAM_SUBNET_CIDR": HeatFact.SUBNET_CIDR,
        "JEROBOAM_ETCD_VOLUMES": HeatFact.ETCD_VOLUMES,
        "JEROBOAM_DOCKER_VOLUMES": HeatFact.DOCKER_VOLUMES,
        "JEROBOAM_CONTAINER_DIR": docker.STORAGE,
        "JEROBOAM_SIGNAL": HeatFact.SIGNAL,
        "JEROBOAM_PROGRESS": HeatFact.PROGRESS,
        "JEROBOAM_BOOTSTRAP_SECONDS": str(spec.timeouts.node_bootstrap_minutes * 60),
        "JEROBOAM_VERIFY_OPENSTACK_CA": str(spec.tls.verify_openstack_ca).lower(),
        "JEROBOAM_HTTP_PROXY": spec.proxy.http or "",
        "JEROBOAM_HTTPS_PROXY": spec.proxy.https or "",
        "JEROBOAM_NO_PROXY": access.no_proxy(spec, options.default_address_pools),
        "JEROBOAM_SWARM_ROLE": "manager" if master else "worker",
        "JEROBOAM_MANAGER_AVAILABILITY": options.availability_of_managers,
        "JEROBOAM_AUTOLOCK": str(options.autolock).lower(),
        "JEROBOAM_ADDRESS_POOLS": " ".join(options.default_address_pools),
        "JEROBOAM_TASK_HISTORY_LIMIT": str(options.task_history_limit),
        "JEROBOAM_WORKER_TOKEN": JOIN_GRANT.key,
        **secret_values(spec, master=master),
    }


def _alt_name(name: str) -> str:
    try:
        return f"IP:{ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _files(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[FileEntry]:
    spec = plan.spec
    chosen = pinned(plan.artifacts, spec.artifacts.pins)
    table = artifacts_table(mirrored(artifact, spec.artifacts.mirror) for artifact in chosen)
    yield FileEntry("/etc/jeroboam/artifacts.list", table)
    yield from access.ca_files(spec.tls.trusted_ca_files)
    yield from hook_files("pre", ((file.path, file.text) for file in spec.hooks.pre_bootstrap))
    yield from hook_files("post", ((file.path, file.text) for file in spec.hooks.post_bootstrap))
    yield FileEntry("/etc/modules-load.d/jeroboam.conf", "".join(f"{name}\n" for name in _modules(plan)))
    yield FileEntry("/etc/sysctl.d/90-jeroboam.conf", docker.docker_sysctls())
    yield from docker.docker_files(
        spec.runtime,
        mtu=spec.network.mtu,
        flannel=plan.flannel,
        labels=node.node_labels,
        api_port=api_port(spec) if master else None,
    )
    if plan.flannel:
        yield from flanneld.flannel_files(spec, master=master)
    if master:
        yield from etcd.etcd_files((JOIN_GRANT, *(flanneld.GRANTS if plan.flannel else ())))
    if access.has_proxy(spec.proxy):
        yield from access.proxy_drop_ins(("docker",))


def _modules(plan: Plan) -> tuple[str, ...]:
    backend = plan.spec.container_network.backend
    # Swarm's overlay is VXLAN, whatever the bridges are connected by.
    return tuple(
        dict.fromkeys(
            (*docker.MODULES, "vxlan", *(flanneld.MODULES.get(backend.type, ()) if backend else ()))
        )
    )

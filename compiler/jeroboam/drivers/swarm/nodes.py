"""The roles of a swarm, and what a node of each is given."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import NamedTuple

from jeroboam.drivers.swarm.options import SwarmOptions
from jeroboam.drivers.swarm.secrets import JOIN_GRANT
from jeroboam.model.artifacts import Download
from jeroboam.model.types import Unit
from jeroboam.parts import docker, etcd, flanneld
from jeroboam.parts.bootstrap import Step
from jeroboam.parts.docker_host import host_files, host_modules, host_units
from jeroboam.parts.network import has_flannel
from jeroboam.parts.node import NodeParts, chosen
from jeroboam.resources import script
from jeroboam.spec.floating_ips import api_names
from jeroboam.spec.types import ClusterSpec, NodeSpec

DEFAULT_PORT = 2376
_TOLD = frozenset({"JEROBOAM_MANAGER_AVAILABILITY", "JEROBOAM_TASK_HISTORY_LIMIT"})
"""What `docker swarm update` and `docker node update` change."""


class SwarmCluster(NamedTuple):
    """What every role's files are made from."""

    spec: ClusterSpec
    options: SwarmOptions
    artifacts: tuple[Download, ...]


def api_port(spec: ClusterSpec) -> int:
    """The port of every manager's Docker API and of the load balancer before them."""
    return spec.api.port or DEFAULT_PORT


def nodes(plan: SwarmCluster, node: NodeSpec, *, master: bool) -> NodeParts:
    """What a manager, or a worker of a group, is given."""
    spec = plan.spec
    return NodeParts(
        steps=_steps(plan, master=master),
        programs=("swarm/keep.sh",) if master else (),
        files=tuple(
            host_files(
                spec,
                master=master,
                grants=(JOIN_GRANT,),
                labels=node.node_labels,
                api_port=api_port(spec) if master else None,
            )
        ),
        units=tuple(_units(plan, master=master)),
        values=_values(plan, master=master),
        artifacts=plan.artifacts,
        # Swarm's overlay is VXLAN, whatever the bridges are connected by.
        modules=host_modules(spec, "vxlan"),
        sysctls=docker.docker_sysctls(),
        container_dir=docker.STORAGE,
        no_proxy=plan.options.default_address_pools,
        told=_TOLD,
    )


def _steps(plan: SwarmCluster, *, master: bool) -> tuple[Step, ...]:
    flannel = has_flannel(plan.spec.container_network)
    return chosen(
        (True, Step(40, "common/steps/install")),
        (master and plan.spec.masters.count > 1, Step(42, "swarm/steps/restored")),
        (master, etcd.etcd_step(45)),
        *((flannel, step) for step in flanneld.flannel_steps(50, master=master)),
        (master, Step(55, "swarm/steps/certificate")),
        (master, Step(57, "swarm/steps/returning")),
        (True, Step(60, "common/steps/docker")),
        (master, Step(65, "swarm/steps/manager")),
        (not master, Step(65, "swarm/steps/join")),
        (True, Step(95, "swarm/steps/health")),
    )


def _units(plan: SwarmCluster, *, master: bool) -> Iterator[Unit]:
    yield from host_units(plan.spec, master=master, grants=(JOIN_GRANT,))
    if master:
        for name in ("jeroboam-swarm.service", "jeroboam-swarm.timer"):
            yield Unit(name, script(f"swarm/{name}"), enabled=False)


def _values(plan: SwarmCluster, *, master: bool) -> dict[str, str]:
    spec, options = plan.spec, plan.options
    return {
        "JEROBOAM_ALT_NAMES": ",".join(map(_alt_name, api_names(spec))),
        "JEROBOAM_SWARM_ROLE": "manager" if master else "worker",
        "JEROBOAM_MANAGER_AVAILABILITY": options.availability_of_managers,
        "JEROBOAM_AUTOLOCK": str(options.autolock).lower(),
        "JEROBOAM_ADDRESS_POOLS": " ".join(options.default_address_pools),
        "JEROBOAM_TASK_HISTORY_LIMIT": str(options.task_history_limit),
        "JEROBOAM_WORKER_TOKEN": JOIN_GRANT.key,
    }


def _alt_name(name: str) -> str:
    try:
        return f"IP:{ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"

"""A COE that greets: every node has Docker and a greeting in /etc/greeting, and there is no more to it."""

from __future__ import annotations

from functools import partial

from jeroboam.diagnostics import Outcome, diagnose, has_errors
from jeroboam.model.access import ClusterAccess, CredentialFile, Credentials
from jeroboam.model.artifacts import Download
from jeroboam.model.protocols import Driver
from jeroboam.model.types import ApiEndpoint, ClusterModel, SecretRef
from jeroboam.parts import docker, engine, etcd, ports
from jeroboam.parts.bootstrap import Step
from jeroboam.parts.cluster import cluster
from jeroboam.parts.docker_host import has_etcd, host_files, host_modules, host_units
from jeroboam.parts.flanneld import flannel_net_conf, flannel_secrets, flannel_steps, flannel_values
from jeroboam.parts.network import has_flannel, too_few_subnets
from jeroboam.parts.node import NodeParts, chosen
from jeroboam.parts.problems import pin_problems, storage_driver_problems
from jeroboam.spec.types import ClusterSpec, NodeSpec

PORT = 4711


def plan(spec: ClusterSpec) -> Outcome[ClusterModel]:
    """The cluster, and all that is wrong with it."""
    containers = spec.container_network
    flannel = has_flannel(containers)
    engine_itself = engine.docker_artifact(spec.coe_version, spec.arch)
    if engine_itself is None:
        return Outcome(None, (diagnose("JB0494", "/coe_version", version=spec.coe_version),))
    host = (engine.etcd_artifact(spec.arch), engine.flanneld_artifact(spec.arch))
    downloads = (engine_itself, *(host if flannel else ()))
    problems = (
        *pin_problems(spec, [artifact.name for artifact in downloads]),
        *storage_driver_problems("JB0496", spec, docker.STORAGE_DRIVERS),
        *(too_few_subnets("/container_network", containers.cidr, containers.subnet_len) if flannel else ()),
    )
    if has_errors(problems):
        return Outcome(None, problems)
    model = cluster(
        spec,
        version=engine_itself.version,
        api=ApiEndpoint("toy", spec.api.port or PORT, None, scheme="http"),
        nodes=partial(_nodes, spec, downloads),
        rows=ports.rows("jeroboam.drivers.toy"),
        secrets=(*(etcd.etcd_secrets() if flannel else ()), *flannel_secrets(containers)),
        secret_values=partial(_secret_values, spec),
        etcd_volume=spec.masters.etcd_volume if flannel else None,
        net_conf=flannel_net_conf(spec),
    )
    return Outcome(model, (*problems, diagnose("JB0495", "/coe", coe=spec.coe)))


def _nodes(spec: ClusterSpec, downloads: tuple[Download, ...], node: NodeSpec, *, master: bool) -> NodeParts:
    """What the masters, or the nodes of a group, are given."""
    member = has_etcd(spec, master=master)
    flannel = has_flannel(spec.container_network)
    return NodeParts(
        steps=chosen(
            (True, Step(40, "common/steps/install")),
            (member, etcd.etcd_step(42)),
            *((flannel, step) for step in flannel_steps(43, master=master)),
            (True, Step(45, "common/steps/docker")),
            (True, Step(60, "toy/steps/greeting")),
        ),
        files=tuple(host_files(spec, master=master)),
        units=tuple(host_units(spec, master=master)),
        values={"JEROBOAM_GREETING": str(spec.options["greeting"])},
        artifacts=tuple(artifact for artifact in downloads if master or artifact.name != "etcd"),
        modules=host_modules(spec),
        sysctls=docker.docker_sysctls(),
        container_dir=docker.STORAGE,
    )


def _secret_values(spec: ClusterSpec, *, master: bool) -> dict[str, SecretRef]:
    containers = spec.container_network
    own = etcd.etcd_values(master=master) if has_flannel(containers) else {}
    return {**own, **flannel_values(containers, master=master)}


def credentials(access: ClusterAccess) -> Credentials:
    """Where the cluster is, which is all that its users need."""
    url = CredentialFile("toy.url", f"{access.url}\n", {})
    return Credentials(files=(url,), client=None, server_ca=None, use=("cat {folder}/toy.url",))


PLUGIN = Driver("toy", plan, credentials)
